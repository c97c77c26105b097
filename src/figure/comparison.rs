//! The comparison figure: every edge with its sites over the reference, what differs below, and the drops.

use crate::analysis::{Comparison, EdgeCurves};

use super::curves::ShownEdge;
use super::drops::{self, DropPanel, empty};
use super::edge::Edge;
use super::legend::{self, Entry, Explains};
use super::page::{Letters, MARGIN_MM, bottom_gutter, left_gutter};
use super::roles::{Look, Roles};
use super::scene::{Frame, LegendEntry, Panel, Scene};
use crate::model::{EdgeUse, FigureStyle, LegendPlace, Recipe};

/// Below this width panels stand one below another, mm.
const SIDE_BY_SIDE_MM: f64 = 110.0;
/// Below this width the drops stand below the edges, mm.
const DROPS_BESIDE_MM: f64 = 150.0;
/// Least height of a panel of curves, mm.
const LEAST_HEIGHT_MM: f64 = 20.0;
/// Share of the frame's width that a legend within it may take.
const LEGEND_SHARE: f64 = 0.5;
/// A legend that raises the panel's upper limit by more than this factor goes above the panels.
const LEGEND_COST: f64 = 1.3;
/// Most lines of a legend within a panel.
const LEGEND_LINES: usize = 4;

/// Draws the comparison: panels of the edges in the recipe's order, then the drops.
///
/// Edges that have no curves are left out; curves that could not be normalised are named in the legend as such.
pub fn comparison(comparison: &Comparison, recipe: &Recipe, style: &FigureStyle) -> Scene {
    lettered(comparison, recipe, style, &mut Letters::of(style))
}

/// Draws the comparison with the next letters of a page.
pub(super) fn lettered(comparison: &Comparison, recipe: &Recipe, style: &FigureStyle, letters: &mut Letters) -> Scene {
    let roles = Roles::of(comparison);
    let edges = edges_of(comparison, recipe, &roles, style);
    let drops = DropPanel::of(comparison, &roles);
    if edges.is_empty() && drops.is_none() {
        return empty(style, "Nothing to compare: no edge has spectra");
    }
    let figure = Figure { roles: &roles, edges, drops, style, letters: *letters };
    (0..figure.gutters_mm().len()).for_each(|_| drop(letters.next()));
    match style.legend {
        LegendPlace::Auto if figure.legend_fits_inside() => figure.with_legends_inside(),
        LegendPlace::Inside => figure.with_legends_inside(),
        LegendPlace::Auto | LegendPlace::Above => figure.with_legend_above(),
        LegendPlace::None => figure.assemble(&figure.frames(MARGIN_MM, 0.0), None, 0.0, Vec::new()),
    }
}

/// The edges of a comparison that have curves, in the recipe's order.
pub(super) fn edges_of<'a>(
    comparison: &'a Comparison,
    recipe: &'a Recipe,
    roles: &'a Roles,
    style: &FigureStyle,
) -> Vec<Edge<'a>> {
    let drawn = comparison.curves.iter().filter(|curves| !curves.spectra.is_empty());
    let edge = |curves: &'a EdgeCurves| {
        let recipe = recipe.edge(&curves.edge)?;
        Some(Edge::of(ShownEdge::of(curves, recipe), recipe, roles, style))
    };
    drawn.filter_map(edge).collect()
}

struct Figure<'a> {
    roles: &'a Roles,
    edges: Vec<Edge<'a>>,
    drops: Option<DropPanel<'a>>,
    style: &'a FigureStyle,
    letters: Letters,
}

impl<'a> Figure<'a> {
    /// Edges at which a look has a curve that cannot be drawn.
    fn absent_at(&self, look: &Look) -> Vec<&str> {
        let absent = self.edges.iter().filter(|edge| edge.lacks(look, self.roles));
        absent.map(|edge| edge.recipe.name.as_str()).collect()
    }

    fn entries(&self, explains: Explains) -> Vec<Entry> {
        let looks = self.roles.reference().into_iter().chain(self.roles.sites());
        looks.map(|look| Entry::of(look, explains, &self.absent_at(look))).collect()
    }

    fn point_entries(&self) -> Vec<Entry> {
        self.roles.sites().iter().map(|look| Entry::of(look, Explains::Points, &[])).collect()
    }

    /// The legend of curves in the corner of the last edge's curves.
    fn corner(&self, frames: &[Frame]) -> Option<(Vec<LegendEntry>, Frame)> {
        let edge = self.edges.last()?;
        let main = edge.main_frame(*frames.get(self.edges.len() - 1)?, self.style);
        let placed = legend::top_right(&self.entries(Explains::Curves), main, LEGEND_SHARE * main.width_mm, self.style);
        let area = legend::area(&placed)?;
        Some((placed, area))
    }

    fn legend_fits_inside(&self) -> bool {
        let entries = self.entries(Explains::Curves);
        let frames = self.frames(0.0, 0.0);
        let Some((edge, frame)) = self.edges.last().zip(frames.get(self.edges.len().saturating_sub(1))) else {
            return false;
        };
        let Some((_, area)) = self.corner(&frames) else { return false };
        let main = edge.main_frame(*frame, self.style);
        let whole = legend::wanted_mm(&entries, self.style) <= LEGEND_SHARE * main.width_mm
            && legend::wanted_mm(&self.point_entries(), self.style) <= self.drop_room_mm(&frames);
        let with = edge.fit(main, &[area], self.style).top;
        let without = edge.fit(main, &[], self.style).top;
        entries.len() <= LEGEND_LINES && whole && with <= LEGEND_COST * without
    }

    /// Room for a legend in the panel of drops; endless without the panel.
    fn drop_room_mm(&self, frames: &[Frame]) -> f64 {
        let frame = frames.get(self.edges.len());
        frame.map_or(f64::INFINITY, |frame| frame.width_mm - 2.0 * super::page::INSET_MM)
    }

    fn with_legends_inside(&self) -> Scene {
        let foot_mm = legend::height(self.roles.sites().len(), self.style) + super::page::INSET_MM;
        let frames = self.frames(MARGIN_MM, foot_mm);
        let (mut legend, area) = self.corner(&frames).map_or_else(Default::default, |(l, a)| (l, Some(a)));
        if let Some(frame) = self.drops.as_ref().and(frames.get(self.edges.len())) {
            legend.extend(legend::bottom_right(&self.point_entries(), *frame, self.style));
        }
        self.assemble(&frames, area, foot_mm, legend)
    }

    fn with_legend_above(&self) -> Scene {
        let explains = if self.drops.is_some() { Explains::Points } else { Explains::Curves };
        let left_mm = MARGIN_MM + self.first_gutter_mm();
        let (legend, height_mm) = legend::above(&self.entries(explains), left_mm, self.style);
        let frames = self.frames(MARGIN_MM + height_mm, 0.0);
        self.assemble(&frames, None, 0.0, legend)
    }

    fn first_gutter_mm(&self) -> f64 {
        self.gutters_mm().first().copied().unwrap_or(0.0)
    }

    /// Space left of every panel, mm.
    fn gutters_mm(&self) -> Vec<f64> {
        let edges = self.edges.iter().map(|_| left_gutter(self.style));
        edges.chain(self.drops.iter().map(|drops| drops.gutter_mm(self.style))).collect()
    }

    /// Widths of the panels relative to each other.
    fn weights(&self) -> Vec<f64> {
        let weight = |usage| if usage == EdgeUse::Invariance { 45.0 } else { 58.0 };
        let edges = self.edges.iter().map(|edge| weight(edge.recipe.usage));
        edges.chain(self.drops.iter().map(|_| 32.0)).collect()
    }

    /// Numbers of the panels in each row: edges in order, then the drops.
    fn rows(&self) -> Vec<Vec<usize>> {
        let (edges, drops) = (self.edges.len(), self.drops.iter().map(|_| self.edges.len()));
        let width_mm = self.style.width_mm;
        if width_mm < SIDE_BY_SIDE_MM {
            (0..edges).chain(drops).map(|k| vec![k]).collect()
        } else if width_mm < DROPS_BESIDE_MM {
            [(0..edges).collect(), drops.collect()].into_iter().filter(|row: &Vec<usize>| !row.is_empty()).collect()
        } else {
            vec![(0..edges).chain(drops).collect()]
        }
    }

    /// Height of a row of panels, mm. Drops alone need no more than their texts.
    fn height_mm(&self, row: &[usize], foot_mm: f64) -> f64 {
        let drops = self.drops.as_ref().filter(|_| row.contains(&self.edges.len()));
        let least = drops.map_or(0.0, |drops| drops.least_height_mm(foot_mm, self.style));
        if row.iter().all(|k| *k == self.edges.len()) {
            return least.max(LEAST_HEIGHT_MM);
        }
        (self.style.row_height_mm - MARGIN_MM - bottom_gutter(self.style)).max(least).max(LEAST_HEIGHT_MM)
    }

    /// Frames of the edges in order, then of the drops.
    fn frames(&self, top_mm: f64, foot_mm: f64) -> Vec<Frame> {
        let rows = self.rows();
        let mut gutters = self.gutters_mm();
        if rows.len() > 1 {
            // Frames one below another begin at the same place.
            let first = rows.iter().filter_map(|row| gutters.get(*row.first()?).copied()).fold(0.0, f64::max);
            rows.iter()
                .filter_map(|row| row.first())
                .for_each(|k| gutters.iter_mut().skip(*k).take(1).for_each(|g| *g = first));
        }
        let (mut frames, mut top_mm) = (Vec::new(), top_mm);
        for row in &rows {
            let height_mm = self.height_mm(row, foot_mm);
            frames.extend(self.row_frames(row, &gutters, top_mm, height_mm));
            top_mm += height_mm + bottom_gutter(self.style) + MARGIN_MM;
        }
        frames
    }

    fn row_frames(&self, row: &[usize], gutters_mm: &[f64], top_mm: f64, height_mm: f64) -> Vec<Frame> {
        let weights = self.weights();
        let own = |list: &[f64]| row.iter().filter_map(|k| list.get(*k).copied()).collect::<Vec<_>>();
        let (gutters, weights) = (own(gutters_mm), own(&weights));
        let room = self.style.width_mm - gutters.iter().sum::<f64>() - MARGIN_MM * (gutters.len() + 1) as f64;
        let total: f64 = weights.iter().sum();
        let mut left_mm = 0.0;
        let place = |(gutter, weight): (f64, f64)| {
            left_mm += MARGIN_MM + gutter;
            let frame = Frame { left_mm, top_mm, width_mm: room * weight / total, height_mm };
            left_mm = frame.right_mm();
            frame
        };
        gutters.into_iter().zip(weights).map(place).collect()
    }

    fn assemble(&self, frames: &[Frame], area: Option<Frame>, foot_mm: f64, legend: Vec<LegendEntry>) -> Scene {
        let mut letters = self.letters;
        let range = self.edges.iter().filter_map(Edge::difference_range);
        let range = range.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]).unwrap_or([0.0, 1.0]);
        let mut panels: Vec<Panel> = Vec::new();
        for (k, (edge, frame)) in self.edges.iter().zip(frames).enumerate() {
            let area = area.filter(|_| k + 1 == self.edges.len());
            panels.extend(edge.panels(*frame, letters.next(), area, range, self.style));
        }
        if let Some((drops, frame)) = self.drops.as_ref().zip(frames.get(self.edges.len())) {
            let mut panel = drops.panel(*frame, letters.next(), foot_mm, self.style);
            let areas: Vec<Frame> = legend.iter().map(legend::entry_area).collect();
            drops::reach_down(&mut panel, &areas);
            panels.push(panel);
        }
        let bottom_mm = panels.iter().map(|panel| panel.frame.bottom_mm()).fold(0.0, f64::max);
        let names: Vec<&str> = self.edges.iter().map(|edge| edge.recipe.name.as_str()).collect();
        Scene {
            description: format!("Sites over the reference at {}, their differences and drops", names.join(" and ")),
            width_mm: self.style.width_mm,
            height_mm: bottom_mm + bottom_gutter(self.style),
            style: self.style.clone(),
            panels,
            legend,
        }
    }
}
