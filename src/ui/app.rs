//! The application: takes what the workers finished, draws, then carries out what was asked for.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{CentralPanel, Frame, Margin, Panel, Stroke};

use super::autosave::Autosave;
use super::contents::{self, Contents};
use super::copy::Picture;
use super::dialogs::{self, DialogKind, Dialogs};
use super::figure_dialog::FigureDialog;
use super::heat_map::Maps;
use super::out::{Action, Hover, Out};
use super::presets::Presets;
use super::stage::Shown;
use super::surveys::Surveys;
use super::tasks::Tasks;
use super::theme::{self, Palette};
use super::unsaved::{self, Then};
use super::view_model::WindowModel;
use super::view_state::ViewState;
use super::{
    about, guide, recipe_panel, regions, registry, scans_panel, session_dialogs, sheet, stage, state_dump, text,
    top_bar, welcome,
};
use crate::app::{BootstrapFn, CompareFn, FileSpec, OpenFn, Wake, Workbench, open_scan};
use crate::document::Command;
use crate::export::publication_table;
use crate::model::Recipe;

/// Windows narrower than this get narrower sides.
const NARROW: f32 = 1240.0;

/// What the window does its work with; tests put their own in.
#[derive(Debug, Clone, Copy)]
pub struct Pipeline {
    /// Inputs to results.
    pub compare: CompareFn,
    /// File to scan.
    pub open: OpenFn,
    /// Drops to drops with draws.
    pub bootstrap: BootstrapFn,
}

impl Default for Pipeline {
    fn default() -> Self {
        Self {
            compare: crate::analysis::compare_again,
            open: |spec| open_scan(spec, None),
            bootstrap: crate::analysis::bootstrap::attach,
        }
    }
}

/// The window's application.
pub struct Application {
    pub(super) bench: Workbench,
    pub(super) view: ViewState,
    pub(super) tasks: Tasks,
    pub(super) maps: Maps,
    pub(super) surveys: Surveys,
    picture: Picture,
    pages: sheet::Pages,
    pub(super) hover: Option<Hover>,
    /// A line for the status bar.
    pub(super) message: Option<String>,
    /// Cautions that stay until they are closed.
    pub(super) notices: Vec<String>,
    /// What a file holds, when it is shown.
    pub(super) contents: Option<Contents>,
    /// Step of the first-run guide, when it is shown.
    pub(super) guide: Option<usize>,
    pub(super) dialogs: Dialogs,
    pub(super) autosave: Autosave,
    /// Whether the user was told of files that were not found.
    told_unlinked: bool,
    /// What draws the window, for diagnostics.
    graphics: String,
    pub(super) presets: Presets,
    pub(super) figure: Option<FigureDialog>,
    /// A figure on its way to the clipboard.
    pub(super) copied: Option<egui::ColorImage>,
    pub(super) wake: Wake,
    pub(super) gesture_open: bool,
    /// What waits for work to be saved or given up.
    pub(super) then: Option<Then>,
    /// Whether the program is to end without a further question.
    pub(super) ending: bool,
    /// Scales in use; `None` before the first frame.
    scales: Option<theme::Scales>,
}

impl Application {
    /// An application without scans, with the view of the last run.
    ///
    /// # Errors
    /// [`crate::Error`] when the standard recipe or a thread cannot be had.
    pub fn new(cc: &eframe::CreationContext<'_>, pipeline: Pipeline) -> Result<Self, crate::Error> {
        theme::install(&cc.egui_ctx);
        let view: ViewState =
            cc.storage.and_then(|storage| eframe::get_value(storage, eframe::APP_KEY)).unwrap_or_default();
        cc.egui_ctx.set_theme(egui::ThemePreference::from(view.theme));
        cc.egui_ctx.options_mut(|options| options.zoom_with_keyboard = false);
        use_threads(view.preferences.threads);
        let window = |message: String| crate::Error::Window { message };
        let recipe = Recipe::preset("lto").map_err(|error| window(error.to_string()))?;
        let ctx = cc.egui_ctx.clone();
        let wake: Wake = Arc::new(move || ctx.request_repaint());
        let mut bench = Workbench::with(recipe, pipeline.compare, pipeline.open, wake.clone())
            .map_err(|error| window(error.to_string()))?;
        bench.set_bootstrap(pipeline.bootstrap);
        Ok(Self {
            bench,
            view,
            tasks: Tasks::new(wake.clone()),
            maps: Maps::default(),
            surveys: Surveys::default(),
            picture: Picture::default(),
            pages: sheet::Pages::default(),
            hover: None,
            message: None,
            notices: Vec::new(),
            contents: None,
            guide: None,
            dialogs: Dialogs::default(),
            autosave: Autosave::default(),
            presets: Presets::default(),
            told_unlinked: false,
            graphics: graphics(cc),
            figure: None,
            copied: None,
            wake,
            gesture_open: false,
            then: None,
            ending: false,
            scales: None,
        })
    }

    /// Starts as a user finds it: the first time with the sample and the guide, later with the files opened lately.
    pub(super) fn start(&mut self, files: Vec<PathBuf>) {
        if files.is_empty() && !self.view.recent.is_empty() {
            return;
        }
        if files.is_empty() && !self.view.preferences.guide_done {
            self.guide = Some(0);
        }
        self.open_at_start(files);
    }

    /// Opens files given at the start, or the sample when there are none.
    pub fn open_at_start(&mut self, files: Vec<PathBuf>) {
        if files.is_empty() {
            self.open_sample();
        }
        for file in files {
            let text = file.to_string_lossy();
            let Ok(spec) = text.parse::<FileSpec>();
            self.open(spec);
        }
    }

    /// The document with its workers.
    pub fn bench(&self) -> &Workbench {
        &self.bench
    }

    /// The document with its workers, to be changed.
    pub fn bench_mut(&mut self) -> &mut Workbench {
        &mut self.bench
    }

    /// What the window shows.
    pub fn view_mut(&mut self) -> &mut ViewState {
        &mut self.view
    }

    fn panels(&mut self, ui: &mut egui::Ui, entries: &[registry::Entry], out: &mut Out) {
        let model = WindowModel::of(&self.bench, &self.view);
        let palette = Palette::of(ui);
        let side = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(12, 10));
        let bar = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(14, 0));
        let narrow = ui.content_rect().width() < NARROW;
        regions::start(ui.ctx());
        Panel::top("top").exact_size(44.0).resizable(false).frame(bar).show(ui, |ui| {
            regions::begin(ui, text::PART_MENUS);
            top_bar::show(ui, &self.bench, &model, entries, out);
        });
        Panel::bottom("status").exact_size(26.0).resizable(false).frame(bar).show(ui, |ui| {
            let busy = self.tasks.busy();
            // Notices stand in the scans panel; without it, the last one stands here.
            let notice = self.notices.last().filter(|_| !self.view.panels.scans);
            let said = notice.or(self.message.as_ref()).map(String::as_str);
            top_bar::status(ui, &self.bench, &model, (self.hover.as_ref(), said, busy), out);
        });
        let loading: Vec<PathBuf> = self.bench.loading().map(std::path::Path::to_owned).collect();
        if model.scans.is_empty() && loading.is_empty() {
            let frame = Frame::new().fill(palette.canvas);
            CentralPanel::default().frame(frame).show(ui, |ui| {
                welcome::show(ui, &self.view, &self.notices, out);
            });
            return;
        }
        let (left, right) = if narrow { (216.0, 286.0) } else { (262.0, 330.0) };
        // However wide a side is drawn, the middle keeps its room.
        let most = |ui: &egui::Ui, other: f32, least: f32| (ui.available_width() - other - 500.0).max(least);
        // Wide and narrow windows remember their own sizes.
        let id = |name| (name, narrow);
        let shown_panels = self.view.panels;
        let shown = Shown { bench: &self.bench, view: &self.view, model: &model, hover: self.hover.as_ref() };
        if shown_panels.scans {
            let most = most(ui, right, left).min(420.0);
            let panel = Panel::left(id("scans")).default_size(left).size_range(180.0..=most);
            let surveys = &mut self.surveys;
            let panel = panel.frame(side).show(ui, |ui| {
                regions::begin(ui, text::PANEL_SCANS);
                scans_panel::show(ui, &shown, &loading, &self.notices, surveys, out);
            });
            guide::mark(ui, text::SCANS, panel.response.rect);
        }
        if shown_panels.recipe {
            let most = most(ui, 0.0, right).min(480.0);
            let panel = Panel::right(id("recipe")).default_size(right).size_range(270.0..=most);
            panel.frame(side).show(ui, |ui| {
                regions::begin(ui, text::PANEL_RECIPE);
                recipe_panel::show(ui, &shown, entries, out);
            });
        }
        let frame = Frame::new().fill(palette.canvas).inner_margin(Margin::symmetric(12, 10)).stroke(Stroke::NONE);
        if let Some(page) = self.view.look.sheet {
            let [least, usual] = sheet::HEIGHT;
            let most = (ui.available_height() - stage::LEAST_HEIGHT).max(least);
            let panel =
                Panel::bottom("sheet").default_size(usual).size_range(least..=most).resizable(true).frame(frame);
            panel.show(ui, |ui| {
                regions::begin(ui, text::DATA_QUALITY);
                sheet::show(ui, &shown, page, (&mut self.pages, &mut self.surveys), out);
            });
        }
        CentralPanel::default().frame(frame).show(ui, |ui| {
            regions::begin(ui, text::PART_PLOTS);
            stage::show(ui, &shown, &mut self.maps, out);
        });
    }
}

/// What draws the window, in words.
fn graphics(cc: &eframe::CreationContext<'_>) -> String {
    let info = cc.wgpu_render_state.as_ref().map(|state| state.adapter.get_info());
    info.map_or_else(|| "none".to_owned(), |info| format!("{} ({:?}, {})", info.name, info.backend, info.driver_info))
}

/// Sets how many threads calculate. Only the first call of the program counts: `--threads` comes before.
fn use_threads(threads: Option<usize>) {
    if let Some(threads) = threads {
        // A pool that is there already was asked for more explicitly.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
}

/// A path's last part, for people.
pub(super) fn file_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

impl eframe::App for Application {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.finish_tasks();
        self.bench.poll();
        self.take_events();
        self.tell_unlinked();
        self.autosave(ctx);
        self.end(ctx);
        if self.gesture_open && !ctx.input(|input| input.pointer.any_down()) {
            self.gesture_open = false;
            self.bench.apply([Command::EndGesture]);
        }
        if self.bench.progress().is_some() || self.bench.drawing().is_some() {
            ctx.request_repaint_after(std::time::Duration::from_millis(100));
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let mut out = Out::default();
        theme::scale(ui.ctx(), &mut self.scales, &self.view.preferences);
        let entries = registry::entries(&self.bench, &self.view, &self.presets);
        registry::take_shortcuts(ui, &entries, &mut out);
        self.panels(ui, &entries, &mut out);
        welcome::overlays(ui, &mut out);
        if let Some(shown) = &mut self.contents {
            contents::show(ui, shown, &mut out);
        }
        dialogs::show(ui, &mut self.dialogs, &entries, &self.view, &mut out);
        self.figure_dialog(ui, &mut out);
        if let Some(step) = self.guide {
            guide::show(ui, step, &mut out);
        }
        match self.dialogs.kind() {
            Some(DialogKind::Unlinked) => session_dialogs::unlinked(ui, &self.bench.unlinked(), &mut out),
            Some(DialogKind::Unsaved) => unsaved::show(ui, std::mem::replace(&mut self.dialogs.drawn, true), &mut out),
            Some(DialogKind::Recovery) => session_dialogs::recovery(ui, &self.autosave.orphans, &mut out),
            _ => {}
        }
        if out.hover != self.hover {
            self.hover = out.hover.take();
            ui.request_repaint();
        }
        if self.picture.step(ui.ctx()) {
            self.message = Some(super::text::COPIED_PICTURE.to_owned());
        }
        let before = self.bench.document().revision();
        self.carry_out(ui.ctx(), out);
        if self.bench.document().revision() != before {
            ui.request_repaint();
        }
        ui.ctx().with_plugin(|dump: &mut state_dump::StateDump| dump.tell(self.state()));
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, eframe::APP_KEY, &self.view);
    }
}

impl Application {
    /// Opens the list of files that were not found, once, and closes it when there are none left.
    fn tell_unlinked(&mut self) {
        let any = !self.bench.unlinked().is_empty();
        if any && !self.told_unlinked && self.bench.loading().next().is_none() {
            self.dialogs.open(DialogKind::Unlinked);
        } else if !any && self.dialogs.kind() == Some(DialogKind::Unlinked) {
            self.dialogs.close();
        }
        self.told_unlinked = any && (self.told_unlinked || self.bench.loading().next().is_none());
    }

    fn take_events(&mut self) {
        for event in self.bench.take_events() {
            self.tell(event);
        }
    }

    fn carry_out(&mut self, ctx: &egui::Context, mut out: Out) {
        // The end of a gesture may have been seen already, when the pointer went up.
        out.commands.retain(|command| match command {
            Command::BeginGesture => {
                self.gesture_open = true;
                true
            }
            Command::EndGesture => std::mem::take(&mut self.gesture_open),
            _ => true,
        });
        if !out.commands.is_empty() {
            self.message = None;
        }
        self.bench.apply(out.commands);
        self.take_events();
        for action in out.actions {
            self.act(ctx, action);
        }
    }

    fn act(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::Theme(choice) => {
                self.view.theme = choice;
                ctx.set_theme(egui::ThemePreference::from(choice));
            }
            Action::CopyTable => {
                let model = WindowModel::of(&self.bench, &self.view);
                ctx.copy_text(super::drops::DropsModel::of(&self.bench, &model).to_tsv());
                self.message = Some(text::COPIED.to_owned());
            }
            Action::CopyDiagnostics => {
                let size = ctx.content_rect().size();
                let window = format!("{} x {} points, {} pixels per point", size.x, size.y, ctx.pixels_per_point());
                let messages: Vec<String> = self.notices.iter().chain(&self.message).cloned().collect();
                ctx.copy_text(about::diagnostics(&self.bench, &self.graphics, &window, &messages));
                self.message = Some(text::DIAGNOSTICS_COPIED.to_owned());
            }
            Action::CopyTableAs(format) => {
                if let Some(derived) = self.bench.derived() {
                    ctx.copy_text(publication_table(&derived.comparison, format));
                    self.message = Some(super::text::COPIED.to_owned());
                }
            }
            Action::CopyText(text) => {
                ctx.copy_text(text);
                self.message = Some(super::text::COPIED_TEXT.to_owned());
            }
            Action::CopyPicture(part) => self.picture.want(part),
            Action::Part(by) => regions::go(ctx, by),
            other => self.act_without_window(other),
        }
        ctx.request_repaint();
    }
}
