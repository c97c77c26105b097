//! What figures are drawn from, which of them there are, and their composition on one page.

use crate::analysis::Comparison;
use crate::model::{FigureKind, FigureStyle, LineScan, Profile, Recipe};

use super::page::{Letters, MARGIN_MM};
use super::scene::{Frame, Label, Scene};
use super::survey::SurveyShown;
use super::{comparison, differences, drops, joint_fit, line_scan, survey, ti_l};

/// A scan as it was opened, for figures that show more than sums.
#[derive(Debug, Clone, Copy)]
pub struct ScanShown<'a> {
    /// Its name in the comparison.
    pub name: &'a str,
    /// Its spectra.
    pub scan: &'a LineScan,
    /// Signals recorded along it.
    pub profiles: &'a [Profile],
    /// The image it was recorded on, when there is one.
    pub survey: Option<SurveyShown<'a>>,
}

/// Everything that figures are drawn from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// What was found.
    pub comparison: &'a Comparison,
    /// Windows, peaks and limits.
    pub recipe: &'a Recipe,
    /// The scans, as far as they are at hand.
    pub scans: &'a [ScanShown<'a>],
}

/// Draws one figure; `None` when there is nothing that it could show.
pub fn draw(kind: FigureKind, source: &Source<'_>, style: &FigureStyle) -> Option<Scene> {
    let several = !matches!(kind, FigureKind::Drops | FigureKind::Survey);
    let mut letters = if several { Letters::of(style) } else { Letters::none() };
    lettered(kind, source, style, &mut letters)
}

/// The figures that can be drawn, in the order offered.
pub fn available(source: &Source<'_>, style: &FigureStyle) -> Vec<FigureKind> {
    FigureKind::ALL.into_iter().filter(|kind| draw(*kind, source, style).is_some()).collect()
}

fn lettered(kind: FigureKind, source: &Source<'_>, style: &FigureStyle, letters: &mut Letters) -> Option<Scene> {
    let Source { comparison: found, recipe, .. } = *source;
    match kind {
        FigureKind::Comparison => Some(comparison::lettered(found, recipe, style, letters)),
        FigureKind::Differences => differences::differences(found, recipe, style, letters),
        FigureKind::Drops => drops::lettered(found, style, letters),
        FigureKind::LineScan => line_scan::line_scan(source, style, letters),
        FigureKind::Survey => survey::survey(source, style, letters),
        FigureKind::TiL => ti_l::ti_l(found, recipe, style, letters),
        FigureKind::JointFit => joint_fit::joint_fit(found, style, letters),
    }
}

/// Composes the figures of the style's page, row by row, its panels lettered in one sequence. `None` when the page is
/// empty or nothing on it can be drawn.
pub fn page(source: &Source<'_>, style: &FigureStyle) -> Option<Scene> {
    let mut letters = Letters::of(style);
    let mut whole: Option<Scene> = None;
    let mut top_mm = 0.0;
    for row in style.page.iter().flat_map(|row| lines(row, source, style)) {
        let drawn = row_of(&row, source, style, &mut letters);
        let Some(height_mm) = drawn.iter().map(|scene| scene.height_mm).reduce(f64::max) else { continue };
        let mut left_mm = 0.0;
        let scenes = drawn.len() as f64;
        for scene in drawn {
            let scene = scene.moved(left_mm, top_mm);
            match whole.as_mut() {
                Some(whole) => whole.take(scene),
                None => whole = Some(scene),
            }
            left_mm += style.width_mm / scenes;
        }
        top_mm += height_mm + MARGIN_MM;
    }
    let whole = whole?;
    Some(Scene { width_mm: style.width_mm, height_mm: top_mm - MARGIN_MM, style: style.clone(), ..whole })
}

/// The figures of a row that can be drawn, in as many lines as they need to have their least width.
fn lines(row: &[FigureKind], source: &Source<'_>, style: &FigureStyle) -> Vec<Vec<FigureKind>> {
    let mut lines: Vec<Vec<FigureKind>> = Vec::new();
    for kind in row.iter().copied().filter(|kind| draw(*kind, source, style).is_some()) {
        let fits = |line: &&mut Vec<FigureKind>| {
            let share_mm = style.width_mm / (line.len() + 1) as f64;
            line.iter().chain([&kind]).all(|kind| share_mm >= least_width_mm(*kind))
        };
        match lines.last_mut().filter(fits) {
            Some(line) => line.push(kind),
            None => lines.push(vec![kind]),
        }
    }
    lines
}

/// Width below which the texts of a figure meet, mm.
fn least_width_mm(kind: FigureKind) -> f64 {
    match kind {
        FigureKind::Comparison => 80.0,
        FigureKind::LineScan => 70.0,
        FigureKind::Differences | FigureKind::Drops | FigureKind::TiL | FigureKind::JointFit => 55.0,
        FigureKind::Survey => 25.0,
    }
}

/// Figures that share a line's width.
fn row_of(row: &[FigureKind], source: &Source<'_>, style: &FigureStyle, letters: &mut Letters) -> Vec<Scene> {
    let own = style.wide(style.width_mm / row.len().max(1) as f64);
    row.iter().filter_map(|kind| lettered(*kind, source, &own, letters)).collect()
}

impl Scene {
    /// The scene at another place of a page.
    fn moved(mut self, right_mm: f64, down_mm: f64) -> Self {
        let shift_label = |label: &mut Label| label.at_mm = [label.at_mm[0] + right_mm, label.at_mm[1] + down_mm];
        for panel in &mut self.panels {
            let frame = panel.frame;
            panel.frame = Frame { left_mm: frame.left_mm + right_mm, top_mm: frame.top_mm + down_mm, ..frame };
            panel.labels.iter_mut().for_each(shift_label);
        }
        for entry in &mut self.legend {
            let [from, to, y] = entry.sample_mm;
            entry.sample_mm = [from + right_mm, to + right_mm, y + down_mm];
            shift_label(&mut entry.label);
        }
        self
    }

    /// Adds the panels and legend of another scene.
    fn take(&mut self, other: Self) {
        self.description = format!("{}; {}", self.description, other.description);
        self.panels.extend(other.panels);
        self.legend.extend(other.legend);
    }
}
