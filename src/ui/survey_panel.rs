//! Left, under the scans: the picture of the specimen with the line of the scan and its sites, all of which can be held.

use egui::{
    Color32, CornerRadius, CursorIcon, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use super::arrows::{Arrows, Axes};
use super::columns::{self, Part};
use super::out::{Action, Out};
use super::stage::Shown;
use super::surveys::Surveys;
use super::theme::{self, CARD_RADIUS, Palette, SMALL};
use super::view_model::{ColumnBand, ScanCard};
use super::{text, widgets};
use crate::app::{FileSpec, SurveyPicture};
use crate::document::{Command, OpenScan, ProfileFile, SideFile, SurveyLine};
use crate::model::ProfileKind;

/// Colour of the line, bright on any picture.
const LINE: Color32 = Color32::from_rgb(0xf5, 0xc2, 0x4d);
/// Under lines and rings, so that they stand out from bright pictures.
const HALO: Color32 = Color32::from_rgba_premultiplied(0, 0, 0, 0xa0);
/// Radius of a ring, points.
const RING: f32 = 5.5;
/// How near the line the pointer holds it, points.
const NEAR: f32 = 7.0;
/// Tallest picture for its width.
const MIN_ASPECT: f64 = 0.75;
/// A line this near the length of the scan takes that length.
const SNAP: f64 = 0.06;

/// What the panel works on: one scan, its picture and its line.
struct Scene<'a> {
    card: &'a ScanCard,
    open: &'a OpenScan,
    image: &'a SurveyPicture,
    /// Where the picture is.
    rect: Rect,
    line: SurveyLine,
    placed: bool,
}

impl Scene<'_> {
    fn at(&self, share: [f64; 2]) -> Pos2 {
        self.rect.min + vec2(share[0] as f32 * self.rect.width(), share[1] as f32 * self.rect.height())
    }

    fn shares(&self, by: Vec2) -> [f64; 2] {
        [f64::from(by.x / self.rect.width()), f64::from(by.y / self.rect.height())]
    }

    /// Where a place along the scan is, in positions from its start.
    fn along(&self, position: f64) -> Pos2 {
        let last = self.open.scan.positions().saturating_sub(1).max(1) as f64;
        let share = ((position - 0.5) / last) as f32;
        self.at(self.line.from).lerp(self.at(self.line.to), share)
    }

    fn length_nm(&self) -> Option<f64> {
        self.open.scan.step_nm.map(|step| step * self.open.scan.positions().saturating_sub(1) as f64)
    }
}

/// Draws the picture of the scan chosen, or says how to get one.
pub(super) fn show(ui: &mut Ui, shown: &Shown<'_>, surveys: &mut Surveys, out: &mut Out) {
    let Some(card) = shown.model.selected() else { return };
    let Some(open) = shown.bench.document().scan(&card.name) else { return };
    let placed = shown.bench.document().session().survey(&card.name);
    let file = placed.and_then(|line| line.file.as_ref()).map_or(open.path.as_path(), |file| &file.path);
    let images = surveys.of(file, out);
    let image = chosen(shown, &card.name, &images);
    widgets::section(ui, text::SURVEY, |ui| {
        if let Some(image) = image {
            choice(ui, shown, (card, image), &images, out);
        }
    });
    let Some(image) = image else { return nothing(ui, surveys.is_loading(file), out) };
    let width = ui.available_width();
    let height = width / image.image.aspect().max(MIN_ASPECT) as f32;
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let [from, to] = image.default_line(open.scan.step_nm.map(|step| step * open.scan.positions() as f64));
    let fallback = || SurveyLine { scan: card.name.clone(), file: None, image: None, from, to };
    let line = placed.cloned().unwrap_or_else(fallback);
    let line = SurveyLine { image: line.file.is_none().then_some(image.index), ..line };
    let placed = placed.is_some() || image.line.is_some();
    let scene = Scene { card, open, image, rect: fitted(rect, image.image.aspect()), line, placed };
    picture(ui, rect, &scene, surveys.texture(ui.ctx(), file, image.index));
    hold_picture(ui, &scene, out);
    for (k, end) in [text::SURVEY_START, text::SURVEY_END].into_iter().enumerate() {
        hold_end(ui, &scene, (k, end), out);
    }
    for band in &card.columns {
        hold_ring(ui, &scene, band, out);
    }
    scale_bar(ui, &scene);
    signal(ui, &scene, out);
}

/// Kinds of signals that a picture can give, and what columns look like in each.
const SIGNALS: [(ProfileKind, &str); 2] =
    [(ProfileKind::Abf, text::SIGNAL_ABF), (ProfileKind::Haadf, text::SIGNAL_HAADF)];

/// Below the picture: whether its signal along the line is one of the scan's profiles, by which sites are found.
fn signal(ui: &mut Ui, scene: &Scene<'_>, out: &mut Out) {
    let image = scene.image.index;
    let here = [scene.line.from, scene.line.to];
    let own = scene.line.file.as_ref();
    let path = own.map_or(&scene.open.path, |file| &file.path);
    let taken: Vec<ProfileFile> = scene.open.opening.profiles.clone();
    let of_picture =
        |profile: &&ProfileFile| profile.line.is_some() && profile.file.image == image && profile.file.path == *path;
    let current = taken.iter().find(of_picture);
    let sample = |kind: ProfileKind, out: &mut Out| {
        let spec = FileSpec { path: path.clone(), image: Some(image) };
        out.action(Action::SamplePicture(scene.card.name.clone(), spec, (kind, here)));
    };
    ui.horizontal(|ui| {
        let palette = Palette::of(ui);
        ui.label(egui::RichText::new(text::SIGNAL).size(SMALL).color(palette.weak));
        let name = |kind: ProfileKind| SIGNALS.iter().find(|(known, _)| *known == kind).map(|(_, name)| *name);
        let shown = current.and_then(|profile| name(profile.kind)).unwrap_or(text::SIGNAL_NONE);
        let response = widgets::menu_link(ui, shown).on_hover_text(text::SIGNAL_HINT);
        egui::Popup::menu(&response).show(|ui| {
            if !scene.placed {
                ui.label(text::SIGNAL_PLACE);
                return;
            }
            for (kind, name) in SIGNALS {
                if ui.selectable_label(current.is_some_and(|profile| profile.kind == kind), name).clicked() {
                    sample(kind, out);
                }
            }
            if let Some(current) = current
                && ui.selectable_label(false, text::SIGNAL_NONE).clicked()
            {
                let profiles = taken.iter().filter(|profile| *profile != current).cloned().collect();
                out.command(Command::SetProfiles { scan: scene.card.name.clone(), profiles });
            }
        });
        if let Some(current) = current.filter(|profile| profile.line != Some(here))
            && widgets::link(ui, text::SIGNAL_AGAIN).on_hover_text(text::SIGNAL_MOVED).clicked()
        {
            sample(current.kind, out);
        }
    });
}

/// The picture of a scan among those of its file: the one that the session names, the one chosen, or the first.
pub(super) fn chosen<'a>(shown: &Shown<'_>, scan: &str, images: &'a [SurveyPicture]) -> Option<&'a SurveyPicture> {
    let named = shown.bench.document().session().survey(scan).and_then(SurveyLine::image);
    let wanted = named.or_else(|| shown.view.look.survey_image.get(scan).copied());
    images.iter().find(|image| Some(image.index) == wanted).or(images.first())
}

/// The largest place of a shape inside another.
fn fitted(rect: Rect, aspect: f64) -> Rect {
    let aspect = aspect as f32;
    let size = vec2(rect.width().min(rect.height() * aspect), rect.height().min(rect.width() / aspect));
    Rect::from_center_size(rect.center(), size)
}

fn choice(
    ui: &mut Ui,
    shown: &Shown<'_>,
    (card, image): (&ScanCard, &SurveyPicture),
    images: &[SurveyPicture],
    out: &mut Out,
) {
    let response = widgets::menu_link(ui, &image.image.title).on_hover_text(text::SURVEY_CHOICE);
    egui::Popup::menu(&response).show(|ui| {
        for other in images {
            if ui.selectable_label(other.index == image.index, &other.image.title).clicked() {
                take(shown, &card.name, other.index, out);
            }
        }
        ui.separator();
        if ui.button(text::SURVEY_OPEN).clicked() {
            out.action(Action::OpenDialog);
        }
    });
}

/// Takes another picture of the same file; the line that was placed stays where it is.
fn take(shown: &Shown<'_>, scan: &str, index: usize, out: &mut Out) {
    out.look(shown.view, |look| {
        look.survey_image.insert(scan.to_owned(), index);
    });
    if let Some(placed) = shown.bench.document().session().survey(scan) {
        let mut survey = placed.clone();
        match &mut survey.file {
            Some(file) => file.image = index,
            None => survey.image = Some(index),
        }
        out.command(Command::SetSurvey { survey });
    }
}

fn nothing(ui: &mut Ui, loading: bool, out: &mut Out) {
    let palette = Palette::of(ui);
    widgets::card(ui, false, |ui| {
        if loading {
            ui.spinner();
            return;
        }
        let hint = egui::RichText::new(text::SURVEY_NONE).size(SMALL).color(palette.weak);
        ui.add(egui::Label::new(hint).wrap());
        if widgets::link(ui, text::SURVEY_OPEN).clicked() {
            out.action(Action::OpenDialog);
        }
    });
}

fn picture(ui: &Ui, rect: Rect, scene: &Scene<'_>, texture: Option<egui::TextureId>) {
    let palette = Palette::of(ui);
    let radius = CornerRadius::same(CARD_RADIUS);
    ui.painter().rect_filled(rect, radius, palette.plot);
    if let Some(texture) = texture {
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        let whole = egui::epaint::RectShape::filled(scene.rect, radius, Color32::WHITE);
        ui.painter().add(whole.with_texture(texture, uv));
    }
    ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, palette.border), StrokeKind::Inside);
    let painter = ui.painter_at(rect);
    let (from, to) = (scene.at(scene.line.from), scene.at(scene.line.to));
    let along = (to - from).normalized();
    let tip = [to, to - 9.0 * along + 4.5 * along.rot90(), to - 9.0 * along - 4.5 * along.rot90()];
    let end = to - 7.0 * along;
    painter.line_segment([from, end], Stroke::new(4.0, HALO));
    if scene.placed {
        painter.line_segment([from, end], Stroke::new(2.0, LINE));
    } else {
        painter.extend(Shape::dashed_line(&[from, end], Stroke::new(2.0, LINE), 6.0, 4.0));
    }
    painter.add(Shape::convex_polygon(tip.to_vec(), LINE, Stroke::new(1.0, HALO)));
    painter.circle(from, 4.0, LINE, Stroke::new(1.0, HALO));
    for band in &scene.card.columns {
        let middle = scene.along(0.5 * (band.from + band.to) as f64);
        painter.circle_stroke(middle, RING, Stroke::new(3.5, HALO));
        painter.circle_stroke(middle, RING, Stroke::new(2.0, bright(palette.ink(band.ink))));
    }
}

/// Data colours of the light theme are too dark for a picture.
fn bright(colour: Color32) -> Color32 {
    let brightest = colour.r().max(colour.g()).max(colour.b());
    if brightest >= 0xc0 { colour } else { colour.lerp_to_gamma(Color32::WHITE, 0.45) }
}

/// The whole picture holds the line where the pointer is near it, and takes arrow keys.
fn hold_picture(ui: &mut Ui, scene: &Scene<'_>, out: &mut Out) {
    let id = ui.scope_id().with(("survey", &scene.card.name));
    let response = ui.interact(scene.rect, id, Sense::click_and_drag());
    let name = format!("{} {}", text::SURVEY_LINE, scene.card.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let segment = [scene.at(scene.line.from), scene.at(scene.line.to)];
    let near = |pos: Pos2| distance(pos, segment) < NEAR;
    if response.hover_pos().is_some_and(near) {
        ui.set_cursor_icon(CursorIcon::Grab);
    }
    let held = id.with("held");
    if response.drag_started() && ui.input(|input| input.pointer.press_origin()).is_some_and(near) {
        ui.data_mut(|data| data.insert_temp(held, [scene.line.from, scene.line.to]));
    }
    if let Some(start) = ui.data(|data| data.get_temp::<[[f64; 2]; 2]>(held)) {
        out.gesture(&response, |out| {
            let (origin, now) = ui.input(|input| (input.pointer.press_origin(), input.pointer.latest_pos()));
            if let (Some(origin), Some(now), true) = (origin, now, response.dragged()) {
                move_line(scene, start, scene.shares(now - origin), out);
            }
        });
    }
    if response.drag_stopped() {
        ui.data_mut(|data| data.remove::<[[f64; 2]; 2]>(held));
    }
    let by = arrows(ui, &response);
    if by != Vec2::ZERO {
        move_line(scene, [scene.line.from, scene.line.to], scene.shares(by), out);
    }
    focus_ring(ui, &response, scene.rect);
}

fn move_line(scene: &Scene<'_>, line: [[f64; 2]; 2], by: [f64; 2], out: &mut Out) {
    let [from, to] = line.map(|point| [point[0] + by[0], point[1] + by[1]]);
    out.command(Command::SetSurvey { survey: SurveyLine { from, to, ..scene.line.clone() } });
}

fn hold_end(ui: &mut Ui, scene: &Scene<'_>, (k, end): (usize, &str), out: &mut Out) {
    let mut ends = [scene.line.from, scene.line.to];
    let place = Rect::from_center_size(scene.at(ends[k]), Vec2::splat(16.0));
    let id = ui.scope_id().with(("survey end", &scene.card.name, k));
    let response = ui.interact(place, id, Sense::click_and_drag()).on_hover_cursor(CursorIcon::Grab);
    let name = format!("{end} {}", scene.card.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let mut send = |out: &mut Out, by: Vec2| {
        let by = scene.shares(by);
        ends[k] = [ends[k][0] + by[0], ends[k][1] + by[1]];
        ends[k] = snapped(scene, ends, k);
        let survey = SurveyLine { from: ends[0], to: ends[1], ..scene.line.clone() };
        out.command(Command::SetSurvey { survey });
    };
    out.gesture(&response, |out| {
        // The end follows the pointer itself, so that snapping does not make it lag.
        let pointer = ui.input(|input| input.pointer.latest_pos());
        if let Some(pos) = pointer.filter(|_| response.dragged()) {
            send(out, pos - place.center());
        }
    });
    let by = arrows(ui, &response);
    if by != Vec2::ZERO {
        send(out, by);
    }
    focus_ring(ui, &response, place);
}

/// An end put where the line has the length of the scan, when it is near that.
fn snapped(scene: &Scene<'_>, ends: [[f64; 2]; 2], k: usize) -> [f64; 2] {
    let (moved, fixed) = (ends[k], ends[1 - k]);
    let (Some(length), Some(wanted)) = (scene.image.length_nm(ends), scene.length_nm()) else { return moved };
    if length <= 0.0 || (length / wanted - 1.0).abs() > SNAP {
        return moved;
    }
    let share = wanted / length;
    [0, 1].map(|axis| fixed[axis] + (moved[axis] - fixed[axis]) * share)
}

/// A ring moves its column along the scan.
fn hold_ring(ui: &mut Ui, scene: &Scene<'_>, band: &ColumnBand, out: &mut Out) {
    let middle = scene.along(0.5 * (band.from + band.to) as f64);
    let place = Rect::from_center_size(middle, Vec2::splat(2.0 * RING + 4.0));
    let id = ui.scope_id().with(("survey ring", &scene.card.name, &band.site, band.column));
    let response = ui.interact(place, id, Sense::click_and_drag()).on_hover_cursor(CursorIcon::Grab);
    let name = format!("Ring of {} column {} of {}", band.site, band.column + 1, scene.card.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(id, (band.from, band.to)));
    }
    let positions = scene.open.scan.positions();
    let line = scene.at(scene.line.to) - scene.at(scene.line.from);
    out.gesture(&response, |out| {
        if response.drag_started() {
            columns::by_hand(scene.card, out);
        }
        let start: Option<(usize, usize)> = ui.data(|data| data.get_temp(id));
        let (origin, now) = ui.input(|input| (input.pointer.press_origin(), input.pointer.latest_pos()));
        let (Some(start), Some(origin), Some(now), true) = (start, origin, now, response.dragged()) else { return };
        let share = (now - origin).dot(line) / line.length_sq().max(1.0);
        let by = (f64::from(share) * positions as f64).round() as i64;
        columns::place(scene.card, band, columns::moved(start, by, Part::Body, positions), out);
    });
    columns::keys(ui, &response, (scene.card, band, Part::Body), positions, out);
    widgets::held_menu(&response, |ui| columns::menu(ui, scene.card, band, out));
    focus_ring(ui, &response, place);
}

/// Arrow keys as a step of one point, with Shift of ten.
fn arrows(ui: &Ui, response: &Response) -> Vec2 {
    let [x, y] = Arrows::on(ui, response, Axes::Both).steps(1.0, 10.0);
    vec2(x as f32, y as f32)
}

fn focus_ring(ui: &Ui, response: &Response, place: Rect) {
    if response.has_focus() {
        let palette = Palette::of(ui);
        let radius = CornerRadius::same(CARD_RADIUS);
        ui.painter().rect_stroke(place, radius, Stroke::new(1.5, palette.accent), StrokeKind::Inside);
    }
}

fn distance(pos: Pos2, [from, to]: [Pos2; 2]) -> f32 {
    let line = to - from;
    let share = ((pos - from).dot(line) / line.length_sq().max(1e-6)).clamp(0.0, 1.0);
    (pos - (from + share * line)).length()
}

/// A bar of a round length in the lower left corner.
fn scale_bar(ui: &Ui, scene: &Scene<'_>) {
    let Some([width_nm, _]) = scene.image.image.field_nm() else { return };
    let Some((length_nm, label)) = bar_of(width_nm) else { return };
    let length = (length_nm / width_nm) as f32 * scene.rect.width();
    let left = scene.rect.left_bottom() + vec2(12.0, -12.0);
    let bar = Rect::from_min_size(left - vec2(0.0, 1.5), vec2(length, 3.0));
    let painter = ui.painter_at(scene.rect);
    let galley = painter.layout_no_wrap(label, theme::medium(SMALL), Color32::WHITE);
    let behind = Rect::from_min_max(bar.min - vec2(5.0, galley.size().y + 4.0), bar.max + vec2(5.0, 5.0));
    painter.rect_filled(behind, CornerRadius::same(4), Color32::from_black_alpha(110));
    painter.rect_filled(bar, CornerRadius::same(1), Color32::WHITE);
    painter.galley(bar.min - vec2(0.0, galley.size().y + 1.0), galley, Color32::WHITE);
}

/// A round length near a quarter of a width, and what to write under it.
fn bar_of(width_nm: f64) -> Option<(f64, String)> {
    let power = 10f64.powf((width_nm / 4.0).log10().floor());
    let length_nm = [1.0, 2.0, 5.0].map(|digit| digit * power).into_iter().rfind(|bar| *bar <= width_nm / 4.0)?;
    let (value, unit) = if length_nm >= 1000.0 { (length_nm / 1000.0, "µm") } else { (length_nm, "nm") };
    Some((length_nm, format!("{} {unit}", (value * 1e6).round() / 1e6)))
}

/// What stands for an image file without spectra: the picture becomes the survey of the scan shown.
pub(super) fn placed_on(image: &SurveyPicture, file: SideFile, open: &OpenScan, scan: &str) -> SurveyLine {
    let length_nm = open.scan.step_nm.map(|step| step * open.scan.positions() as f64);
    let [from, to] = image.default_line(length_nm);
    SurveyLine { scan: scan.to_owned(), file: Some(file), image: None, from, to }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_bars_are_round_and_about_a_quarter_of_the_width() {
        assert_eq!(bar_of(3.2), Some((0.5, "0.5 nm".into())));
        assert_eq!(bar_of(9.07), Some((2.0, "2 nm".into())));
        assert_eq!(bar_of(8000.0), Some((2000.0, "2 µm".into())));
    }

    #[test]
    fn the_distance_from_a_line_counts_its_ends() {
        let line = [pos2(0.0, 0.0), pos2(10.0, 0.0)];
        assert_eq!(distance(pos2(5.0, 3.0), line), 3.0);
        assert_eq!(distance(pos2(13.0, 4.0), line), 5.0);
    }
}
