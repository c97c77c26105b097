//! The survey image with the line of the scan, its sites and a scale bar.

use crate::model::FigureStyle;

use super::legend::{self, Entry, Explains};
use super::page::{Letters, MARGIN_MM, bare_axis, heading, label};
use super::raster::{Raster, Shades, contrast};
use super::rich::RichText;
use super::roles::{Look, Roles};
use super::scene::{Align, Frame, Item, Label, Panel, Scene};
use super::source::{ScanShown, Source};
use super::style::{Colour, Dash};

/// Widest picture, mm.
const WIDEST_MM: f64 = 80.0;
/// Shares of all values that get black and white.
const CONTRAST: [f64; 2] = [0.005, 0.995];
/// Longest scale bar over the width of the picture.
const BAR_SHARE: f64 = 0.3;
/// Space between the scale bar and the sides of the picture, mm.
const BAR_INSET_MM: f64 = 3.0;
/// Radius of the ring round a column, nm.
const RING_NM: f64 = 0.07;

/// An image of the specimen that a line scan was recorded on.
#[derive(Debug, Clone, PartialEq)]
pub struct SurveyPicture {
    /// What it is, such as `HAADF`.
    pub title: String,
    /// Pixels in a row.
    pub width: usize,
    /// Values row by row from the top.
    pub values: Vec<f64>,
    /// Width and height of the field, nm, when it is known.
    pub field_nm: Option<[f64; 2]>,
    /// Where the first and the last position lie, as shares of width and height; when it is known.
    pub line: Option<[[f64; 2]; 2]>,
}

/// Draws the image of the first compared scan that has one; `None` when none has.
pub(super) fn survey(source: &Source<'_>, style: &FigureStyle, letters: &mut Letters) -> Option<Scene> {
    let roles = Roles::of(source.comparison);
    let compared = |scan: &&ScanShown<'_>| roles.sites().iter().any(|look| look.scan == scan.name);
    let (scan, picture) = source.scans.iter().filter(compared).find_map(|scan| Some((scan, scan.survey?)))?;
    let height = picture.values.len() / picture.width.max(1);
    if height == 0 {
        return None;
    }
    let field = picture.field_nm.unwrap_or([picture.width as f64, height as f64]);
    let width_mm = (style.width_mm - 2.0 * MARGIN_MM).min(WIDEST_MM);
    let looks: Vec<&Look> = roles.sites().iter().filter(|look| look.scan == scan.name).collect();
    let entries: Vec<Entry> = looks.iter().map(|look| Entry::of(look, Explains::Curves, &[])).collect();
    let own = style.wide(width_mm + 2.0 * MARGIN_MM);
    let has_line = picture.line.is_some();
    let (legend, legend_mm) = if has_line { legend::above(&entries, MARGIN_MM, &own) } else { Default::default() };
    let frame = Frame {
        left_mm: MARGIN_MM,
        top_mm: MARGIN_MM + legend_mm,
        width_mm,
        height_mm: width_mm * field[1] / field[0],
    };
    let panel = panel(picture, (scan, source), (field, frame), letters, (&roles, style));
    Some(Scene {
        description: format!("{} image with the line of {} and its sites", picture.title, scan.name),
        width_mm: own.width_mm,
        height_mm: frame.bottom_mm() + MARGIN_MM,
        style: own,
        panels: vec![panel],
        legend,
    })
}

fn panel(
    picture: &SurveyPicture,
    (scan, source): (&ScanShown<'_>, &Source<'_>),
    (field, frame): ([f64; 2], Frame),
    letters: &mut Letters,
    (roles, style): (&Roles, &FigureStyle),
) -> Panel {
    let limits = contrast(&picture.values, CONTRAST).unwrap_or([0.0, 1.0]);
    let raster = Raster::of(&picture.values, picture.width, limits, Shades::Grey);
    let (x, y) = ([0.0, field[0]], [0.0, field[1]]);
    let mut items = vec![Item::Image { name: picture.title.clone(), raster, x, y }];
    if let Some(line) = picture.line {
        let ends = line.map(|[x, y]| [x * field[0], y * field[1]]);
        items.extend(line_with_sites(ends, scan, source, roles, style));
    }
    let axes = [bare_axis("x", x), bare_axis("y", [field[1], 0.0])];
    let [x, y] = axes;
    let mut panel = Panel { id: "survey".to_owned(), frame, x, y, items, labels: Vec::new() };
    heading(&mut panel, letters.next(), RichText::plain(&picture.title), style);
    panel.labels.iter_mut().for_each(|label| label.colour = Colour::Light);
    if style.scale_bar && picture.field_nm.is_some() {
        scale_bar(&mut panel, field[0], style);
    }
    panel
}

/// The line, and a ring at every column of every site.
fn line_with_sites(
    [from, to]: [[f64; 2]; 2],
    scan: &ScanShown<'_>,
    source: &Source<'_>,
    roles: &Roles,
    style: &FigureStyle,
) -> Vec<Item> {
    let mut items = vec![Item::Line {
        name: scan.name.to_owned(),
        colour: Colour::Light,
        dash: Dash::Dashed,
        width_pt: style.axis_pt,
        points: vec![from, to],
    }];
    let positions = scan.scan.positions().max(1) as f64;
    let along = |share: f64| [0, 1].map(|k| from[k] + share * (to[k] - from[k]));
    for site in source.comparison.report.sites.iter().filter(|site| site.scan == scan.name) {
        let Some(look) = roles.site(&site.scan, &site.name) else { continue };
        items.extend(site.columns.iter().map(|column| Item::Ring {
            name: look.name.clone(),
            colour: look.colour,
            at: along(0.5 * (column.from + column.to) as f64 / positions),
            radius: RING_NM,
        }));
    }
    items
}

/// A bar of round length in the bottom left corner, with its length above.
fn scale_bar(panel: &mut Panel, field_nm: f64, style: &FigureStyle) {
    let most = BAR_SHARE * field_nm;
    let decade = 10f64.powf(most.log10().floor());
    let length = [5.0, 2.0, 1.0].map(|step| step * decade).into_iter().find(|length| *length <= most).unwrap_or(decade);
    let frame = panel.frame;
    let [left_mm, y_mm] = [frame.left_mm + BAR_INSET_MM, frame.bottom_mm() - BAR_INSET_MM];
    let right_mm = left_mm + length / field_nm * frame.width_mm;
    let bar = |name: &str, colour: Colour, width_pt: f64, beyond_mm: f64| Item::Line {
        name: name.to_owned(),
        colour,
        dash: Dash::Solid,
        width_pt,
        points: [left_mm - beyond_mm, right_mm + beyond_mm].map(|x_mm| panel.value([x_mm, y_mm])).to_vec(),
    };
    let bars = [bar("outline", Colour::Ink, 3.9, 0.25), bar("scale bar", Colour::Light, 2.5, 0.0)];
    panel.items.extend(bars);
    let text = if length >= 1.0 { format!("{length:.0} nm") } else { format!("{length} nm") };
    let placed = label(RichText::plain(&text), [left_mm, y_mm - 1.3], Align::Start, style);
    panel.labels.push(Label { colour: Colour::Light, ..placed });
}
