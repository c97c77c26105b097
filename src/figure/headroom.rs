//! Peak labels above the curves, and the room above the curves that labels, heading and legend need.

use super::page::label;
use super::rich::RichText;
use super::scene::{Align, Frame, Item, Label, Panel};
use super::style::{Colour, Dash};
use crate::model::{FigureStyle, PeakLabels};

/// Space between a curve and a label, mm.
const CLEAR_MM: f64 = 0.9;
/// Space between two texts, mm.
const APART_MM: f64 = 0.4;
/// Space between a label and a heading or legend beside it, mm.
const BESIDE_MM: f64 = 1.6;
/// Space between labels and the top of the frame, mm.
const BELOW_FRAME_MM: f64 = 1.8;

/// Space that a line between a label and a curve takes, mm.
const LEADER_MM: f64 = 2.6;
/// Width of such a line, pt.
const LEADER_PT: f64 = 0.5;

/// Upper limit of everything drawn in a panel.
#[derive(Debug, Clone)]
pub(super) struct Skyline {
    /// Points `[x, highest y]`, x ascending, all finite.
    pub(super) points: Vec<[f64; 2]>,
}

impl Skyline {
    /// Highest value over a range of x, neighbours at its ends included.
    fn over(&self, from: f64, to: f64) -> Option<f64> {
        let first = self.points.partition_point(|p| p[0] < from).saturating_sub(1);
        let end = (self.points.partition_point(|p| p[0] <= to) + 1).min(self.points.len());
        self.points.get(first..end)?.iter().map(|p| p[1]).reduce(f64::max)
    }

    /// Highest value of all.
    pub(super) fn top(&self) -> Option<f64> {
        self.points.iter().map(|p| p[1]).reduce(f64::max)
    }
}

/// A panel whose upper limit is sought.
#[derive(Debug, Clone)]
pub(super) struct Room<'a> {
    /// Its frame.
    pub(super) frame: Frame,
    /// Range of its x axis.
    pub(super) x: [f64; 2],
    /// Lower limit of its y axis.
    pub(super) bottom: f64,
    /// What is drawn.
    pub(super) skyline: &'a Skyline,
    /// Areas that neither curves nor labels may enter: heading, legend.
    pub(super) taken: &'a [Frame],
    /// Peaks to label and where they stand, x ascending.
    pub(super) peaks: &'a [(RichText, f64)],
}

/// An upper limit with the labels that fit below it.
#[derive(Debug, Clone)]
pub(super) struct Fitted {
    /// Upper limit of the y axis.
    pub(super) top: f64,
    /// Peak labels.
    pub(super) labels: Vec<Label>,
    /// For each label that has one, where its line to the curve begins and ends, mm of the page.
    leaders_mm: Vec<[[f64; 2]; 2]>,
}

impl Fitted {
    /// The lines from labels to curves, in the units of the panel they are for.
    pub(super) fn leaders(&self, panel: &Panel) -> Vec<Item> {
        let line = |ends: &[[f64; 2]; 2]| Item::Line {
            name: "leader".to_owned(),
            colour: Colour::Quiet,
            dash: Dash::Solid,
            width_pt: LEADER_PT,
            points: ends.map(|at_mm| panel.value(at_mm)).to_vec(),
        };
        self.leaders_mm.iter().map(line).collect()
    }
}

impl Room<'_> {
    /// The lowest upper limit, in steps of 2 %, under which nothing meets; at most five times what the curves need.
    pub(super) fn fit(&self, style: &FigureStyle) -> Fitted {
        let span = self.skyline.top().map_or(1.0, |top| top - self.bottom).max(f64::MIN_POSITIVE);
        let mut fitted = Fitted { top: self.bottom + 1.04 * span, labels: Vec::new(), leaders_mm: Vec::new() };
        for step in 0..80 {
            let top = self.bottom + 1.04 * span * 1.02f64.powi(step);
            let (labels, leaders_mm) = self.labels(top, style);
            fitted = Fitted { top, labels, leaders_mm };
            if self.is_clear(&fitted) {
                break;
            }
        }
        fitted
    }

    fn page_x(&self, x: f64) -> f64 {
        self.frame.left_mm + (x - self.x[0]) / (self.x[1] - self.x[0]) * self.frame.width_mm
    }

    fn page_y(&self, y: f64, top: f64) -> f64 {
        self.frame.bottom_mm() - (y - self.bottom) / (top - self.bottom) * self.frame.height_mm
    }

    /// Height on the page of what is drawn between two places of the page.
    fn drawn_mm(&self, left_mm: f64, right_mm: f64, top: f64) -> f64 {
        let value = |mm: f64| self.x[0] + (mm - self.frame.left_mm) / self.frame.width_mm * (self.x[1] - self.x[0]);
        let highest = self.skyline.over(value(left_mm), value(right_mm));
        highest.map_or(self.frame.bottom_mm(), |y| self.page_y(y, top))
    }

    fn labels(&self, top: f64, style: &FigureStyle) -> (Vec<Label>, Vec<[[f64; 2]; 2]>) {
        let with_leaders = style.peak_labels == PeakLabels::Leaders;
        let above_mm = if with_leaders { LEADER_MM } else { 0.0 };
        let mut placed: Vec<Label> = Vec::new();
        let mut leaders_mm = Vec::new();
        for (text, x) in self.peaks {
            let new = label(text.clone(), [self.page_x(*x), 0.0], Align::Middle, style);
            let across = new.bounds().grown(CLEAR_MM / 2.0);
            let curve = self.drawn_mm(across.left_mm, across.right_mm(), top);
            let mut new = new.standing_on(curve - CLEAR_MM - above_mm);
            while let Some(other) = placed.iter().find(|other| other.bounds().grown(APART_MM).meets(&new.bounds())) {
                new = new.standing_on(other.bounds().top_mm - APART_MM - 1e-6);
            }
            let middle_mm = self.page_x(*x);
            let below_mm = new.bounds().bottom_mm() + APART_MM;
            let curve_mm = self.drawn_mm(middle_mm - 0.3, middle_mm + 0.3, top) - APART_MM;
            if with_leaders && curve_mm > below_mm + APART_MM {
                leaders_mm.push([[middle_mm, below_mm], [middle_mm, curve_mm]]);
            }
            placed.push(new);
        }
        (placed, leaders_mm)
    }

    fn is_clear(&self, fitted: &Fitted) -> bool {
        let below_frame = |bounds: &Frame| bounds.top_mm >= self.frame.top_mm + BELOW_FRAME_MM;
        let free = |label: &Label| {
            let bounds = label.bounds();
            // A label beside a text would read as part of it.
            let beside =
                Frame { left_mm: bounds.left_mm - BESIDE_MM, width_mm: bounds.width_mm + 2.0 * BESIDE_MM, ..bounds };
            below_frame(&bounds) && !self.taken.iter().any(|area| area.grown(APART_MM).meets(&beside))
        };
        let under = |area: &Frame| {
            let area = area.grown(CLEAR_MM);
            self.drawn_mm(area.left_mm, area.right_mm(), fitted.top) >= area.bottom_mm()
        };
        fitted.labels.iter().all(free) && self.taken.iter().all(under)
    }
}
