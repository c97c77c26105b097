//! Numbers as the window writes them.

use crate::model::LineScan;

/// Shown where there is no number.
pub(super) const NONE: &str = "–";

/// A number with a fixed number of decimals and a true minus sign.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let text = format!("{value:.decimals$}");
    let zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    if zero { text.trim_start_matches('-').to_owned() } else { text.replace('-', "−") }
}

/// A number with its sign always shown.
pub(super) fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    if value.is_finite() && value > 0.0 { format!("+{text}") } else { text }
}

/// A number with its standard deviation, to the second digit of the latter.
pub(super) fn with_sigma(value: f64, sigma: Option<f64>, unit: &str) -> String {
    let decimals = sigma.map_or(3, decimals_of);
    let sigma = sigma.map(|sigma| format!(" ± {}", fixed(sigma, decimals))).unwrap_or_default();
    format!("{}{sigma} {unit}", fixed(value, decimals)).trim_end().to_owned()
}

/// Decimals that show two digits of an uncertainty, at most five.
pub(super) fn decimals_of(sigma: f64) -> usize {
    if !sigma.is_finite() || sigma <= 0.0 {
        return 3;
    }
    (0..5).find(|&k| sigma * 10f64.powi(k) >= 9.5).map_or(5, |k| usize::try_from(k).unwrap_or(5))
}

/// An energy in a field: one decimal, two where the second says something.
pub(super) fn energy(value: f64) -> String {
    let one = (value * 10.0).round() / 10.0;
    if (one - value).abs() < 5e-4 { format!("{value:.1}") } else { format!("{value:.2}") }
}

/// Decimals for a field: enough for its uncertainty, between some and four.
pub(super) fn field_decimals(sigma: Option<f64>, least: usize) -> usize {
    sigma.filter(|sigma| *sigma > 0.0).map_or(least, |sigma| decimals_of(sigma).clamp(least, 4))
}

/// An uncertainty for the end of a field; empty when there is none.
pub(super) fn plus_minus(sigma: Option<f64>, decimals: usize) -> String {
    sigma.map(|sigma| format!("± {}", fixed(sigma, decimals))).unwrap_or_default()
}

/// A value under the pointer, to four digits but no more than three decimals.
pub(super) fn reading(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    fixed(value, usize::try_from((3 - digits).clamp(0, 3)).unwrap_or(3))
}

/// A share in per cent with its standard deviation: `19.6 ± 1.3 %`.
pub(super) fn percent(value: Option<f64>, sigma: Option<f64>) -> String {
    let Some(value) = value else { return NONE.to_owned() };
    match sigma {
        Some(sigma) => format!("{} ± {} %", fixed(100.0 * value, 1), fixed(100.0 * sigma, 1)),
        None => format!("{} %", fixed(100.0 * value, 1)),
    }
}

/// A p value: `0.42`, or `7 × 10⁻¹⁰`.
pub(super) fn p_value(p: Option<f64>) -> String {
    let Some(p) = p.filter(|p| p.is_finite()) else { return NONE.to_owned() };
    if p >= 0.001 {
        return fixed(p, 3);
    }
    if p < 1e-99 {
        return "< 10⁻⁹⁹".to_owned();
    }
    let mut power = p.log10().floor() as i32;
    let mut mantissa = (p / 10f64.powi(power)).round();
    if mantissa >= 10.0 {
        (mantissa, power) = (1.0, power + 1);
    }
    format!("{mantissa:.0} × 10{}", superscript(power))
}

/// An integer in raised digits.
pub(super) fn superscript(number: i32) -> String {
    let raise = |c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    };
    number.to_string().chars().map(raise).collect()
}

/// An edge's name with lowered digits: `Ti L₂,₃`.
pub(super) fn edge_name(name: &str) -> String {
    name.replace("L2,3", "L₂,₃").replace("L3", "L₃").replace("L2", "L₂")
}

/// A message of the analysis as a sentence of the window: a capital at its start, lowered and raised digits.
pub(super) fn sentence(message: &str) -> String {
    let signs =
        [(" L2,3", " L₂,₃"), ("Ti3+", "Ti³⁺"), ("Ti4+", "Ti⁴⁺"), ("t/lambda", "t/λ"), ("moved by -", "moved by −")];
    let tidy = signs.iter().fold(message.to_owned(), |text, (plain, sign)| text.replace(plain, sign));
    let mut rest = tidy.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// The number at a tick of an axis; thousands as k from ten thousand on, so that it keeps its place beside the axis.
pub(super) fn tick(value: f64, decimals: usize) -> String {
    if value.abs() < 1e4 {
        return fixed(value, decimals);
    }
    let (unit, letter) = [(1e9, "G"), (1e6, "M")].into_iter().find(|(u, _)| value.abs() >= *u).unwrap_or((1e3, "k"));
    let scaled = fixed(value / unit, 3);
    format!("{}{letter}", scaled.trim_end_matches('0').trim_end_matches('.'))
}

/// A number with so many significant digits and no more decimals than it needs.
fn digits(value: f64, significant: i32) -> String {
    let decimals = significant - 1 - value.abs().max(1e-12).log10().floor() as i32;
    let text = fixed(value, usize::try_from(decimals.max(0)).unwrap_or_default());
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A count with its noun.
pub(super) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// Size and settings of a scan, as far as they are known.
pub(super) fn scan_facts(scan: &LineScan) -> Vec<String> {
    let axis = scan.axis();
    let size = vec![
        format!("{} px × {} ch", scan.positions(), axis.channels()),
        format!("{} eV/ch", fixed(axis.dispersion_ev(), 3).trim_end_matches('0').trim_end_matches('.')),
    ];
    let settings = &scan.acquisition;
    let place = [
        scan.step_nm.map(|step| format!("{} nm/px", fixed(step, 3))),
        settings.dwell_time_s.map(|v| format!("{} s/px", digits(v, 3))),
    ];
    let facts = [
        settings.beam_energy_kev.map(|v| format!("{v:.0} kV")),
        settings.convergence_semi_angle_mrad.map(|v| format!("α {v:.0} mrad")),
        settings.collection_semi_angle_mrad.map(|v| format!("β {v:.0} mrad")),
    ];
    let place: Vec<String> = place.into_iter().flatten().collect();
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    [size, place, facts].into_iter().filter(|line| !line.is_empty()).map(|line| line.join(" · ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_a_true_minus_and_no_negative_zero() {
        assert_eq!(fixed(-1.25, 1), "−1.2");
        assert_eq!(fixed(-0.001, 1), "0.0");
        assert_eq!(signed(0.018, 2), "+0.02");
        assert_eq!([digits(0.0199501246882793, 3), digits(20.0, 3), digits(0.5, 3)], ["0.02", "20", "0.5"]);
        assert_eq!([tick(5000.0, 0), tick(12_500.0, 0), tick(4e8, 0)], ["5000", "12.5k", "400M"]);
        assert_eq!(fixed(f64::NAN, 1), NONE);
    }

    #[test]
    fn p_values_are_written_as_powers_of_ten_when_small() {
        assert_eq!(p_value(Some(0.42)), "0.420");
        assert_eq!(p_value(Some(6.8e-10)), "7 × 10⁻¹⁰");
        assert_eq!(p_value(Some(9.7e-5)), "1 × 10⁻⁴");
        assert_eq!(p_value(None), NONE);
    }

    #[test]
    fn a_message_becomes_a_sentence() {
        assert_eq!(sentence("no Ti3+ spectrum for Ti L2,3"), "No Ti³⁺ spectrum for Ti L₂,₃");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn uncertainties_show_two_digits() {
        assert_eq!(with_sigma(0.5912, Some(0.0042), "nm"), "0.5912 ± 0.0042 nm");
        assert_eq!(percent(Some(0.1963), Some(0.0131)), "19.6 ± 1.3 %");
    }
}
