//! The figure dialog: a preview in printed size, every part of the style, and the ways out.

use egui::{Align, ComboBox, CornerRadius, Frame, Id, Layout, Modal, Panel, ScrollArea, Sense, Ui, vec2};

use super::figure_controls;
use super::figure_preview::{Material, Preview, Subject};
use super::out::{Action, Out};
use super::theme::{self, Palette, SMALL};
use super::{text, widgets};
use crate::app::Wake;
use crate::document::Command;
use crate::model::{FigureKind, FigureStyle};

/// Width of the controls, points.
const CONTROLS: f32 = 300.0;
/// Space between the dialog and the sides of the window, points.
const AROUND: f32 = 28.0;
/// Pixels per inch of the screen at one pixel per point.
const SCREEN_DPI: f64 = 96.0;

/// A format that a figure is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Pixels.
    Png,
    /// Drawing with text as text.
    Svg,
    /// Drawing with embedded fonts.
    Pdf,
}

impl Format {
    /// All formats.
    pub(super) const ALL: [Self; 3] = [Self::Png, Self::Svg, Self::Pdf];

    /// Ending of its files.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
            Self::Pdf => "pdf",
        }
    }
}

/// Something asked of the dialog.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FigureAction {
    /// Take it away.
    Close,
    /// Show another figure.
    Show(Subject),
    /// Show it in its printed size, or as large as there is room.
    ActualSize(bool),
    /// Choose where to write the figure.
    Export(Format),
    /// Put the figure on the clipboard.
    Copy,
    /// Choose a style to load.
    LoadStyle,
    /// Choose where to save the style.
    SaveStyle,
}

/// The dialog while it is open.
pub(super) struct FigureDialog {
    preview: Preview,
    subject: Subject,
    actual_size: bool,
}

impl FigureDialog {
    /// The dialog with the comparison figure.
    pub(super) fn new(wake: Wake) -> std::io::Result<Self> {
        Ok(Self { preview: Preview::new(wake)?, subject: Subject::Figure(FigureKind::Comparison), actual_size: true })
    }

    /// Whether its picture is older than what it shows.
    pub(super) fn is_busy(&self) -> bool {
        self.preview.is_busy()
    }

    /// What it shows.
    pub(super) fn subject(&self) -> Subject {
        self.subject
    }

    /// Changes what it shows.
    pub(super) fn take(&mut self, action: &FigureAction) {
        match action {
            FigureAction::Show(subject) => self.subject = *subject,
            FigureAction::ActualSize(actual) => self.actual_size = *actual,
            _ => {}
        }
    }

    /// Draws it over the window; `material` is what figures are made from, `said` what the status bar says below it.
    pub(super) fn show(&mut self, ui: &Ui, material: &Material, said: Option<&str>, out: &mut Out) {
        let dpi = SCREEN_DPI * f64::from(ui.ctx().pixels_per_point());
        self.preview.update(ui.ctx(), material, self.subject, dpi);
        let room = ui.content_rect().size() - vec2(2.0 * AROUND, 2.0 * AROUND);
        let modal = Modal::new(Id::unique("figure dialog")).show(ui.ctx(), |ui| {
            ui.set_min_size(room);
            ui.set_max_size(room);
            self.contents(ui, material, said, out);
        });
        if modal.should_close() {
            out.action(Action::Figure(FigureAction::Close));
        }
    }

    fn contents(&self, ui: &mut Ui, material: &Material, said: Option<&str>, out: &mut Out) {
        let bare = Frame::new();
        Panel::top("figure head").resizable(false).frame(bare).show(ui, |ui| self.head(ui, said, out));
        Panel::bottom("figure foot").resizable(false).frame(bare).show(ui, |ui| self.foot(ui, material, out));
        Panel::right("figure controls").exact_size(CONTROLS).resizable(false).frame(bare).show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                figure_controls::show(ui, &material.session.figure_style, &material.session.recipe, out);
            });
        });
        egui::CentralPanel::default().frame(bare).show(ui, |ui| self.sheet(ui));
    }

    fn head(&self, ui: &mut Ui, said: Option<&str>, out: &mut Out) {
        ui.horizontal(|ui| {
            ui.label(egui::RichText::new(text::FIGURE_TITLE).font(theme::semibold(15.0)));
            ui.add_space(12.0);
            self.chooser(ui, out);
            let sizes = [(true, text::FIGURE_ACTUAL), (false, text::FIGURE_FIT)];
            if let Some(actual) = widgets::segmented(ui, text::FIGURE_TITLE, self.actual_size, &sizes) {
                out.action(Action::Figure(FigureAction::ActualSize(actual)));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button(text::CLOSE).clicked() {
                    out.action(Action::Figure(FigureAction::Close));
                }
                if let Some(said) = said.filter(|said| said.starts_with(text::EXPORTED)) {
                    let said = egui::RichText::new(said).size(SMALL).color(Palette::of(ui).good);
                    ui.add(egui::Label::new(said).truncate());
                }
            });
        });
        ui.add_space(8.0);
    }

    /// The choice of the figure; those with nothing to show are left out.
    fn chooser(&self, ui: &mut Ui, out: &mut Out) {
        let name = |subject: Subject| match subject {
            Subject::Figure(kind) => text::figure_name(kind),
            Subject::Page => text::FIGURE_PAGE,
        };
        let figures = self.preview.available.iter().map(|kind| Subject::Figure(*kind));
        let subjects: Vec<Subject> = figures.chain([Subject::Page]).collect();
        let combo = ComboBox::from_id_salt("figure").width(190.0).selected_text(name(self.subject));
        let inner = combo.icon(widgets::chevron).show_ui(ui, |ui| {
            for subject in subjects {
                if ui.selectable_label(subject == self.subject, name(subject)).clicked() {
                    out.action(Action::Figure(FigureAction::Show(subject)));
                }
            }
        });
        inner.response.accessible_name(text::FIGURE_CHOOSE);
    }

    fn sheet(&self, ui: &mut Ui) {
        let palette = Palette::of(ui);
        ui.painter().rect_filled(
            ui.max_rect().with_max_x(ui.max_rect().right() - 10.0),
            CornerRadius::same(8),
            palette.canvas,
        );
        let room = ui.available_size() - vec2(34.0, 24.0);
        ScrollArea::both().auto_shrink(false).max_width(ui.available_width() - 10.0).show(ui, |ui| {
            let Some(texture) = self.preview.texture() else {
                let message = self.preview.message.as_deref().unwrap_or(text::FIGURE_PAINTING);
                ui.centered_and_justified(|ui| ui.label(message));
                return;
            };
            let actual = self.preview.actual_size();
            let fit = (room.x / actual.x).min(room.y / actual.y);
            let size = if self.actual_size { actual } else { actual * fit };
            let free = (room - size).max(vec2(0.0, 0.0)) / 2.0;
            ui.add_space(free.y + 8.0);
            ui.horizontal(|ui| {
                ui.add_space(free.x + 8.0);
                let (place, response) = ui.allocate_exact_size(size, Sense::hover());
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, text::FIGURE_PREVIEW));
                ui.painter().rect_filled(place, CornerRadius::ZERO, egui::Color32::WHITE);
                let uv = egui::Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
                ui.painter().image(texture.id(), place, uv, egui::Color32::WHITE);
            });
        });
    }

    fn foot(&self, ui: &mut Ui, material: &Material, out: &mut Out) {
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            for (label, action) in
                [(text::FIGURE_LOAD, FigureAction::LoadStyle), (text::FIGURE_SAVE, FigureAction::SaveStyle)]
            {
                if ui.button(label).clicked() {
                    out.action(Action::Figure(action));
                }
            }
            let is_default = material.session.figure_style == FigureStyle::default();
            if ui.add_enabled(!is_default, egui::Button::new(text::FIGURE_RESET)).clicked() {
                out.command(Command::SetFigureStyle { style: Box::default() });
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| self.ways_out(ui, out));
        });
    }

    fn ways_out(&self, ui: &mut Ui, out: &mut Out) {
        if widgets::primary(ui, text::FIGURE_PDF).clicked() {
            out.action(Action::Figure(FigureAction::Export(Format::Pdf)));
        }
        for (label, action) in [
            (text::FIGURE_SVG, FigureAction::Export(Format::Svg)),
            (text::FIGURE_PNG, FigureAction::Export(Format::Png)),
            (text::FIGURE_COPY, FigureAction::Copy),
        ] {
            if ui.button(label).clicked() {
                out.action(Action::Figure(action));
            }
        }
        if ui.button(text::FIGURE_ALL).clicked() {
            out.action(Action::ExportFolder);
        }
        let [width, height] = self.preview.size_mm;
        let said = format!("{width:.1} \u{d7} {height:.1} mm");
        ui.label(egui::RichText::new(said).size(SMALL).color(Palette::of(ui).weak));
        if self.preview.is_busy() {
            ui.spinner();
        }
    }
}
