//! Text files: lines with their places, numbers, dates.

use std::borrow::Cow;

use super::bytes::long;
use super::{ReadError, Source};

/// One line of a text file, without its end.
pub(super) struct Line<'a> {
    /// Number, counted from 1.
    pub(super) number: u64,
    /// Offset of its first byte.
    pub(super) at: u64,
    /// What it says, UTF-8 or Latin-1.
    pub(super) text: Cow<'a, str>,
    /// Whether a line end follows; a file that was cut short has none after its last line.
    pub(super) ended: bool,
}

/// The lines of a file, without a byte-order mark.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0_u64;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.split_inclusive(|&byte| byte == b'\n').zip(1..).map(move |(raw, number)| {
        let start = at;
        at = at.saturating_add(long(raw.len()));
        let ended = raw.ends_with(b"\n");
        let text = match std::str::from_utf8(raw) {
            Ok(text) => Cow::Borrowed(text.trim_end()),
            Err(_) => Cow::Owned(raw.iter().map(|&b| char::from(b)).collect::<String>().trim_end().to_owned()),
        };
        Line { number, at: start, text, ended }
    })
}

/// Numbers separated by commas, semicolons or blanks; `None` when something is no number.
pub(super) fn numbers(line: &str) -> Option<Vec<f64>> {
    let parts = line.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
    parts.filter(|part| !part.is_empty()).map(|part| part.parse().ok()).collect()
}

/// Whether these first bytes could be text: no control characters but tabs and line ends.
pub(super) fn looks_like_text(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().take(4096).all(|&byte| byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r'))
}

/// Refuses a text file that is too large to be read whole.
pub(super) fn within_limit(source: &Source, format: &'static str) -> Result<(), ReadError> {
    let (value, limit) = (long(source.bytes.bytes().len()), source.limits.text_bytes);
    if value > limit {
        return Err(ReadError::TooLarge { format, what: "the size in bytes", value, limit });
    }
    Ok(())
}

/// A date as ISO 8601 when it can only mean one day, otherwise as it stands.
pub(super) fn iso_date(text: &str) -> String {
    let day_text = text.split_whitespace().next().unwrap_or_default();
    let day_text =
        day_text.split_once('T').map_or(day_text, |(day, time)| if time.contains(':') { day } else { day_text });
    let parts: Vec<&str> = day_text.split(['/', '-', '.']).collect();
    let iso = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => iso(year, month_number(month), number(day)),
        [day, month, year] if month_number(month).is_some() && number(month).is_none() => {
            iso(year, month_number(month), number(day))
        }
        [a, b, year] if a == b => iso(year, number(a), number(b)),
        [day, month, year] if number(day).is_some_and(|n| n > 12) || day_text.contains('.') => {
            iso(year, number(month), number(day))
        }
        [month, day, year] if number(day).is_some_and(|n| n > 12) => iso(year, number(month), number(day)),
        _ => None,
    };
    iso.unwrap_or_else(|| text.trim().to_owned())
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

fn month_number(text: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let name = text.to_ascii_lowercase();
    let named = MONTHS.iter().zip(1..).find(|(month, _)| **month == name).map(|(_, number)| number);
    named.or_else(|| number(text))
}

fn iso(year: &str, month: Option<u32>, day: Option<u32>) -> Option<String> {
    let year = number(year).filter(|y| (1900..3000).contains(y))?;
    let month = month.filter(|m| (1..=12).contains(m))?;
    let day = day.filter(|d| (1..=31).contains(d))?;
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_that_can_mean_one_day_only_become_iso() {
        for (text, expected) in [
            ("12/14/2019", "2019-12-14"),
            ("14/05/2019", "2019-05-14"),
            ("8/8/2016", "2016-08-08"),
            ("01-OCT-1991", "1991-10-01"),
            ("2019-11-19T19:39:47.56", "2019-11-19"),
            ("04.11.2020", "2020-11-04"),
        ] {
            assert_eq!(iso_date(text), expected);
        }
    }

    #[test]
    fn dates_that_can_mean_two_days_stay_as_they_are() {
        for text in ["04/11/2020", "11/19/19", "yesterday", "", "31/31/2020"] {
            assert_eq!(iso_date(text), text);
        }
    }
}
