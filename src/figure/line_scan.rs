//! The line scan as a map: net electrons by position and energy, its sites, and a profile along it.

use crate::analysis::{EdgeCurves, SiteUsed};
use crate::model::{ColourSet, EdgeRecipe, EdgeUse, EnergyAxis, EnergyWindow, FigureStyle, LineScan, ProfileKind};

use super::legend::{self, Entry, Explains};
use super::page::{
    Letters, MARGIN_MM, axis, bare_axis, bottom_gutter, label, left_gutter, x_texts, y_numbers_mm, y_texts,
};
use super::raster::{Raster, Shades, contrast};
use super::rich::{RichText, shortened};
use super::roles::{Look, Roles};
use super::scene::{Align, Frame, Item, Label, LegendEntry, Panel, Scene};
use super::source::{ScanShown, Source};
use super::style::{Colour, Dash};

/// Height of a map over that of a row of the style.
const HEIGHT_SHARE: f64 = 0.72;
/// Width of a profile over the width of the page.
const PROFILE_SHARE: f64 = 0.14;
/// Space between a map and the next, mm.
const BETWEEN_MM: f64 = 3.0;
/// Width of the marks of sites at the sides of a map, mm.
const MARK_MM: f64 = 1.0;
/// Longest name of a site that stands beside the profile, mm; longer ones are in a legend.
const LONGEST_NAME_MM: f64 = 9.0;
/// Space that numbers of the axes need, mm.
const NUMBER_PITCH_MM: [f64; 2] = [9.0, 7.0];
/// Shares of all values that get the ends of the colour scale.
const CONTRAST: [f64; 2] = [0.01, 0.995];
/// Length and height of a colour scale, mm.
const SCALE_MM: [f64; 2] = [14.0, 1.7];
/// Shortest colour scale, mm.
const SHORTEST_SCALE_MM: f64 = 4.0;
/// Opacity of sites behind the profile.
const SITE_OPACITY: f64 = 0.25;

/// Draws every compared scan that is at hand, one below another; `None` when there is none.
pub(super) fn line_scan(source: &Source<'_>, style: &FigureStyle, letters: &mut Letters) -> Option<Scene> {
    let roles = Roles::of(source.comparison);
    let used = |scan: &ScanShown<'_>| roles.sites().iter().any(|look| look.scan == scan.name);
    let shown: Vec<Lines<'_>> = source
        .scans
        .iter()
        .filter(|scan| used(scan))
        .filter_map(|scan| Lines::of(scan, source, &roles, style))
        .collect();
    if shown.is_empty() {
        return None;
    }
    let beside = roles.sites().iter().all(|look| name_mm(look, style) <= LONGEST_NAME_MM);
    let entries: Vec<Entry> = roles.sites().iter().map(|look| Entry::of(look, Explains::Curves, &[])).collect();
    let left_mm = MARGIN_MM + left_gutter(style);
    let (legend, legend_mm): (Vec<LegendEntry>, f64) =
        if beside && shown.len() == 1 { Default::default() } else { legend::above(&entries, left_mm, style) };
    let head_mm = style.font_mm().max(style.letter_pt * crate::model::MM_PER_PT) + 1.6;
    let height_mm = (HEIGHT_SHARE * style.row_height_mm - bottom_gutter(style)).max(20.0);
    let mut top_mm = MARGIN_MM + legend_mm;
    let mut panels = Vec::new();
    let named = shown.len() > 1;
    for lines in &shown {
        panels.extend(lines.panels([top_mm + head_mm, height_mm], letters, (beside, named)));
        top_mm += head_mm + height_mm + bottom_gutter(style) + MARGIN_MM;
    }
    let names: Vec<&str> = shown.iter().map(|lines| lines.name).collect();
    Some(Scene {
        description: format!("Net electrons of {} by position and energy loss, with sites", names.join(" and ")),
        width_mm: style.width_mm,
        height_mm: top_mm - MARGIN_MM,
        style: style.clone(),
        panels,
        legend,
    })
}

fn name_mm(look: &Look, style: &FigureStyle) -> f64 {
    RichText::plain(&look.site).width_mm(style)
}

/// One scan with what is drawn of it.
struct Lines<'a> {
    name: &'a str,
    maps: Vec<Map<'a>>,
    profile: Option<(RichText, Vec<f64>)>,
    sites: Vec<(&'a Look, &'a SiteUsed)>,
    /// Length of one position along the axis: nm, or 1.
    step: f64,
    positions: usize,
    title: RichText,
    style: &'a FigureStyle,
}

/// Net electrons of one edge, position by position.
struct Map<'a> {
    recipe: &'a EdgeRecipe,
    /// Outer limits of the first and the last channel, calibrated eV.
    span_ev: [f64; 2],
    channels: usize,
    values: Vec<f64>,
}

impl<'a> Lines<'a> {
    fn of(scan: &ScanShown<'a>, source: &Source<'a>, roles: &'a Roles, style: &'a FigureStyle) -> Option<Self> {
        let report = &source.comparison.report;
        let axis = report.calibrated_axis(scan.name, *scan.scan.axis());
        let gain = report.gain.counts_per_electron;
        let of_edge = |curves: &'a EdgeCurves| {
            let recipe = source.recipe.edge(&curves.edge)?;
            let window = style.energy_ranges_ev.get(&recipe.name).copied().unwrap_or(recipe.display_ev);
            Map::of(scan, &axis, (curves, recipe), window, gain)
        };
        let maps: Vec<Map<'a>> = source.comparison.curves.iter().filter_map(of_edge).collect();
        let positions = scan.scan.positions();
        if maps.is_empty() || positions < 2 {
            return None;
        }
        let (step, title) = match scan.scan.step_nm {
            Some(step) => (step, RichText::plain("Position (nm)")),
            None => (1.0, RichText::plain("Position")),
        };
        let sites = report.sites.iter().filter(|site| site.scan == scan.name);
        let sites = sites.filter_map(|site| Some((roles.site(&site.scan, &site.name)?, site))).collect();
        let profile = recorded(scan).or_else(|| maps.iter().find_map(Map::profile));
        Some(Self { name: scan.name, maps, profile, sites, step, positions, title, style })
    }

    /// Range of the position axis, bottom first: positions run down.
    fn along(&self) -> [f64; 2] {
        [self.positions as f64 * self.step, 0.0]
    }

    /// Maps and profile; whether sites stand beside it, and the scan's name above the first map.
    fn panels(
        &self,
        [top_mm, height_mm]: [f64; 2],
        letters: &mut Letters,
        (beside, named): (bool, bool),
    ) -> Vec<Panel> {
        let style = self.style;
        let names_mm = if beside {
            self.sites.iter().map(|(look, _)| name_mm(look, style)).fold(0.0, f64::max) + 1.2
        } else {
            0.0
        };
        let profile_mm = self.profile.as_ref().map_or(0.0, |_| PROFILE_SHARE * style.width_mm);
        let first_mm = MARGIN_MM + left_gutter(style);
        let count = self.maps.len() as f64;
        let gaps_mm = BETWEEN_MM * (count - if self.profile.is_some() { 0.0 } else { 1.0 });
        let room_mm = style.width_mm - first_mm - MARGIN_MM - names_mm - profile_mm - gaps_mm;
        let total: f64 = self.maps.iter().map(Map::weight).sum();
        let mut left_mm = first_mm;
        let mut panels = Vec::new();
        for (k, map) in self.maps.iter().enumerate() {
            let width_mm = room_mm * map.weight() / total;
            let frame = Frame { left_mm, top_mm, width_mm, height_mm };
            let scan = (named && k == 0).then_some(self.name);
            panels.extend(self.map_panel(map, frame, letters.next(), (k == 0, scan)));
            left_mm += width_mm + BETWEEN_MM;
        }
        let frame = Frame { left_mm, top_mm, width_mm: profile_mm, height_mm };
        panels.extend(self.profile.as_ref().map(|(title, values)| self.profile_panel(title, values, frame)));
        if let Some(last) = panels.last_mut().filter(|_| beside) {
            self.name_sites(last);
        }
        panels
    }

    fn map_panel(
        &self,
        map: &Map<'_>,
        frame: Frame,
        letter: Option<String>,
        (first, scan): (bool, Option<&str>),
    ) -> Vec<Panel> {
        let style = self.style;
        let energy = RichText::plain("Energy loss (eV)");
        let x = axis(&energy, map.span_ev, frame.width_mm, NUMBER_PITCH_MM[0]);
        let y = axis(&self.title, self.along(), frame.height_mm, NUMBER_PITCH_MM[1]);
        let id = format!("{}-map", map.recipe.slug());
        let limits = contrast(&map.values, CONTRAST).unwrap_or([0.0, 1.0]);
        let limits = [limits[0].min(0.0), limits[1]];
        let raster = Raster::of(&map.values, map.channels, limits, shades(style));
        let [bottom, top] = self.along();
        let items = vec![Item::Image { name: self.name.to_owned(), raster, x: map.span_ev, y: [top, bottom] }];
        let mut panel = Panel { id: id.clone(), frame, x, y, items, labels: Vec::new() };
        panel.items.extend(self.marks(&panel));
        x_texts(&mut panel, energy, style);
        if first {
            let widest = y_numbers_mm(&panel, style);
            y_texts(&mut panel, self.title.clone(), widest, style);
        }
        let scale = scale_above(&mut panel, letter, (map.recipe, scan), limits, style);
        std::iter::once(panel).chain(scale).collect()
    }

    /// Marks of the sites at both sides of a map.
    fn marks(&self, panel: &Panel) -> Vec<Item> {
        let [from, to] = panel.x.range;
        let mark = MARK_MM / panel.frame.width_mm * (to - from);
        let at = |x: [f64; 2]| self.columns().map(move |(look, y)| patch(look, x, y, 1.0));
        at([from, from + mark]).chain(at([to - mark, to])).collect()
    }

    /// Every column of every site: from and to along the axis.
    fn columns(&self) -> impl Iterator<Item = (&'a Look, [f64; 2])> {
        let step = self.step;
        self.sites.iter().flat_map(move |(look, site)| {
            site.columns.iter().map(move |column| (*look, [column.from, column.to].map(|at| at as f64 * step)))
        })
    }

    fn profile_panel(&self, title: &RichText, values: &[f64], frame: Frame) -> Panel {
        let style = self.style;
        let [lo, hi] = contrast(values, [0.0, 1.0]).unwrap_or([0.0, 1.0]);
        let pad = 0.06 * (hi - lo);
        let x = bare_axis(&title.to_string(), [lo - pad, hi + pad]);
        let y = axis(&self.title, self.along(), frame.height_mm, NUMBER_PITCH_MM[1]);
        let across = x.range;
        let mut items: Vec<Item> = self.columns().map(|(look, y)| patch(look, across, y, SITE_OPACITY)).collect();
        items.push(Item::Line {
            name: title.to_string(),
            colour: Colour::Reference,
            dash: Dash::Solid,
            width_pt: style.curve_pt,
            points: values.iter().enumerate().map(|(k, v)| [*v, (k as f64 + 0.5) * self.step]).collect(),
        });
        let mut panel = Panel { id: "profile".to_owned(), frame, x, y, items, labels: Vec::new() };
        x_texts(&mut panel, title.clone(), style);
        panel
    }

    /// Names of the columns right of the last panel, where there is room for each.
    fn name_sites(&self, panel: &mut Panel) {
        let style = self.style;
        let left_mm = panel.frame.right_mm() + 1.2;
        let mut free_mm = f64::NEG_INFINITY;
        let mut columns: Vec<_> = self.columns().collect();
        columns.sort_by(|a, b| a.1[0].total_cmp(&b.1[0]));
        for (look, [from, to]) in columns {
            let middle_mm = panel.place([panel.x.range[0], 0.5 * (from + to)])[1];
            let name =
                label(RichText::plain(&look.site), [left_mm, middle_mm + 0.36 * style.font_mm()], Align::Start, style);
            let bounds = name.bounds();
            if bounds.top_mm > free_mm && bounds.bottom_mm() <= panel.frame.bottom_mm() + 1.0 {
                free_mm = bounds.bottom_mm() + 0.2;
                panel.labels.push(Label { colour: look.colour, ..name });
            }
        }
    }
}

fn patch(look: &Look, x: [f64; 2], y: [f64; 2], opacity: f64) -> Item {
    Item::Patch { name: look.name.clone(), colour: look.colour, opacity, x, y }
}

/// The colours of maps in a style.
fn shades(style: &FigureStyle) -> Shades {
    if style.colours == ColourSet::Greyscale { Shades::Grey } else { Shades::Inferno }
}

/// Letter and name of an edge, and of the scan when given, above its map at the left, its colour scale at the right.
fn scale_above(
    panel: &mut Panel,
    letter: Option<String>,
    (recipe, scan): (&EdgeRecipe, Option<&str>),
    [lo, hi]: [f64; 2],
    style: &FigureStyle,
) -> Option<Panel> {
    let frame = panel.frame;
    let baseline = frame.top_mm - 1.3;
    let mut left_mm = frame.left_mm;
    if let Some(letter) = letter {
        let letter = label(RichText::bold(&letter), [left_mm, baseline], Align::Start, style);
        let letter = Label { size_pt: style.letter_pt, ..letter };
        left_mm = letter.bounds().right_mm() + 1.6;
        panel.labels.push(letter);
    }
    let edge = RichText::shell(&recipe.name);
    let room_mm = frame.right_mm() - left_mm - edge.width_mm(style) - 1.5;
    let scan = scan.map(|scan| format!(", {}", shortened(scan, room_mm, style)));
    let name = edge.then(RichText::plain(scan.as_deref().unwrap_or_default()));
    let name = label(name, [left_mm, baseline], Align::Start, style);
    let free_mm = name.bounds().right_mm() + 2.0;
    panel.labels.push(name);
    let number = |value: f64| RichText::plain(&format!("{:.0}", value.round() + 0.0).replace('-', "\u{2212}"));
    let unit = RichText::plain(" e").then(RichText::superscript("\u{2212}"));
    let most = label(number(hi).then(unit), [frame.right_mm(), baseline], Align::End, style);
    let right_mm = most.bounds().left_mm - 0.8;
    let room_mm = right_mm - free_mm - number(lo).width_mm(style) - 0.8;
    if room_mm < SHORTEST_SCALE_MM {
        return None;
    }
    let width_mm = room_mm.min(SCALE_MM[0]);
    let scale =
        Frame { left_mm: right_mm - width_mm, top_mm: baseline - SCALE_MM[1], width_mm, height_mm: SCALE_MM[1] };
    let least = label(number(lo), [scale.left_mm - 0.8, baseline], Align::End, style);
    let raster = Raster::scale(shades(style));
    let item = Item::Image { name: "colour scale".to_owned(), raster, x: [lo, hi], y: [1.0, 0.0] };
    let axes = [bare_axis("Net electrons", [lo, hi]), bare_axis("", [0.0, 1.0])];
    let [x, y] = axes;
    Some(Panel {
        id: format!("{}-scale", recipe.slug()),
        frame: scale,
        x,
        y,
        items: vec![item],
        labels: vec![least, most],
    })
}

impl<'a> Map<'a> {
    /// Counts above the background of the summed scan, scaled to each position by its counts before the edge.
    fn of(
        scan: &ScanShown<'_>,
        axis: &EnergyAxis,
        (curves, recipe): (&EdgeCurves, &'a EdgeRecipe),
        window: EnergyWindow,
        counts_per_electron: f64,
    ) -> Option<Self> {
        let channels = axis.channels_in(window);
        if channels.len() < 2 {
            return None;
        }
        let shape = background(curves, scan.name, axis)?;
        let before = axis.channels_in(recipe.background.window_ev);
        let below: f64 = shape.get(before.clone())?.iter().sum();
        let mut values = Vec::new();
        for position in 0..scan.scan.positions() {
            let counts = scan.scan.spectrum(position);
            let own: f64 = counts.iter().skip(before.start).take(before.len()).sum();
            let scale = if below > 0.0 { own / below } else { 0.0 };
            let rows = counts.iter().zip(&shape).skip(channels.start).take(channels.len());
            values.extend(rows.map(|(count, b)| (count - scale * b) / counts_per_electron));
        }
        let span_ev = [axis.energy_at(channels.start as f64 - 0.5), axis.energy_at(channels.end as f64 - 0.5)];
        Some(Self { recipe, span_ev, channels: channels.len(), values })
    }

    /// Width relative to the other maps: the range of energies, not shorter than half of any.
    fn weight(&self) -> f64 {
        (self.span_ev[1] - self.span_ev[0]).clamp(25.0, 50.0)
    }

    /// Sum of the edge at every position, for an edge whose peaks are compared.
    fn profile(&self) -> Option<(RichText, Vec<f64>)> {
        if self.recipe.usage != EdgeUse::Drops {
            return None;
        }
        let title = RichText::plain("Net ").then(RichText::shell(&self.recipe.name));
        Some((title, self.values.chunks(self.channels).map(|row| row.iter().sum()).collect()))
    }
}

/// The background of a site of the scan at every channel of the scan's axis, electrons of the sum.
fn background(curves: &EdgeCurves, scan: &str, axis: &EnergyAxis) -> Option<Vec<f64>> {
    let curve = curves.spectra.iter().find(|curve| curve.scan == scan)?;
    let energies = &curves.energy_ev;
    let at = |energy: f64| {
        let next = energies.partition_point(|e| *e < energy).clamp(1, energies.len().saturating_sub(1).max(1));
        let (e0, e1) = (energies.get(next - 1)?, energies.get(next)?);
        let (b0, b1) = (curve.background.get(next - 1)?, curve.background.get(next)?);
        Some(b0 + (b1 - b0) * ((energy - e0) / (e1 - e0)).clamp(0.0, 1.0))
    };
    (0..axis.channels()).map(|channel| at(axis.energy_at(channel as f64))).collect()
}

/// A signal recorded along the scan: ABF upside down, or HAADF.
fn recorded(scan: &ScanShown<'_>) -> Option<(RichText, Vec<f64>)> {
    let of =
        |kind| scan.profiles.iter().find(|profile| profile.kind == kind).filter(|p| fits(p.values.len(), scan.scan));
    if let Some(abf) = of(ProfileKind::Abf) {
        return Some((RichText::plain("Inverted ABF"), abf.values.iter().map(|v| -v).collect()));
    }
    of(ProfileKind::Haadf).map(|haadf| (RichText::plain("HAADF"), haadf.values.clone()))
}

fn fits(values: usize, scan: &LineScan) -> bool {
    values == scan.positions()
}
