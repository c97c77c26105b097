//! Below the middle: pages on the quality of the data, one at a time.

mod alignment;
mod area;
mod calibration;
mod image;
mod noise;
mod spikes;

pub use image::PictureFilter;

use egui::{Align, Layout, Ui};
use serde::{Deserialize, Serialize};

use super::out::Out;
use super::stage::Shown;
use super::surveys::Surveys;
use super::theme::{GAP, Palette};
use super::{text, widgets};

/// Lowest and usual height of the sheet, points.
pub(super) const HEIGHT: [f32; 2] = [170.0, 262.0];

/// Narrowest page whose parts do not touch; in a narrower window it scrolls sideways.
const LEAST_WIDTH: f32 = 780.0;

/// A page of the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SheetPage {
    /// X-ray spikes.
    Spikes,
    /// Energy drift along the scans.
    Alignment,
    /// Features on the file's axis.
    Calibration,
    /// Gain, pattern and split-half checks.
    Noise,
    /// The survey picture, its columns and strain.
    Picture,
    /// A 2-D spectrum image with a free region.
    Area,
}

/// Least room beside the names of pages, points.
const LEAST_PADDING: f32 = 6.0;

/// What the pages keep between frames.
#[derive(Default)]
pub(super) struct Pages {
    areas: area::Areas,
    pictures: image::Pictures,
}

impl SheetPage {
    /// All pages in order, with their names.
    pub(super) const ALL: [(Self, &'static str); 6] = [
        (Self::Spikes, text::PAGE_SPIKES),
        (Self::Alignment, text::PAGE_ALIGNMENT),
        (Self::Calibration, text::PAGE_CALIBRATION),
        (Self::Noise, text::PAGE_NOISE),
        (Self::Picture, text::PAGE_PICTURE),
        (Self::Area, text::PAGE_AREA),
    ];
}

/// Draws the page chosen.
pub(super) fn show(
    ui: &mut Ui,
    shown: &Shown<'_>,
    page: SheetPage,
    (pages, surveys): (&mut Pages, &mut Surveys),
    out: &mut Out,
) {
    // The panel keeps its height however little a page holds.
    ui.expand_to_include_rect(ui.max_rect());
    ui.spacing_mut().item_spacing.y = GAP;
    ui.horizontal(|ui| {
        let padding = |ui: &Ui, pages: &[(SheetPage, &str)]| {
            (ui.available_width() - 40.0 - widgets::segmented_width(ui, pages, 0.0)) / pages.len() as f32
        };
        let mut pages = SheetPage::ALL;
        if padding(ui, &pages) < LEAST_PADDING {
            pages =
                pages.map(|(page, name)| (page, if page == SheetPage::Noise { text::PAGE_NOISE_SHORT } else { name }));
        }
        let padding = padding(ui, &pages).clamp(LEAST_PADDING, widgets::USUAL);
        if let Some(page) = widgets::segmented_padded(ui, "page", page, &pages, padding) {
            out.look(shown.view, |look| look.sheet = Some(page));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if widgets::icon_button(ui, text::CLOSE_SHEET, true, "×").clicked() {
                out.look(shown.view, |look| look.sheet = None);
            }
        });
    });
    let Some(derived) = shown.bench.derived() else {
        widgets::weak(ui, text::NO_RESULT);
        return;
    };
    let report = &derived.comparison.report;
    let place = ui.available_rect_before_wrap();
    ui.painter().rect_filled(place, 8.0, Palette::of(ui).card);
    widgets::at_least(ui, place.shrink(10.0), LEAST_WIDTH, |ui, place| {
        ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| match page {
            SheetPage::Spikes => spikes::show(ui, shown, report, out),
            SheetPage::Alignment => alignment::show(ui, shown, report),
            SheetPage::Calibration => calibration::show(ui, shown, report, out),
            SheetPage::Noise => noise::show(ui, shown, report),
            SheetPage::Picture => image::show(ui, shown, surveys, &mut pages.pictures, out),
            SheetPage::Area => area::show(ui, shown, &mut pages.areas, out),
        });
    });
}

/// Two parts side by side, the left one a share of the width.
fn split(ui: &mut Ui, share: f32) -> [Ui; 2] {
    let place = ui.available_rect_before_wrap();
    let middle = place.left() + share * place.width();
    let parts = [place.with_max_x(middle - 8.0), place.with_min_x(middle + 8.0)];
    let mut part = |k: usize| ui.new_child(egui::UiBuilder::new().max_rect(parts[k]).id_salt(("part", k)));
    [part(0), part(1)]
}
