//! The survey image with the line of the scan, its sites and a scale bar.

use crate::model::{FigureStyle, ProfileKind, SurveyImage};

use super::legend::{self, Entry, Explains};
use super::page::{INSET_MM, Letters, MARGIN_MM, bare_axis, heading, label, letter_room_mm};
use super::raster::{Raster, Shades, contrast};
use super::rich::{RichText, shortened};
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
/// The same over the width of a picture whose lengths are not known.
const RING_SHARE: f64 = 0.02;

/// An image of the specimen that a line scan was recorded on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurveyShown<'a> {
    /// The image.
    pub image: &'a SurveyImage,
    /// Where the first and the last position lie, as shares of width and height; when it is known.
    pub line: Option<[[f64; 2]; 2]>,
}

/// Draws the image of the first compared scan that has one; `None` when none has.
pub(super) fn survey(source: &Source<'_>, style: &FigureStyle, letters: &mut Letters) -> Option<Scene> {
    let roles = Roles::of(source.comparison);
    let compared = |scan: &&ScanShown<'_>| roles.sites().iter().any(|look| look.scan == scan.name);
    let (scan, picture) = source.scans.iter().filter(compared).find_map(|scan| Some((scan, scan.survey?)))?;
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
        height_mm: width_mm / picture.image.aspect(),
    };
    let panel = panel(picture, (scan, source), frame, letters, (&roles, style));
    let what = name(picture.image);
    let description = match picture.line {
        Some(_) => format!("{what} image with the line of {} and its sites", scan.name),
        None => format!("{what} image; where {} ran on it is not known", scan.name),
    };
    Some(Scene {
        description,
        width_mm: own.width_mm,
        height_mm: frame.bottom_mm() + MARGIN_MM,
        style: own,
        panels: vec![panel],
        legend,
    })
}

/// The detector, or what the file calls the image.
fn name(image: &SurveyImage) -> &str {
    match image.kind {
        Some(ProfileKind::Haadf) => "HAADF",
        Some(ProfileKind::Abf) => "ABF",
        _ => &image.title,
    }
}

fn panel(
    picture: SurveyShown<'_>,
    (scan, source): (&ScanShown<'_>, &Source<'_>),
    frame: Frame,
    letters: &mut Letters,
    (roles, style): (&Roles, &FigureStyle),
) -> Panel {
    let SurveyShown { image, line } = picture;
    let values: Vec<f64> = image.values().iter().copied().collect();
    let limits = contrast(&values, CONTRAST).unwrap_or([0.0, 1.0]);
    let raster = Raster::of(&values, image.size()[0], limits, Shades::Grey);
    let field = image.field_nm().unwrap_or(image.size().map(|pixels| pixels as f64));
    let (x, y) = ([0.0, field[0]], [0.0, field[1]]);
    let mut items = vec![Item::Image { name: name(image).to_owned(), raster, x, y }];
    if let Some(line) = line {
        let ends = line.map(|[x, y]| [x * field[0], y * field[1]]);
        let radius = if image.field_nm().is_some() { RING_NM } else { RING_SHARE * field[0] };
        items.extend(line_with_sites((ends, radius), scan, source, roles, style));
    }
    let axes = [bare_axis("x", x), bare_axis("y", [field[1], 0.0])];
    let [x, y] = axes;
    let mut panel = Panel { id: "survey".to_owned(), frame, x, y, items, labels: Vec::new() };
    let room_mm = frame.width_mm - 2.0 * INSET_MM - letter_room_mm(style);
    heading(&mut panel, letters.next(), RichText::plain(&shortened(name(image), room_mm, style)), style);
    panel.labels.iter_mut().for_each(|label| label.colour = Colour::Light);
    if style.scale_bar && image.field_nm().is_some() {
        scale_bar(&mut panel, field[0], style);
    }
    panel
}

/// The line, and a ring at every column of every site.
fn line_with_sites(
    ([from, to], radius): ([[f64; 2]; 2], f64),
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
    let last = scan.scan.positions().saturating_sub(1).max(1) as f64;
    let along = |share: f64| [0, 1].map(|k| from[k] + share * (to[k] - from[k]));
    for site in source.comparison.report.sites.iter().filter(|site| site.scan == scan.name) {
        let Some(look) = roles.site(&site.scan, &site.name) else { continue };
        items.extend(site.columns.iter().map(|column| Item::Ring {
            name: look.name.clone(),
            colour: look.colour,
            at: along(0.5 * ((column.from + column.to) as f64 - 1.0) / last),
            radius,
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
