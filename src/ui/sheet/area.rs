//! A 2-D spectrum image as a map, with a region that can be drawn freely and its spectrum beside it.

use std::sync::{Arc, Mutex, PoisonError};

use egui::{Color32, ColorImage, CursorIcon, Rect, Role, Sense, Stroke, TextureHandle, TextureOptions, Ui, WidgetInfo};
use egui::{pos2, vec2};

use super::super::arrows::{Arrows, Axes};
use super::super::chart::Chart;
use super::super::colormap;
use super::super::heat_map;
use super::super::look::{ColourMap, Look};
use super::super::out::{Action, Out};
use super::super::plot::range_of;
use super::super::stage::Shown;
use super::super::theme::{Palette, SMALL};
use super::super::view_model::{Ink, ScanCard};
use super::super::{format, text, widgets};
use super::split;
use crate::app::{Latest, Outline, Region, RegionReader, RegionRequest, RegionView};
use crate::document::OpenScan;
use crate::model::EnergyWindow;

/// Colours and contrast of a picture.
type Colouring = (ColourMap, [f64; 2]);
type Answer = Result<Arc<RegionView>, String>;

/// Maps in the making and the last one made.
#[derive(Default)]
pub(in super::super) struct Areas {
    worker: Option<Latest<RegionRequest, Answer>>,
    asked: Option<RegionRequest>,
    shown: Option<(RegionRequest, Answer)>,
    /// The picture of a map, in colours and contrast.
    texture: Option<(Vec<f64>, Colouring, TextureHandle)>,
    ticket: u64,
}

impl Areas {
    /// Takes what was read, and asks for what is wanted now.
    fn poll(&mut self, ctx: &egui::Context, wanted: RegionRequest) {
        if self.worker.is_none() {
            let reader = Mutex::new(RegionReader::default());
            let job = move |request: RegionRequest, _: &crate::progress::Progress| {
                let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
                reader.read(&request).map(Arc::new).map_err(|error| error.to_string())
            };
            let wake = ctx.clone();
            // Without a thread the page stays empty; nothing else suffers.
            self.worker = Latest::new("area", job, move || wake.request_repaint()).ok();
        }
        let Some(worker) = &self.worker else { return };
        if let Some((_, outcome)) = worker.take() {
            let answer = outcome.unwrap_or_else(|panic| Err(panic.to_string()));
            self.shown = self.asked.clone().map(|request| (request, answer));
        }
        if self.asked.as_ref() != Some(&wanted) && !worker.is_busy() {
            self.ticket += 1;
            worker.submit(self.ticket, wanted.clone());
            self.asked = Some(wanted);
        } else if self.asked.as_ref() != Some(&wanted) {
            ctx.request_repaint();
        }
    }

    fn texture(&mut self, ctx: &egui::Context, view: &RegionView, look: &Look) -> egui::TextureId {
        let wanted = (look.colours, look.contrast);
        if self.texture.as_ref().is_none_or(|(map, made, _)| *map != view.map || *made != wanted) {
            let table = colormap::table(look.colours);
            let ends = heat_map::contrast(view.map.clone(), look.contrast);
            let colour = |v: &f64| heat_map::colour_of(*v, ends, &table);
            let image = ColorImage::new(view.size, view.map.iter().map(colour).collect());
            let made = ctx.load_texture("area", image, TextureOptions::NEAREST);
            self.texture = Some((view.map.clone(), wanted, made));
        }
        self.texture.as_ref().map_or(egui::TextureId::default(), |(_, _, texture)| texture.id())
    }
}

/// Draws the page.
pub(super) fn show(ui: &mut Ui, shown: &Shown<'_>, areas: &mut Areas, out: &mut Out) {
    let Some(card) = shown.model.selected() else { return };
    let Some(open) = shown.bench.document().scan(&card.name) else { return };
    if open.scan.along.is_none() {
        widgets::weak(ui, text::NO_AREA);
        return;
    }
    let look = &shown.view.look;
    let region = look.regions.get(&card.name).copied();
    let guess = Region { outline: Outline::default(), x: [0.0, 4.0], y: [0.0, 4.0] };
    let asked = region.unwrap_or(guess);
    let window_ev = windows(shown, card, open).into_iter().find(|(name, _)| Some(name) == look.area_window.as_ref());
    let request = RegionRequest {
        path: open.path.clone(),
        image: open.image,
        window_ev: window_ev.and_then(|(_, window)| window),
        region: asked,
    };
    areas.poll(ui.ctx(), request);
    toolbar(ui, shown, (card, open), asked, out);
    let view = match &areas.shown {
        Some((request, Ok(view))) if (&request.path, request.image) == (&open.path, open.image) => Arc::clone(view),
        Some((_, Err(error))) => {
            widgets::cautions(ui, std::slice::from_ref(error));
            return;
        }
        _ => {
            ui.spinner();
            return;
        }
    };
    let [mut left, right] = split(ui, 0.42);
    map(&mut left, shown, (card, asked), (areas, &view), out);
    spectrum(&right, &view);
}

/// Energy windows to choose from: all, and those of the recipe, on the file's axis.
fn windows(shown: &Shown<'_>, card: &ScanCard, open: &OpenScan) -> Vec<(String, Option<EnergyWindow>)> {
    let comparison = shown.bench.derived().map(|derived| derived.comparison.as_ref());
    let axis = super::super::heat_map::calibrated_axis(open, &card.name, comparison);
    let file = open.scan.axis();
    let back = |energy: f64| file.energy_at(axis.channel_at(energy));
    let mut all = vec![(text::ALL_ENERGIES.to_owned(), None)];
    for edge in &shown.bench.document().session().recipe.edges {
        for peak in &edge.peaks {
            let window = EnergyWindow::new(back(peak.window_ev.lo_ev()), back(peak.window_ev.hi_ev())).ok();
            all.push((format!("{} {}", format::edge_name(&edge.name), peak.label), window));
        }
    }
    all
}

fn toolbar(ui: &mut Ui, shown: &Shown<'_>, (card, open): (&ScanCard, &OpenScan), region: Region, out: &mut Out) {
    ui.horizontal(|ui| {
        let outlines = [(Outline::Rectangle, text::RECTANGLE), (Outline::Ellipse, text::ELLIPSE)];
        if let Some(outline) = widgets::segmented(ui, "outline", region.outline, &outlines) {
            out.look(shown.view, |look| {
                look.regions.insert(card.name.clone(), Region { outline, ..region });
            });
        }
        let chosen = shown.view.look.area_window.clone().unwrap_or_else(|| text::ALL_ENERGIES.to_owned());
        let combo = egui::ComboBox::from_id_salt("area window").selected_text(&chosen).icon(widgets::chevron);
        let inner = combo.show_ui(ui, |ui| {
            for (name, _) in windows(shown, card, open) {
                if ui.selectable_label(name == chosen, &name).clicked() {
                    out.look(shown.view, |look| look.area_window = Some(name));
                }
            }
        });
        inner.response.accessible_name(text::AREA_WINDOW);
        let palette = Palette::of(ui);
        ui.label(egui::RichText::new(text::AREA_HINT).size(SMALL).color(palette.weak));
    });
}

fn map(
    ui: &mut Ui,
    shown: &Shown<'_>,
    (card, region): (&ScanCard, Region),
    (areas, view): (&mut Areas, &RegionView),
    out: &mut Out,
) {
    let texture = areas.texture(ui.ctx(), view, &shown.view.look);
    let [width, height] = view.size.map(|pixels| pixels as f32);
    let room = ui.available_rect_before_wrap();
    // Pixels are square, but a scan much longer than wide is stretched so that it can be hit.
    let aspect = (width / height).clamp(0.25, 4.0);
    let size = vec2(room.width().min(room.height() * aspect), room.height().min(room.width() / aspect));
    let place = Rect::from_min_size(room.min, size);
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    ui.painter().image(texture, place, uv, Color32::WHITE);
    let to = |x: f64, y: f64| place.min + vec2(x as f32 / width * size.x, y as f32 / height * size.y);
    let from = |pos: egui::Pos2| {
        let share = (pos - place.min) / size;
        [f64::from(share.x * width).clamp(0.0, width.into()), f64::from(share.y * height).clamp(0.0, height.into())]
    };
    let outline = Rect::from_min_max(to(region.x[0], region.y[0]), to(region.x[1], region.y[1]));
    let id = ui.scope_id().with(("area", &card.name));
    let response = ui.interact(place, id, Sense::click_and_drag()).on_hover_cursor(CursorIcon::Crosshair);
    let name = format!("{} {}", text::AREA_MAP, card.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    widgets::focus_ring_around(ui, &response, place);
    let (origin, now) = ui.input(|input| (input.pointer.press_origin(), input.pointer.latest_pos()));
    if response.drag_started() {
        let held = origin.is_some_and(|pos| outline.contains(pos)).then_some(region);
        ui.data_mut(|data| data.insert_temp(id, held));
    }
    if let (Some(origin), Some(now), true) = (origin, now, response.dragged()) {
        let held = ui.data(|data| data.get_temp::<Option<Region>>(id)).flatten();
        let (a, b) = (from(origin), from(now));
        let changed = match held {
            Some(start) => moved(start, [b[0] - a[0], b[1] - a[1]], view.size),
            None => Region { x: [a[0].min(b[0]), a[0].max(b[0])], y: [a[1].min(b[1]), a[1].max(b[1])], ..region },
        };
        out.look(shown.view, |look| {
            look.regions.insert(card.name.clone(), changed);
        });
    }
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if let Some(changed) = nudged(ui, &response, region, view.size) {
        out.look(shown.view, |look| {
            look.regions.insert(card.name.clone(), changed);
        });
    }
    widgets::focus_ring(ui, &response);
    // White within dark is seen on every colour of every map.
    for stroke in [Stroke::new(3.5, Color32::from_black_alpha(170)), Stroke::new(1.5, Color32::WHITE)] {
        match region.outline {
            Outline::Rectangle => {
                ui.painter().rect_stroke(outline, 0.0, stroke, egui::StrokeKind::Middle);
            }
            Outline::Ellipse => {
                ui.painter().add(egui::epaint::EllipseShape::stroke(outline.center(), outline.size() / 2.0, stroke));
            }
        }
    }
    response.context_menu(|ui| {
        if ui.button(text::COPY_CSV).clicked() {
            out.action(Action::CopyText(csv(view)));
        }
    });
}

/// The region after arrow keys: moved by a pixel, with Shift its right and lower limits only.
fn nudged(ui: &Ui, response: &egui::Response, region: Region, size: [usize; 2]) -> Option<Region> {
    let arrows = Arrows::on(ui, response, Axes::Both);
    (arrows != Arrows::default()).then(|| widened(moved(region, arrows.plain, size), arrows.shifted, size))
}

/// A region with its right and lower limits moved, kept on the map.
fn widened(region: Region, by: [f64; 2], size: [usize; 2]) -> Region {
    let limit = |[lo, hi]: [f64; 2], by: f64, size: usize| [lo, (hi + by).min(size as f64).max(lo + 1.0)];
    Region { x: limit(region.x, by[0], size[0]), y: limit(region.y, by[1], size[1]), ..region }
}

/// A region moved as a whole, kept on the map.
fn moved(region: Region, by: [f64; 2], size: [usize; 2]) -> Region {
    let shift = |[lo, hi]: [f64; 2], by: f64, size: usize| {
        let by = by.clamp(-lo, (size as f64 - hi).max(-lo));
        [lo + by, hi + by]
    };
    Region { x: shift(region.x, by[0], size[0]), y: shift(region.y, by[1], size[1]), ..region }
}

fn csv(view: &RegionView) -> String {
    let rows =
        view.axis.energies().into_iter().zip(&view.spectrum).map(|(energy, counts)| format!("{energy},{counts}\n"));
    format!("energy_ev,counts\n{}", rows.collect::<String>())
}

fn spectrum(ui: &Ui, view: &RegionView) {
    let palette = Palette::of(ui);
    let place = ui.available_rect_before_wrap();
    let x = [view.axis.first_ev(), view.axis.last_ev()];
    let y = range_of(view.spectrum.iter().copied(), 0.03, 0.08);
    let name = format!("{}, {}", text::COUNTS, format::count(view.pixels, "pixel"));
    let chart = Chart::new(ui, place, (x, y), (text::FILE_ENERGY, &name));
    let points = view.axis.energies().into_iter().zip(view.spectrum.iter().copied());
    chart.line(ui, points, Stroke::new(1.3, palette.ink(Ink::Site(1))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_dragged_off_the_map_stops_at_its_border() {
        let region = Region { outline: Outline::Rectangle, x: [2.0, 6.0], y: [1.0, 3.0] };
        let stopped = moved(region, [-9.0, 90.0], [8, 10]);
        assert_eq!((stopped.x, stopped.y), ([0.0, 4.0], [8.0, 10.0]));
    }
}
