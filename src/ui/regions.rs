//! The parts of the window that F6 goes through: with the keyboard, nobody has to step over a hundred controls.

use egui::{Id, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

use super::theme::Palette;

/// The parts that were drawn in this frame, in their order: where the keyboard goes, and where they are.
#[derive(Debug, Clone, Default)]
struct Regions(Vec<(Id, Rect)>);

fn key() -> Id {
    Id::unique("regions")
}

/// Forgets the parts of the last frame.
pub(super) fn start(ctx: &egui::Context) {
    ctx.data_mut(|data| data.insert_temp(key(), Regions::default()));
}

/// Begins a part: puts a place there for the keyboard, before everything that the part holds.
pub(super) fn begin(ui: &Ui, name: &str) {
    begin_at(ui, name, ui.max_rect());
}

/// The same for a part that lies elsewhere than where all of its room is.
pub(super) fn begin_at(ui: &Ui, name: &str, rect: Rect) {
    let id = Id::unique(("region", name));
    let response = ui.interact(Rect::from_min_size(rect.min, Vec2::splat(1.0)), id, Sense::focusable_noninteractive());
    response.widget_info(|| WidgetInfo::labeled(Role::Group, true, name));
    if response.has_focus() {
        let stroke = Stroke::new(1.5, Palette::of(ui).accent);
        ui.painter().rect_stroke(rect, 4.0, stroke, StrokeKind::Inside);
    }
    ui.data_mut(|data| data.get_temp_mut_or_default::<Regions>(key()).0.push((id, rect)));
}

/// Gives the keyboard to the next part, or with -1 to the one before.
pub(super) fn go(ctx: &egui::Context, by: isize) {
    let Regions(mut all) = ctx.data(|data| data.get_temp(key())).unwrap_or_default();
    // As they are read: from left to right, what lies under another after it.
    all.sort_by(|(_, a), (_, b)| a.left().total_cmp(&b.left()).then(a.top().total_cmp(&b.top())));
    let focused = ctx.memory(|memory| memory.focused());
    let place = focused.and_then(|id| ctx.read_response(id)).map(|response| response.rect.center());
    let is_here = |(id, rect): &(Id, Rect)| Some(*id) == focused || place.is_some_and(|place| rect.contains(place));
    let count = isize::try_from(all.len()).unwrap_or(1).max(1);
    let here = all.iter().position(is_here).and_then(|here| isize::try_from(here).ok());
    let next = here.map_or(if by < 0 { count - 1 } else { 0 }, |here| (here + by).rem_euclid(count));
    if let Some((id, _)) = usize::try_from(next).ok().and_then(|next| all.get(next)) {
        ctx.memory_mut(|memory| memory.request_focus(*id));
    }
}
