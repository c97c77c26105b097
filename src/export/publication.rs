//! The drops as a table for a paper: LaTeX and Markdown.

use crate::analysis::{Comparison, PeakAtSite};

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// A `tabular` environment that needs no package.
    Latex,
    /// A table of GitHub's Markdown.
    Markdown,
}

/// One row: scan, site, edge and peak, drop with sigma and its 95 % interval in percent, p.
struct Row {
    scan: String,
    site: String,
    edge: String,
    peak: String,
    drop: Option<(f64, Option<f64>)>,
    interval: Option<[f64; 2]>,
    p: Option<f64>,
    reason: String,
}

/// The drops of every peak at every site: drop and sigma with the sigma's two significant digits, 95 % interval, p.
/// What is missing has its reason. Ends in a line feed.
pub fn publication_table(comparison: &Comparison, format: TableFormat) -> String {
    let rows = rows(comparison);
    match format {
        TableFormat::Latex => latex(&rows),
        TableFormat::Markdown => markdown(&rows),
    }
}

fn rows(comparison: &Comparison) -> Vec<Row> {
    let mut rows = Vec::new();
    for edge in &comparison.report.edges {
        for peak in edge.peaks.iter().filter(|peak| peak.label != edge.normalisation.peak) {
            rows.extend(peak.sites.iter().map(|at| row(&edge.name, &peak.label, at)));
        }
    }
    rows
}

fn row(edge: &str, peak: &str, at: &PeakAtSite) -> Row {
    let percent = |value: f64| 100.0 * value;
    Row {
        scan: at.scan.clone(),
        site: at.site.clone(),
        edge: edge.to_owned(),
        peak: peak.to_owned(),
        drop: at.drop.map(|drop| (percent(drop), at.drop_sigma.map(percent))),
        interval: at.drop_ci95.map(|ends| ends.map(percent)),
        p: at.p,
        reason: at.reason.clone().unwrap_or_else(|| "not computed".to_owned()),
    }
}

/// Decimals that show two significant digits of a sigma; one without it.
fn decimals(sigma: Option<f64>) -> usize {
    let digits = |sigma: f64| (1.0 - sigma.log10().floor()).clamp(0.0, 6.0) as usize;
    sigma.filter(|sigma| *sigma > 0.0).map_or(1, digits)
}

/// A number with a true minus sign, written as `minus`.
fn number(value: f64, decimals: usize, minus: &str) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.chars().all(|c| c == '0' || c == '.') => zero.to_owned(),
        Some(size) => format!("{minus}{size}"),
        None => text,
    }
}

/// Mantissa and exponent of a small p; the decimals of a large one.
fn p_value(p: f64, power: impl Fn(&str, i32) -> String) -> String {
    if p <= 0.0 || p >= 1e-3 {
        return format!("{p:.3}");
    }
    let text = format!("{p:.0e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    power(mantissa, exponent.parse().unwrap_or(0))
}

fn latex(rows: &[Row]) -> String {
    let mut out = String::from(
        "\\begin{tabular}{llllrrr}\n\\hline\n\
         Scan & Site & Edge & Peak & Drop (\\%) & 95\\,\\% interval (\\%) & $p$ \\\\\n\\hline\n",
    );
    for row in rows {
        let cells = match row.drop {
            None => format!("\\multicolumn{{3}}{{l}}{{{}}}", escaped(&row.reason)),
            Some((drop, sigma)) => {
                let decimals = decimals(sigma);
                let show = |value: f64| number(value, decimals, "-");
                let sigma = sigma.map(|sigma| format!(" \\pm {}", show(sigma))).unwrap_or_default();
                let interval = row.interval.map(|[lo, hi]| format!("${}$ to ${}$", show(lo), show(hi)));
                let power = |mantissa: &str, exponent: i32| format!("${mantissa} \\times 10^{{{exponent}}}$");
                let p = row.p.map(|p| p_value(p, power)).unwrap_or_default();
                format!("${}{sigma}$ & {} & {p}", show(drop), interval.unwrap_or_default())
            }
        };
        let [scan, site, edge, peak] = [&row.scan, &row.site, &row.edge, &row.peak].map(|text| escaped(text));
        out.push_str(&format!("{scan} & {site} & {edge} & \\textit{{{peak}}} & {cells} \\\\\n"));
    }
    out.push_str("\\hline\n\\end{tabular}\n");
    out
}

/// Text as LaTeX prints it: characters that mean something there are escaped.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', c]),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '\\' => out.push_str("\\textbackslash{}"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

fn markdown(rows: &[Row]) -> String {
    let mut out = String::from(
        "| Scan | Site | Edge | Peak | Drop (%) | 95 % interval (%) | p |\n| --- | --- | --- | --- | ---: | ---: | ---: |\n",
    );
    for row in rows {
        let cells = match row.drop {
            None => format!("{} | |", barred(&row.reason)),
            Some((drop, sigma)) => {
                let decimals = decimals(sigma);
                let show = |value: f64| number(value, decimals, "\u{2212}");
                let sigma = sigma.map(|sigma| format!(" \u{b1} {}", show(sigma))).unwrap_or_default();
                let interval = row.interval.map(|[lo, hi]| format!("{} to {}", show(lo), show(hi)));
                let power = |mantissa: &str, exponent: i32| {
                    format!("{mantissa} \u{d7} 10<sup>{}</sup>", number(f64::from(exponent), 0, "\u{2212}"))
                };
                let p = row.p.map(|p| p_value(p, power)).unwrap_or_default();
                format!("{}{sigma} | {} | {p}", show(drop), interval.unwrap_or_default())
            }
        };
        let [scan, site, edge, peak] = [&row.scan, &row.site, &row.edge, &row.peak].map(|text| barred(text));
        out.push_str(&format!("| {scan} | {site} | {edge} | *{peak}* | {cells} |\n"));
    }
    out
}

/// Text that stays in its cell.
fn barred(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            scan: "LTO_2.7 V".into(),
            site: "O1".into(),
            edge: "O K".into(),
            peak: "b".into(),
            drop: Some((15.493, Some(1.31))),
            interval: Some([-0.04, 18.06]),
            p: Some(2.4e-12),
            reason: String::new(),
        }
    }

    #[test]
    fn a_row_has_the_digits_that_its_sigma_allows() {
        assert_eq!(
            latex(&[row()]).lines().nth(4).unwrap(),
            "LTO\\_2.7 V & O1 & O K & \\textit{b} & $15.5 \\pm 1.3$ & $0.0$ to $18.1$ & $2 \\times 10^{-12}$ \\\\"
        );
        assert_eq!(
            markdown(&[row()]).lines().nth(2).unwrap(),
            "| LTO_2.7 V | O1 | O K | *b* | 15.5 \u{b1} 1.3 | 0.0 to 18.1 | 2 \u{d7} 10<sup>\u{2212}12</sup> |"
        );
        assert_eq!((decimals(Some(0.013)), decimals(Some(12.0)), decimals(None)), (3, 0, 1));
    }

    #[test]
    fn what_is_missing_has_its_reason_and_stays_in_its_cells() {
        let missing = Row { drop: None, reason: "peak | not detected".into(), ..row() };
        assert!(latex(&[Row { reason: "50 % lost".into(), ..missing }]).contains("\\multicolumn{3}{l}{50 \\% lost}"));
        let missing = Row { drop: None, reason: "peak | not detected".into(), ..row() };
        assert!(markdown(&[missing]).contains("*b* | peak \\| not detected | | |"));
    }
}
