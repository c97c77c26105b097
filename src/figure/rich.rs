//! Text with italic, bold, sub- and superscript runs, as figures need it: Ti L with 2,3 below the line.

use serde::Serialize;

use super::font::FontFace;
use crate::model::{FigureStyle, FontFamily};

/// Size of sub- and superscripts over the text's size.
pub(super) const SCRIPT_SIZE: f64 = 0.7;
/// How far below the baseline a subscript stands, em.
pub(super) const SUB_DROP_EM: f64 = 0.18;
/// How far above the baseline a superscript stands, em.
pub(super) const SUPER_RISE_EM: f64 = 0.36;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Script {
    /// On the line.
    #[default]
    Line,
    /// Below it, smaller.
    Sub,
    /// Above it, smaller.
    Super,
}

/// A stretch of text in one form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Run {
    /// The characters.
    pub text: String,
    /// Italic.
    pub italic: bool,
    /// Bold.
    pub bold: bool,
    /// On, below or above the line.
    pub script: Script,
}

impl Run {
    /// The face of a family that draws it.
    pub fn face(&self, family: FontFamily) -> FontFace {
        FontFace { family, bold: self.bold, italic: self.italic }
    }
}

/// One line of text in runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RichText {
    /// The runs, left to right.
    pub runs: Vec<Run>,
}

impl RichText {
    /// Upright text. Control characters become spaces: names come from files. What the fonts lack is written as they can:
    /// superscript digits and signs as raised ones, angle brackets as single quotation marks.
    pub fn plain(text: &str) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for character in text.chars() {
            let (character, script) = drawable(character);
            match runs.last_mut().filter(|run| run.script == script) {
                Some(run) => run.text.push(character),
                None => runs.push(Run { text: character.to_string(), script, ..Run::default() }),
            }
        }
        if runs.is_empty() {
            runs.push(Run::default());
        }
        Self { runs }
    }

    /// Bold text.
    pub fn bold(text: &str) -> Self {
        Self::plain(text).with(|run| run.bold = true)
    }

    /// Italic text.
    pub fn italic(text: &str) -> Self {
        Self::plain(text).with(|run| run.italic = true)
    }

    /// Text below the line.
    pub fn sub(text: &str) -> Self {
        Self::plain(text).with(|run| run.script = Script::Sub)
    }

    /// Text above the line.
    pub fn superscript(text: &str) -> Self {
        Self::plain(text).with(|run| run.script = Script::Super)
    }

    fn with(mut self, change: impl Fn(&mut Run)) -> Self {
        self.runs.iter_mut().for_each(change);
        self
    }

    /// This text followed by another.
    #[must_use]
    pub fn then(mut self, more: Self) -> Self {
        self.runs.extend(more.runs);
        self
    }

    /// The name of an edge or of a white line as the field prints it: the numbers after the shell's letter stand
    /// below the line, as in `Ti L2,3` or `L3`.
    pub fn shell(name: &str) -> Self {
        let numbers = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == ',');
        let shell = numbers.chars().last().is_some_and(|c| "KLMNO".contains(c));
        match name.get(numbers.len()..) {
            Some(below) if shell && !below.is_empty() => Self::plain(numbers).then(Self::sub(below)),
            _ => Self::plain(name),
        }
    }

    /// The label of a peak: a single letter is italic, crystal-field states and white lines get their subscripts.
    pub fn peak(label: &str) -> Self {
        match label {
            "t2g" => Self::italic("t").then(Self::sub("2g")),
            "eg" => Self::italic("e").then(Self::sub("g")),
            _ if label.chars().count() == 1 => Self::italic(label),
            _ => Self::shell(label),
        }
    }

    /// Width in em of the text's size.
    pub fn width_em(&self, family: FontFamily) -> f64 {
        let scale = |run: &Run| if run.script == Script::Line { 1.0 } else { SCRIPT_SIZE };
        self.runs.iter().map(|run| scale(run) * run.face(family).width_em(&run.text)).sum()
    }

    /// Width in the usual size of a style, mm.
    pub fn width_mm(&self, style: &FigureStyle) -> f64 {
        self.width_em(style.font) * style.font_mm()
    }

    /// Whether any run stands below the line.
    pub fn has_sub(&self) -> bool {
        self.runs.iter().any(|run| run.script == Script::Sub)
    }

    /// The characters without their form.
    pub fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }
}

impl std::fmt::Display for RichText {
    /// With marks: `*italic*`, `**bold**`, `_{below}`, `^{above}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for run in &self.runs {
            let emphasis = match (run.bold, run.italic) {
                (false, false) => "",
                (false, true) => "*",
                (true, false) => "**",
                (true, true) => "***",
            };
            let (open, close) = match run.script {
                Script::Line => ("", ""),
                Script::Sub => ("_{", "}"),
                Script::Super => ("^{", "}"),
            };
            write!(f, "{open}{emphasis}{}{emphasis}{close}", run.text)?;
        }
        Ok(())
    }
}

/// A character as the fonts can draw it, and where it stands.
fn drawable(character: char) -> (char, Script) {
    const RAISED: [(char, char); 12] = [
        ('\u{2070}', '0'),
        ('\u{b9}', '1'),
        ('\u{b2}', '2'),
        ('\u{b3}', '3'),
        ('\u{2074}', '4'),
        ('\u{2075}', '5'),
        ('\u{2076}', '6'),
        ('\u{2077}', '7'),
        ('\u{2078}', '8'),
        ('\u{2079}', '9'),
        ('\u{207a}', '+'),
        ('\u{207b}', '\u{2212}'),
    ];
    if let Some((_, on_line)) = RAISED.iter().find(|(raised, _)| *raised == character) {
        return (*on_line, Script::Super);
    }
    let on_line = match character {
        '\u{27e8}' | '\u{2329}' => '\u{2039}',
        '\u{27e9}' | '\u{232a}' => '\u{203a}',
        c if c.is_control() => ' ',
        c => c,
    };
    (on_line, Script::Line)
}

/// The text cut in its middle to fit a width in the usual size of a style, mm; whole when it fits.
pub(super) fn shortened(text: &str, width_mm: f64, style: &FigureStyle) -> String {
    let fits = |text: &str| RichText::plain(text).width_mm(style) <= width_mm;
    if fits(text) {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    let cut = |keep: usize| {
        let head: String = characters.iter().take(keep.div_ceil(2)).collect();
        let tail: String = characters.iter().skip(characters.len() - keep / 2).collect();
        format!("{head}\u{2026}{tail}")
    };
    (1..characters.len()).rev().map(cut).find(|text| fits(text)).unwrap_or_default()
}

/// Share of the room that a scan keeps beside a long name of its site.
const SCAN_SHARE: f64 = 0.3;

/// The name of a scan and what follows it, such as its site, cut to fit a width, mm: the scan first, for sites and
/// verdicts are what is to be told apart.
pub(super) fn shortened_name(scan: &str, rest: &str, width_mm: f64, style: &FigureStyle) -> String {
    let width = |text: &str| RichText::plain(text).width_mm(style);
    let whole = format!("{scan}{rest}");
    if width(&whole) <= width_mm || rest.is_empty() {
        return shortened(&whole, width_mm, style);
    }
    let rest = shortened(rest, width_mm - width(scan).min(SCAN_SHARE * width_mm), style);
    format!("{}{rest}", shortened(scan, width_mm - width(&rest), style))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_fonts_lack_is_written_as_they_can() {
        assert_eq!(
            RichText::plain("10\u{207b}\u{b3} \u{27e8}110\u{27e9}\t").to_string(),
            "10^{\u{2212}3} \u{2039}110\u{203a} "
        );
        let face = Run::default().face(FontFamily::LiberationSans);
        assert!(RichText::plain("10\u{207b}\u{b3} \u{27e8}110\u{27e9}").text().chars().all(|c| face.has(c)));
    }

    #[test]
    fn shells_and_states_get_their_subscripts() {
        assert_eq!(RichText::shell("Ti L2,3").to_string(), "Ti L_{2,3}");
        assert_eq!(RichText::shell("O K").to_string(), "O K");
        assert_eq!(RichText::shell("scan 12").to_string(), "scan 12");
        assert_eq!(RichText::peak("L3").to_string(), "L_{3}");
        assert_eq!(RichText::peak("t2g").to_string(), "*t*_{2g}");
        assert_eq!(RichText::peak("a").to_string(), "*a*");
    }

    #[test]
    fn a_long_name_keeps_its_two_ends() {
        let style = FigureStyle::default();
        let short = shortened("2026-03-14_LTO_2V7_area2_scan03", 20.0, &style);
        assert!(short.starts_with("2026") && short.ends_with("03") && short.contains('\u{2026}'), "{short}");
        assert!(RichText::plain(&short).width_mm(&style) <= 20.0);
        assert_eq!(shortened("O1", 20.0, &style), "O1");
    }

    #[test]
    fn a_long_scan_is_cut_before_its_site_and_both_keep_their_beginnings() {
        let style = FigureStyle::default();
        let scan = "2023-11-05_LTO_2V7_dualEELS_line07_aligned";
        let short = shortened_name(scan, ", O1", 30.0, &style);
        assert!(short.starts_with("2023") && short.ends_with("aligned, O1") || short.ends_with("ed, O1"), "{short}");
        let both = shortened_name(scan, ", O2 (next to the twin boundary): unchanged", 50.0, &style);
        assert!(both.starts_with("20") && both.contains(", O2 (") && both.ends_with("unchanged"), "{both}");
        assert!(RichText::plain(&both).width_mm(&style) <= 50.0);
        assert_eq!(shortened_name("2.7 V", ", O1", 30.0, &style), "2.7 V, O1");
    }
}
