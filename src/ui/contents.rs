//! The contents of a file: its images to choose from, with previews, and its tags with a search.

use std::collections::BTreeSet;
use std::path::PathBuf;

use egui::{CornerRadius, Rect, RichText, ScrollArea, Sense, Stroke, TextEdit, TextureHandle, Ui, pos2, vec2};

use super::app::file_name;
use super::dialogs;
use super::inspection::{ImageCard, Inspection, Preview, TagLine};
use super::out::{Action, Out};
use super::theme::{self, Palette};
use super::{text, widgets};
use crate::app::FileSpec;

/// Height of a preview, points.
const PREVIEW: egui::Vec2 = vec2(96.0, 54.0);

/// The dialog with the contents of a file.
pub(super) struct Contents {
    inspection: Inspection,
    /// Why an image has to be chosen, if so.
    message: Option<String>,
    /// The scan whose low loss is to be chosen, if so.
    low_loss_of: Option<String>,
    ticked: BTreeSet<usize>,
    show_tags: bool,
    query: String,
    opened: BTreeSet<usize>,
    textures: Vec<Option<TextureHandle>>,
}

impl Contents {
    /// The contents of a file; with a message when one of its images has to be chosen.
    pub(super) fn new(inspection: Inspection, message: Option<String>) -> Self {
        let opened = inspection.tags.iter().enumerate().filter(|(_, tag)| tag.depth == 0).map(|(k, _)| k).collect();
        Self {
            inspection,
            message,
            low_loss_of: None,
            ticked: BTreeSet::new(),
            show_tags: false,
            query: String::new(),
            opened,
            textures: Vec::new(),
        }
    }

    /// The contents of a file from which the low loss of a scan is to be chosen.
    pub(super) fn for_low_loss(inspection: Inspection, scan: String, message: String) -> Self {
        let message = if message.is_empty() { format!("{} {scan}", text::CHOOSE_LOW_LOSS) } else { message };
        Self { low_loss_of: Some(scan), ..Self::new(inspection, Some(message)) }
    }

    fn path(&self) -> &PathBuf {
        &self.inspection.path
    }
}

/// Draws the contents of a file.
pub(super) fn show(ui: &Ui, contents: &mut Contents, out: &mut Out) {
    let title = format!("{} {}", text::CONTENTS_OF, file_name(contents.path()));
    dialogs::frame(ui, &title, 620.0, out, |ui, out| {
        if let Some(message) = &contents.message {
            widgets::wrapped(ui, message);
        }
        let choices = [(false, text::IMAGES), (true, text::TAGS)];
        if let Some(tags) = widgets::segmented(ui, text::CONTENTS_OF, contents.show_tags, &choices) {
            contents.show_tags = tags;
        }
        let height = (ui.content_rect().height() - 260.0).min(440.0);
        if contents.show_tags {
            tags(ui, contents, height);
        } else {
            images(ui, contents, height, out);
        }
    });
}

fn images(ui: &mut Ui, contents: &mut Contents, height: f32, out: &mut Out) {
    if contents.textures.is_empty() {
        let load = |image: &ImageCard| match &image.preview {
            Preview::Picture(picture) => {
                Some(ui.load_texture("preview", picture.as_ref().clone(), egui::TextureOptions::LINEAR))
            }
            _ => None,
        };
        contents.textures = contents.inspection.images.iter().map(load).collect();
    }
    ScrollArea::vertical().max_height(height).auto_shrink([false, false]).show(ui, |ui| {
        for (image, texture) in contents.inspection.images.iter().zip(&contents.textures) {
            ui.horizontal(|ui| {
                let mut on = contents.ticked.contains(&image.index);
                let name = format!("#{}  {}", image.index, image.title);
                let usable = match contents.low_loss_of {
                    Some(_) => image.reaches_zero_loss,
                    None => image.is_candidate || image.is_low_loss,
                };
                let tick = ui.add_enabled(usable, egui::Checkbox::without_text(&mut on));
                if tick.accessible_name(format!("Open {name}")).changed() {
                    if contents.low_loss_of.is_some() {
                        contents.ticked.clear();
                    }
                    if on {
                        contents.ticked.insert(image.index)
                    } else {
                        contents.ticked.remove(&image.index)
                    };
                }
                preview(ui, &image.preview, texture.as_ref());
                ui.vertical(|ui| {
                    ui.label(RichText::new(name).font(theme::medium(13.0)));
                    widgets::weak(ui, &image.detail);
                    if image.is_low_loss && contents.low_loss_of.is_none() {
                        widgets::weak(ui, text::LOW_LOSS_HINT);
                    }
                });
            });
        }
    });
    ui.add_space(4.0);
    let spec = |image: &usize| FileSpec { path: contents.path().clone(), image: Some(*image) };
    if let Some(scan) = &contents.low_loss_of {
        let label = format!("{} {scan}", text::USE_AS_LOW_LOSS);
        let chosen = contents.ticked.first();
        if ui.add_enabled(chosen.is_some(), egui::Button::new(label)).clicked()
            && let Some(image) = chosen
        {
            out.action(Action::PairLowLoss(scan.clone(), spec(image)));
            out.action(Action::CloseContents);
        }
        return;
    }
    let count = contents.ticked.len();
    let label = if count == 1 { text::OPEN_IMAGE.to_owned() } else { format!("{} ({count})", text::OPEN_IMAGES) };
    if ui.add_enabled(count > 0, egui::Button::new(label)).clicked() {
        for image in &contents.ticked {
            out.action(Action::Open(spec(image)));
        }
        out.action(Action::CloseContents);
    }
}

fn preview(ui: &mut Ui, preview: &Preview, texture: Option<&TextureHandle>) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(PREVIEW, Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(4), palette.plot);
    match preview {
        Preview::Curve(values) => {
            let inside = rect.shrink(4.0);
            let last = values.len().saturating_sub(1).max(1) as f32;
            let point = |(k, value): (usize, &f32)| {
                pos2(inside.left() + inside.width() * k as f32 / last, inside.bottom() - inside.height() * value)
            };
            let points: Vec<_> = values.iter().enumerate().map(point).collect();
            ui.painter().add(egui::Shape::line(points, Stroke::new(1.2, palette.accent)));
        }
        Preview::Picture(picture) => {
            if let Some(texture) = texture {
                let [width, height] = picture.size.map(|side| side as f32);
                let scale = (rect.width() / width).min(rect.height() / height);
                let place = Rect::from_center_size(rect.center(), vec2(width, height) * scale);
                let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
                ui.painter().image(texture.id(), place, uv, egui::Color32::WHITE);
            }
        }
        Preview::Nothing => {}
    }
    ui.painter().rect_stroke(rect, CornerRadius::same(4), Stroke::new(1.0, palette.border), egui::StrokeKind::Inside);
}

fn tags(ui: &mut Ui, contents: &mut Contents, height: f32) {
    let field = TextEdit::singleline(&mut contents.query).hint_text(text::SEARCH_TAGS).desired_width(f32::INFINITY);
    ui.add(field).accessible_name(text::SEARCH_TAGS);
    let lines = visible(&contents.inspection.tags, &contents.opened, &contents.query);
    if lines.is_empty() {
        widgets::weak(ui, text::NOTHING_FOUND);
    }
    let searching = !contents.query.trim().is_empty();
    let area = ScrollArea::vertical().max_height(height).auto_shrink([false, false]);
    area.show_rows(ui, 19.0, lines.len(), |ui, rows| {
        for number in lines.get(rows).unwrap_or_default() {
            if let Some(tag) = contents.inspection.tags.get(*number)
                && tag_line(ui, tag, searching, contents.opened.contains(number))
                && !contents.opened.remove(number)
            {
                contents.opened.insert(*number);
            }
        }
    });
}

/// Draws a line of the tree; gives whether its group is to be opened or closed.
fn tag_line(ui: &mut Ui, tag: &TagLine, searching: bool, open: bool) -> bool {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let name = if searching { &tag.path } else { &tag.name };
        if !searching {
            ui.add_space(14.0 * tag.depth as f32);
        }
        let mark = match (tag.is_group, open || searching) {
            (true, true) => "▾ ",
            (true, false) => "▸ ",
            (false, _) => "",
        };
        let text = RichText::new(format!("{mark}{name}")).font(theme::medium(12.0));
        let clicked = if tag.is_group {
            let response = ui.add(egui::Button::new(text).frame(false));
            widgets::focus_ring(ui, &response);
            response.clicked()
        } else {
            ui.label(text);
            false
        };
        let value = RichText::new(&tag.value).size(12.0).color(palette.weak);
        ui.add(egui::Label::new(value).truncate()).on_hover_text(&tag.value);
        clicked
    })
    .inner
}

/// Numbers of the lines to show: those whose groups are open, or without regard to groups those that match a search.
fn visible(tags: &[TagLine], opened: &BTreeSet<usize>, query: &str) -> Vec<usize> {
    let wanted = query.trim().to_lowercase();
    if !wanted.is_empty() {
        let matches =
            |tag: &TagLine| tag.path.to_lowercase().contains(&wanted) || tag.value.to_lowercase().contains(&wanted);
        return tags.iter().enumerate().filter(|(_, tag)| !tag.is_group && matches(tag)).map(|(k, _)| k).collect();
    }
    let mut shown = vec![false; tags.len()];
    for (k, tag) in tags.iter().enumerate() {
        let above = |parent: usize| opened.contains(&parent) && shown.get(parent).copied().unwrap_or(false);
        let here = tag.parent.is_none_or(above);
        if let Some(place) = shown.get_mut(k) {
            *place = here;
        }
    }
    shown.iter().enumerate().filter(|(_, shown)| **shown).map(|(k, _)| k).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, depth: usize, parent: Option<usize>, is_group: bool) -> TagLine {
        TagLine { path: name.into(), name: name.into(), value: String::new(), depth, parent, is_group }
    }

    #[test]
    fn a_line_is_shown_when_all_its_groups_are_open_or_when_it_matches() {
        let tags = [line("A", 0, None, true), line("B", 1, Some(0), true), line("Exposure", 2, Some(1), false)];
        assert_eq!(visible(&tags, &BTreeSet::new(), ""), [0]);
        assert_eq!(visible(&tags, &BTreeSet::from([1]), ""), [0]);
        assert_eq!(visible(&tags, &BTreeSet::from([0]), ""), [0, 1]);
        assert_eq!(visible(&tags, &BTreeSet::from([0, 1]), ""), [0, 1, 2]);
        assert_eq!(visible(&tags, &BTreeSet::new(), " EXPO"), [2]);
    }
}
