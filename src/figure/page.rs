//! The page: where panels stand and where the texts of their axes go.

use super::rich::RichText;
use super::scene::{Align, Axis, Frame, Label, Panel};
use super::style::Colour;
use super::ticks::{numbers, ticks};
use crate::model::{FigureStyle, MM_PER_PT, PanelLetters};

/// Space at the sides of the page, mm.
pub(super) const MARGIN_MM: f64 = 2.5;
/// Space between a panel's frame and the texts within it, mm: longer than a tick.
pub(super) const INSET_MM: f64 = 2.2;
/// Length of long and short ticks, mm.
pub(super) const TICK_MM: [f64; 2] = [1.3, 0.75];
/// Space between a frame and the numbers of its axis, mm.
const NUMBER_GAP_MM: f64 = 0.9;
/// Space between numbers and the title of their axis, mm.
const TITLE_GAP_MM: f64 = 1.1;
/// Height of capitals, em.
const CAP_EM: f64 = 0.73;

/// Space that numbers and title take up left of a frame, mm; wide enough for a sign and two decimals.
pub(super) fn left_gutter(style: &FigureStyle) -> f64 {
    let widest = RichText::plain("\u{2212}0.00").width_mm(style);
    NUMBER_GAP_MM + TITLE_GAP_MM + widest + style.font_mm()
}

/// Space that numbers and title take up below a frame, mm.
pub(super) fn bottom_gutter(style: &FigureStyle) -> f64 {
    NUMBER_GAP_MM + TITLE_GAP_MM + (2.0 * CAP_EM + 0.25) * style.font_mm() + 1.0
}

/// Distance of the lines of a legend, mm.
pub(super) fn line_mm(style: &FigureStyle) -> f64 {
    1.35 * style.font_mm()
}

/// An axis along `length_mm` of page whose numbers need `pitch_mm` each.
pub(super) fn axis(title: &RichText, range: [f64; 2], length_mm: f64, pitch_mm: f64) -> Axis {
    let found = ticks(range, (length_mm / pitch_mm).floor().max(2.0) as usize);
    Axis { title: title.to_string(), range, major: found.major, minor: found.minor }
}

/// An axis without ticks.
pub(super) fn bare_axis(title: &str, range: [f64; 2]) -> Axis {
    Axis { title: title.to_owned(), range, major: Vec::new(), minor: Vec::new() }
}

/// A text in the figure's usual size and colour.
pub(super) fn label(text: RichText, at_mm: [f64; 2], align: Align, style: &FigureStyle) -> Label {
    Label { text, at_mm, align, font: style.font, size_pt: style.font_pt, colour: Colour::Ink, upwards: false }
}

/// The first text that is at most so wide, or the last.
pub(super) fn first_that_fits<const N: usize>(texts: [RichText; N], room_mm: f64, style: &FigureStyle) -> RichText {
    let fits = |text: &RichText| text.width_mm(style) <= room_mm;
    let last = texts.last().cloned().unwrap_or_default();
    texts.into_iter().find(fits).unwrap_or(last)
}

/// Numbers below a panel and the title of its x axis.
pub(super) fn x_texts(panel: &mut Panel, title: RichText, style: &FigureStyle) {
    let em = style.font_mm();
    let baseline = panel.frame.bottom_mm() + NUMBER_GAP_MM + CAP_EM * em;
    for (at, number) in panel.x.major.iter().zip(numbers(&panel.x.major)) {
        let x = panel.frame.left_mm + panel.x.share(*at) * panel.frame.width_mm;
        panel.labels.push(label(RichText::plain(&number), [x, baseline], Align::Middle, style));
    }
    let middle = panel.frame.left_mm + 0.5 * panel.frame.width_mm;
    let below = baseline + TITLE_GAP_MM + CAP_EM * em;
    panel.labels.push(label(title, [middle, below], Align::Middle, style));
}

/// Width of the widest number of a panel's y axis, mm.
pub(super) fn y_numbers_mm(panel: &Panel, style: &FigureStyle) -> f64 {
    let widths = numbers(&panel.y.major).into_iter().map(|n| RichText::plain(&n).width_mm(style));
    widths.fold(0.0, f64::max)
}

/// Numbers left of a panel and the title of its y axis, which keeps clear of numbers `widest_mm` wide.
pub(super) fn y_texts(panel: &mut Panel, title: RichText, widest_mm: f64, style: &FigureStyle) {
    let em = style.font_mm();
    let frame = panel.frame;
    let right = frame.left_mm - NUMBER_GAP_MM;
    for (at, number) in panel.y.major.iter().zip(numbers(&panel.y.major)) {
        let middle = frame.bottom_mm() - panel.y.share(*at) * frame.height_mm;
        let baseline = middle + 0.5 * CAP_EM * em;
        // A number that stood out beyond its frame could meet one of another axis.
        if baseline <= frame.bottom_mm() && baseline - CAP_EM * em >= frame.top_mm {
            panel.labels.push(label(RichText::plain(&number), [right, baseline], Align::End, style));
        }
    }
    let at_mm = [right - widest_mm - TITLE_GAP_MM, frame.top_mm + 0.5 * frame.height_mm];
    panel.labels.push(Label { upwards: true, ..label(title, at_mm, Align::Middle, style) });
}

/// Letters of the panels of one figure or page, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letters {
    kind: PanelLetters,
    next: usize,
}

impl Letters {
    /// The letters of a style, from the first one.
    pub(super) fn of(style: &FigureStyle) -> Self {
        Self { kind: style.panel_letters, next: 0 }
    }

    /// No letters: a figure of one panel.
    pub(super) fn none() -> Self {
        Self { kind: PanelLetters::None, next: 0 }
    }

    /// The letter of the next panel.
    pub(super) fn next(&mut self) -> Option<String> {
        self.next += 1;
        self.kind.text(self.next - 1)
    }
}

/// Height from the frame to what may stand below a panel's letter, mm.
pub(super) fn letter_height_mm(style: &FigureStyle) -> f64 {
    2.0 * INSET_MM + style.letter_pt.max(style.font_pt) * MM_PER_PT
}

/// Space that the widest letter takes up left of whatever must not meet it, mm.
pub(super) fn letter_room_mm(style: &FigureStyle) -> f64 {
    let widest = style
        .panel_letters
        .text(12)
        .map_or(0.0, |letter| RichText::bold(&letter).width_em(style.font) * style.letter_pt * MM_PER_PT);
    INSET_MM + widest + 0.8
}

/// The panel's letter and name, inside its top left corner. Returns the area they take up.
pub(super) fn heading(panel: &mut Panel, letter: Option<String>, name: RichText, style: &FigureStyle) -> Frame {
    let [left, top] = [panel.frame.left_mm + INSET_MM, panel.frame.top_mm + INSET_MM];
    let size_pt = if letter.is_some() { style.letter_pt.max(style.font_pt) } else { style.font_pt };
    let baseline = top + CAP_EM * size_pt * MM_PER_PT;
    let mut area = Frame { left_mm: left, top_mm: top, width_mm: 0.0, height_mm: 0.0 };
    let mut text_mm = left;
    if let Some(letter) = letter {
        let letter = label(RichText::bold(&letter), [left, baseline], Align::Start, style);
        let letter = Label { size_pt: style.letter_pt, ..letter };
        area = letter.bounds();
        text_mm = area.right_mm() + 1.6;
        panel.labels.push(letter);
    }
    if !name.text().is_empty() {
        let name = label(name, [text_mm, baseline], Align::Start, style);
        let bounds = name.bounds();
        area.width_mm = bounds.right_mm() - area.left_mm;
        area.height_mm = area.bottom_mm().max(bounds.bottom_mm()) - area.top_mm;
        panel.labels.push(name);
    }
    area
}

/// From the least to the largest finite value, padded by a share.
pub(super) fn range(values: impl Iterator<Item = f64>, share: f64) -> [f64; 2] {
    let start = [f64::INFINITY, f64::NEG_INFINITY];
    let [lo, hi] = values.filter(|v| v.is_finite()).fold(start, |[lo, hi], v| [lo.min(v), hi.max(v)]);
    if lo > hi {
        return [0.0, 1.0];
    }
    let pad = (share * (hi - lo)).max(1e-3);
    [lo - pad, hi + pad]
}
