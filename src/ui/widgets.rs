//! Small parts that every panel is made of: cards, chips, switches, rows, numbers in columns.

use std::sync::Arc;

use egui::{
    Align, Align2, Color32, CornerRadius, FontId, Frame, Galley, Layout, Margin, Pos2, Rect, Response, Role, Sense,
    Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2,
};

use super::format;
use super::theme::{self, BODY, CARD_RADIUS, FIELD_HEIGHT, FIELD_RADIUS, Palette, SMALL};

/// Width of the label of a row, points.
const ROW_LABEL: f32 = 88.0;

/// A card: thin border, rounded, filled.
pub(super) fn card<R>(ui: &mut Ui, selected: bool, add: impl FnOnce(&mut Ui) -> R) -> egui::InnerResponse<R> {
    let palette = Palette::of(ui);
    let border = if selected { palette.accent } else { palette.border };
    Frame::new()
        .fill(palette.card)
        .stroke(Stroke::new(1.0, border))
        .corner_radius(CornerRadius::same(CARD_RADIUS))
        .inner_margin(Margin::symmetric(12, 10))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            add(ui)
        })
}

/// A small heading over a column of cards, with something at its right end.
pub(super) fn section<R>(ui: &mut Ui, title: &str, right: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        let palette = Palette::of(ui);
        let text = egui::RichText::new(title).font(theme::semibold(11.0)).color(palette.weak).extra_letter_spacing(0.8);
        ui.label(text);
        ui.with_layout(Layout::right_to_left(Align::Center), right).inner
    })
    .inner
}

/// The heading of a card, with something weak at its right end.
pub(super) fn card_title<R>(ui: &mut Ui, title: &str, right: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let inner = right(ui);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let title = egui::RichText::new(title).font(theme::semibold(BODY));
                ui.add(egui::Label::new(title).truncate());
            });
            inner
        })
        .inner
    })
    .inner
}

/// Weak text.
pub(super) fn weak(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::of(ui);
    ui.label(egui::RichText::new(text).color(palette.weak))
}

/// Text that takes as many lines as it needs.
pub(super) fn wrapped(ui: &mut Ui, text: &str) -> Response {
    ui.add(egui::Label::new(text).wrap())
}

/// A row of a dialog: a label on the left, controls on the right.
pub(super) fn wide_row<R>(ui: &mut Ui, label: &str, controls: impl FnOnce(&mut Ui) -> R) -> R {
    ui.push_id(label, |ui| {
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(136.0, FIELD_HEIGHT), Sense::hover());
            let palette = Palette::of(ui);
            elided(ui, rect, label, theme::regular(BODY), palette.weak);
            controls(ui)
        })
        .inner
    })
    .inner
}

/// A row of a card: a weak label on the left, a control filling the right.
pub(super) fn row<R>(ui: &mut Ui, label: &str, control: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        let palette = Palette::of(ui);
        let width = ROW_LABEL * theme::text_scale(ui).clamp(1.0, 1.3);
        let (rect, _) = ui.allocate_exact_size(vec2(width, FIELD_HEIGHT), Sense::hover());
        elided(ui, rect, label, theme::regular(BODY), palette.weak);
        control(ui)
    })
    .inner
}

/// A read-only number in a field, with its uncertainty at the right end.
pub(super) fn read_only(ui: &mut Ui, name: &str, value: &str, uncertainty: &str) {
    let palette = Palette::of(ui);
    let size = vec2(ui.available_width(), FIELD_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let info = format!("{name} {value} {uncertainty}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, info.trim()));
    let inner = rect.shrink2(vec2(8.0, 0.0));
    let needed = text_width(ui, value, theme::regular(BODY)) + text_width(ui, uncertainty, theme::regular(SMALL));
    let smaller = if needed + 6.0 > inner.width() { 1.5 } else { 0.0 };
    number(ui, inner, Align::Min, value, theme::regular(BODY - smaller), palette.text);
    number(ui, inner, Align::Max, uncertainty, theme::regular(SMALL - smaller), palette.weak);
    ui.painter().rect_stroke(
        rect,
        CornerRadius::same(FIELD_RADIUS),
        Stroke::new(1.0, palette.grid),
        StrokeKind::Inside,
    );
}

/// Room beside the words of a switch, points.
pub(super) const USUAL: f32 = 22.0;
/// The same where there is little.
pub(super) const CLOSE: f32 = 12.0;

/// How wide words are, points.
fn text_width(ui: &Ui, text: &str, font: FontId) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), font, Color32::WHITE).size().x
}

/// How wide a link is, points.
pub(super) fn link_width(ui: &Ui, text: &str) -> f32 {
    text_width(ui, text, theme::medium(SMALL))
}

fn segment_widths<'a, T>(ui: &'a Ui, choices: &'a [(T, &str)], padding: f32) -> impl Iterator<Item = f32> + 'a {
    // In the weight of the one chosen, which is the wider one: the switch does not move when another is chosen.
    choices.iter().map(move |(_, label)| text_width(ui, label, theme::medium(BODY)) + padding)
}

/// How wide a switch is, points.
pub(super) fn segmented_width<T>(ui: &Ui, choices: &[(T, &str)], padding: f32) -> f32 {
    segment_widths(ui, choices, padding).sum()
}

/// A switch of several choices; gives the one that was clicked.
pub(super) fn segmented<T: PartialEq + Copy>(ui: &mut Ui, name: &str, chosen: T, choices: &[(T, &str)]) -> Option<T> {
    segmented_padded(ui, name, chosen, choices, USUAL)
}

/// A switch with this room beside its words.
pub(super) fn segmented_padded<T: PartialEq + Copy>(
    ui: &mut Ui,
    name: &str,
    chosen: T,
    choices: &[(T, &str)],
    padding: f32,
) -> Option<T> {
    let palette = Palette::of(ui);
    let widths: Vec<f32> = segment_widths(ui, choices, padding).collect();
    let (rect, _) = ui.allocate_exact_size(vec2(widths.iter().sum(), theme::BAR_HEIGHT), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(FIELD_RADIUS), palette.card);
    let (mut clicked, mut left) = (None, rect.left());
    for (k, ((value, label), width)) in choices.iter().zip(widths).enumerate() {
        let cell = Rect::from_min_size(Pos2::new(left, rect.top()), vec2(width, rect.height()));
        left += width;
        let on = *value == chosen;
        let response = ui.interact(cell, ui.scope_id().with((name, k)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, *label));
        let ends = (k == 0, k + 1 == choices.len());
        segment(ui, palette, cell, &response, (on, ends), label);
        if response.clicked() {
            clicked = Some(*value);
        }
    }
    let stroke = Stroke::new(1.0, palette.border);
    ui.painter().rect_stroke(rect, CornerRadius::same(FIELD_RADIUS), stroke, StrokeKind::Inside);
    clicked
}

fn segment(
    ui: &Ui,
    palette: &Palette,
    cell: Rect,
    response: &Response,
    (on, (first, last)): (bool, (bool, bool)),
    label: &str,
) {
    let (left, right) = (if first { FIELD_RADIUS } else { 0 }, if last { FIELD_RADIUS } else { 0 });
    let radius = CornerRadius { nw: left, sw: left, ne: right, se: right };
    if on {
        ui.painter().rect_filled(cell, radius, palette.accent_soft);
    } else if response.hovered() {
        ui.painter().rect_filled(cell, radius, palette.hover);
    }
    if !first {
        ui.painter().vline(cell.left(), cell.y_range(), Stroke::new(1.0, palette.border));
    }
    let (font, color) = if on { (theme::medium(BODY), palette.accent) } else { (theme::regular(BODY), palette.text) };
    ui.painter().text(cell.center(), Align2::CENTER_CENTER, label, font, color);
    if response.has_focus() {
        ui.painter().rect_stroke(cell, radius, Stroke::new(1.5, palette.accent), StrokeKind::Inside);
    }
}

/// The arrow of a choice.
pub(super) fn chevron(ui: &Ui, rect: Rect, _visuals: &egui::style::WidgetVisuals, _open: bool) {
    let palette = Palette::of(ui);
    let (c, w) = (rect.center(), 3.5);
    let points = vec![c + vec2(-w, -1.5), c + vec2(0.0, 2.0), c + vec2(w, -1.5)];
    ui.painter().add(egui::Shape::line(points, Stroke::new(1.3, palette.weak)));
}

/// A small rounded label that can be clicked.
pub(super) fn chip(ui: &mut Ui, text: &str, name: &str) -> Response {
    let palette = Palette::of(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::medium(SMALL), palette.accent);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(16.0, 5.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let fill = if response.hovered() { palette.accent_soft.gamma_multiply(0.7) } else { palette.accent_soft };
    ui.painter().rect_filled(rect, CornerRadius::same(10), fill);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, palette.accent);
    focus_ring(ui, &response);
    response
}

/// A frame about what has the keyboard.
pub(super) fn focus_ring(ui: &Ui, response: &Response) {
    focus_ring_around(ui, response, response.rect);
}

/// The same about another place than the whole of it.
pub(super) fn focus_ring_around(ui: &Ui, response: &Response, place: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, Palette::of(ui).accent);
        ui.painter().rect_stroke(place, CornerRadius::same(4), stroke, StrokeKind::Outside);
    }
}

/// A menu of something that can be held: by a right click, and with the keyboard on it by Enter or the menu key. It stays
/// open while numbers are typed in it.
pub(super) fn held_menu(response: &Response, mut add: impl FnMut(&mut Ui)) {
    let stays = egui::PopupCloseBehavior::CloseOnClickOutside;
    egui::Popup::context_menu(response).close_behavior(stays).show(&mut add);
    let asked = response.has_focus()
        && response.ctx.input(|input| input.key_pressed(egui::Key::Enter) || input.key_pressed(egui::Key::Menu));
    let popup = egui::Popup::from_response(response).id(response.id.with("menu by key")).close_behavior(stays);
    popup.open_memory(asked.then_some(egui::SetOpenCommand::Bool(true))).show(add);
}

/// Text that acts, in the accent colour.
pub(super) fn link(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::of(ui);
    let text = egui::RichText::new(text).font(theme::medium(SMALL)).color(palette.accent);
    let response = ui.add(egui::Button::new(text).frame(false));
    focus_ring(ui, &response);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// Text in the accent colour that opens a menu.
pub(super) fn menu_link(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::of(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::medium(SMALL), palette.accent);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(16.0, 4.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, text));
    ui.painter().galley(Pos2::new(rect.left() + 2.0, rect.center().y - galley.size().y / 2.0), galley, palette.accent);
    let c = Pos2::new(rect.right() - 6.0, rect.center().y);
    let points = vec![c + vec2(-3.0, -1.5), c + vec2(0.0, 1.5), c + vec2(3.0, -1.5)];
    ui.painter().add(egui::Shape::line(points, Stroke::new(1.3, palette.accent)));
    focus_ring(ui, &response);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// The one filled button of the window.
pub(super) fn primary(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::of(ui);
    let text = egui::RichText::new(text).font(theme::medium(BODY)).color(palette.on_accent);
    let button = egui::Button::new(text).fill(palette.accent).stroke(Stroke::NONE);
    let response = ui.add(button.min_size(vec2(0.0, theme::BAR_HEIGHT)));
    if response.has_focus() {
        let stroke = Stroke::new(1.5, palette.on_accent);
        ui.painter().rect_stroke(response.rect.shrink(2.0), CornerRadius::same(4), stroke, StrokeKind::Inside);
    }
    response
}

/// Scrolls to what has just got the focus, when it is in the area that `ui` fills: the Tab key would else lead out of
/// sight.
pub(super) fn follow_focus(ui: &Ui) {
    let known = ui.scope_id().with("followed focus");
    let Some(id) = ui.memory(|memory| memory.focused()) else { return };
    if ui.data(|data| data.get_temp::<egui::Id>(known)) == Some(id) {
        return;
    }
    let Some(response) = ui.ctx().read_response(id) else { return };
    if response.layer_id == ui.layer_id() && ui.min_rect().contains(response.rect.center()) {
        ui.scroll_to_rect(response.rect.expand(4.0), None);
    }
    ui.data_mut(|data| data.insert_temp(known, id));
}

/// Gives what is drawn a place of at least this width; a narrower one scrolls sideways.
pub(super) fn at_least(ui: &mut Ui, place: Rect, least: f32, add: impl FnOnce(&mut Ui, Rect)) {
    ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| {
        egui::ScrollArea::horizontal().auto_shrink(false).show(ui, |ui| {
            let size = vec2(place.width().max(least), place.height());
            let (inside, _) = ui.allocate_exact_size(size, Sense::hover());
            add(ui, inside);
        });
    });
}

/// Cautions beside the thing they concern.
pub(super) fn cautions(ui: &mut Ui, messages: &[String]) {
    let palette = Palette::of(ui);
    for message in messages {
        Frame::new()
            .fill(palette.caution_soft)
            .corner_radius(CornerRadius::same(FIELD_RADIUS))
            .inner_margin(Margin::symmetric(8, 5))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                let text =
                    egui::RichText::new(format!("⚠ {}", format::sentence(message))).size(SMALL).color(palette.caution);
                ui.add(egui::Label::new(text).wrap());
            });
    }
}

/// Lays text out with all digits equally wide, so that numbers stand in columns.
pub(super) fn tabular(ui: &Ui, text: &str, font: &FontId, color: Color32) -> Arc<Galley> {
    let painter = ui.painter();
    let cell = painter.fonts_mut(|fonts| fonts.glyph_width(font, '0'));
    let format = egui::TextFormat::simple(font.clone(), color);
    let mut job = egui::text::LayoutJob { break_on_newline: false, ..Default::default() };
    let (mut owed, mut plain) = (0.0, String::new());
    let mut leading = 0.0;
    for c in text.chars() {
        if c.is_ascii_digit() {
            let spare = ((cell - painter.fonts_mut(|fonts| fonts.glyph_width(font, c))) / 2.0).max(0.0);
            if !plain.is_empty() {
                job.append(&std::mem::take(&mut plain), leading, format.clone());
                leading = 0.0;
            }
            job.append(c.encode_utf8(&mut [0; 4]), owed + leading + spare, format.clone());
            (owed, leading) = (spare, 0.0);
        } else {
            if plain.is_empty() {
                leading = owed;
                owed = 0.0;
            }
            plain.push(c);
        }
    }
    if !plain.is_empty() {
        job.append(&plain, leading, format);
    }
    painter.layout_job(job)
}

/// Paints a number in a rectangle, centred vertically.
pub(super) fn number(ui: &Ui, rect: Rect, align: Align, text: &str, font: FontId, color: Color32) {
    let galley = tabular(ui, text, &font, color);
    let x = match align {
        Align::Min => rect.left(),
        Align::Center => rect.center().x - galley.size().x / 2.0,
        Align::Max => rect.right() - galley.size().x,
    };
    ui.painter().galley(Pos2::new(x, rect.center().y - galley.size().y / 2.0), galley, color);
}

/// Text cut to its place with an ellipsis.
pub(super) fn elided(ui: &Ui, place: Rect, text: &str, font: egui::FontId, colour: Color32) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(place.width());
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(Pos2::new(place.left(), place.center().y - galley.size().y / 2.0), galley, colour);
}

/// A square button with a painted icon.
pub(super) fn icon_button(ui: &mut Ui, name: &str, enabled: bool, icon: &str) -> Response {
    let text = egui::RichText::new(icon).font(theme::medium(15.0));
    let button = egui::Button::new(text).min_size(Vec2::splat(theme::BAR_HEIGHT));
    let response = ui.add_enabled(enabled, button).on_hover_text(name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    response
}
