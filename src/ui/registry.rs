//! Everything a user can ask for by name: one list that feeds the menus, the shortcuts, the command palette and the
//! shortcut sheet.

use std::borrow::Cow;

use egui::{Key, KeyboardShortcut, Modifiers};

use super::answers::Answers;
use super::app::file_name;
use super::dialogs::DialogKind;
use super::drawn;
use super::format;
use super::look::Look;
use super::out::{Action, Out};
use super::presets::Presets;
use super::sheet::SheetPage;
use super::text;
use super::view_state::{EdgeChoice, Stage, ThemeChoice, ViewState};
use crate::analysis::background::MODELS;
use crate::app::{FileSpec, Workbench};
use crate::document::Command;
use crate::export::TableFormat;
use crate::model::{AlignmentMethod, CalibrationMethod, CalibrationRecipe, Role};

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

/// Which menu something is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Menu {
    File,
    Edit,
    View,
    Process,
    Help,
}

impl Menu {
    /// All menus in the order of the bar.
    pub(super) const ALL: [Self; 5] = [Self::File, Self::Edit, Self::View, Self::Process, Self::Help];

    /// What the bar calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::File => text::FILE,
            Self::Edit => text::EDIT,
            Self::View => text::VIEW,
            Self::Process => text::PROCESS,
            Self::Help => text::HELP,
        }
    }
}

/// What is to happen when an entry is chosen.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wish {
    /// Something of the window.
    Window(Action),
    /// A change of the document.
    Document(Command),
}

/// One thing that can be asked for.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Menu it stands in.
    pub(super) menu: Menu,
    /// Submenu it stands in; the palette puts it before the name.
    pub(super) under: Option<&'static str>,
    /// Entries of another group stand below a line.
    pub(super) group: u8,
    /// What it is called.
    pub(super) name: Cow<'static, str>,
    /// Keys that do the same.
    pub(super) shortcut: Option<KeyboardShortcut>,
    /// Whether it can be done now.
    pub(super) enabled: bool,
    /// Whether it is on, for what can be on or off.
    pub(super) checked: Option<bool>,
    wish: Wish,
}

impl Entry {
    /// Name with its submenu, as the palette and the sheet show it.
    pub(super) fn full_name(&self) -> String {
        self.under.map_or_else(|| self.name.to_string(), |under| format!("{under}: {}", self.name))
    }

    /// Its shortcut as it is written on this system.
    pub(super) fn keys(&self, ui: &egui::Ui) -> Option<String> {
        let signs = [("Comma", ","), ("Period", "."), ("Plus", "+"), ("Minus", "−")];
        let keys = ui.format_shortcut(self.shortcut.as_ref()?);
        Some(signs.iter().fold(keys, |keys, (name, sign)| keys.replace(name, sign)))
    }

    /// Asks for it.
    pub(super) fn choose(&self, out: &mut Out) {
        match &self.wish {
            Wish::Window(action) => out.action(action.clone()),
            Wish::Document(command) => out.command(command.clone()),
        }
    }

    fn key(mut self, modifiers: Modifiers, key: Key) -> Self {
        self.shortcut = Some(KeyboardShortcut::new(modifiers, key));
        self
    }

    fn when(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    fn on(mut self, checked: bool) -> Self {
        self.checked = Some(checked);
        self
    }

    fn under(mut self, submenu: &'static str) -> Self {
        self.under = Some(submenu);
        self
    }
}

fn entry(menu: Menu, group: u8, name: impl Into<Cow<'static, str>>, wish: Wish) -> Entry {
    Entry { menu, under: None, group, name: name.into(), shortcut: None, enabled: true, checked: None, wish }
}

fn window(menu: Menu, group: u8, name: impl Into<Cow<'static, str>>, action: Action) -> Entry {
    entry(menu, group, name, Wish::Window(action))
}

fn document(menu: Menu, group: u8, name: impl Into<Cow<'static, str>>, command: Command) -> Entry {
    entry(menu, group, name, Wish::Document(command))
}

/// Everything that can be asked for, in the order of the menus, as it stands now.
pub(super) fn entries(bench: &Workbench, view: &ViewState, presets: &Presets) -> Vec<Entry> {
    let mut all = file(bench, view);
    all.extend(edit(bench, presets));
    all.extend(stages(view));
    all.extend(edges(bench, view));
    all.extend(appearance(bench, view));
    all.extend(process(bench));
    all.extend(help());
    all
}

fn file(bench: &Workbench, view: &ViewState) -> Vec<Entry> {
    let open = |path: &std::path::PathBuf| {
        let spec = FileSpec { path: path.clone(), image: None };
        window(Menu::File, 0, file_name(path), Action::Open(spec)).under(text::OPEN_RECENT)
    };
    let compared = bench.derived().is_some();
    let inputs = &bench.document().session().inputs;
    let filled = !inputs.is_empty();
    let chosen = inputs.iter().find(|input| Some(&input.name) == view.selected.as_ref()).or(inputs.last());
    // The sample is not a file.
    let shown = chosen.map(|input| input.path.clone()).filter(|path| path.is_absolute());
    let mut all = vec![window(Menu::File, 0, text::OPEN, Action::OpenDialog).key(CTRL, Key::O)];
    all.extend(view.recent.iter().map(open));
    all.extend([
        window(Menu::File, 0, text::OPEN_SAMPLE, Action::OpenSample),
        window(Menu::File, 1, text::SAVE_SESSION, Action::SaveDialog).key(CTRL, Key::S),
        window(Menu::File, 1, text::LOCATE_FILES, Action::Show(DialogKind::Unlinked))
            .when(!bench.unlinked().is_empty()),
        window(Menu::File, 1, text::EXPORT, Action::ExportDialog).key(CTRL, Key::E),
        window(Menu::File, 1, text::EXPORT_ALL, Action::ExportFolder).when(compared),
        window(Menu::File, 1, text::EXPORT_MSA, Action::ExportMsa).when(compared),
        window(Menu::File, 1, text::FILE_CONTENTS, Action::Inspect(shown.clone().unwrap_or_default()))
            .key(CTRL, Key::I)
            .when(shown.is_some()),
        window(Menu::File, 2, text::CLOSE_ALL, Action::CloseAll).key(CTRL, Key::W).when(filled),
        window(Menu::File, 2, text::QUIT, Action::Quit).key(CTRL, Key::Q),
    ]);
    all
}

fn edit(bench: &Workbench, presets: &Presets) -> Vec<Entry> {
    let document_state = bench.document();
    let recipe = &document_state.session().recipe;
    let preset = presets.find(&recipe.name).filter(|preset| *preset != recipe).cloned();
    let known = preset.is_some();
    let compared = bench.derived().is_some();
    let reset = Command::SetRecipe { recipe: Box::new(preset.unwrap_or_else(|| recipe.clone())) };
    let mut all = vec![
        document(Menu::Edit, 0, text::UNDO, Command::Undo).key(CTRL, Key::Z).when(document_state.can_undo()),
        document(Menu::Edit, 0, text::REDO, Command::Redo).key(CTRL_SHIFT, Key::Z).when(document_state.can_redo()),
        window(Menu::Edit, 1, text::COPY_TABLE, Action::CopyTable)
            .key(CTRL_SHIFT, Key::C)
            .when(bench.derived().is_some()),
        window(Menu::Edit, 1, text::COPY_LATEX, Action::CopyTableAs(TableFormat::Latex)).when(compared),
        window(Menu::Edit, 1, text::COPY_MARKDOWN, Action::CopyTableAs(TableFormat::Markdown)).when(compared),
    ];
    all.extend(presets.names().map(|name| {
        let entry = window(Menu::Edit, 2, name.to_owned(), Action::TakePreset(name.to_owned()));
        entry.on(name == recipe.name).under(text::PRESET)
    }));
    all.extend([
        window(Menu::Edit, 2, text::SAVE_PRESET, Action::Show(DialogKind::SavePreset)).when(presets.can_save()),
        document(Menu::Edit, 2, text::RESET_RECIPE, reset).when(known),
        window(Menu::Edit, 3, text::PREFERENCES, Action::Show(DialogKind::Preferences)).key(CTRL, Key::Comma),
    ]);
    all
}

/// Whether an entry is about the recipe as a whole: they stand at the recipe's name, too.
pub(super) fn is_of_recipe(entry: &Entry) -> bool {
    entry.menu == Menu::Edit && entry.group == 2
}

fn stages(view: &ViewState) -> Vec<Entry> {
    let stages = [
        (Stage::Raw, text::STAGE_RAW, Key::Num1),
        (Stage::Background, text::STAGE_BACKGROUND, Key::Num2),
        (Stage::Subtracted, text::STAGE_SUBTRACTED, Key::Num3),
        (Stage::Normalised, text::STAGE_NORMALISED, Key::Num4),
    ];
    let stage = |(stage, name, key)| {
        let entry = window(Menu::View, 0, name, Action::Stage(stage)).key(CTRL, key);
        entry.on(view.stage == stage).under(text::STAGE)
    };
    stages.into_iter().map(stage).collect()
}

fn edges(bench: &Workbench, view: &ViewState) -> Vec<Entry> {
    let names = bench.document().session().recipe.edges.iter().map(|edge| format::edge_name(&edge.name));
    let mut choices: Vec<(EdgeChoice, Cow<'static, str>)> =
        names.enumerate().map(|(k, name)| (EdgeChoice::One(k), name.into())).collect();
    choices.push((EdgeChoice::Both, text::BOTH.into()));
    let keys = [Key::Num5, Key::Num6, Key::Num7].into_iter().map(Some).chain(std::iter::repeat(None));
    let edge = |((choice, name), key): ((EdgeChoice, Cow<'static, str>), Option<Key>)| {
        let entry = window(Menu::View, 0, name, Action::Edges(choice)).on(view.edges == choice).under(text::EDGES);
        key.map_or_else(|| entry.clone(), |key| entry.clone().key(CTRL, key))
    };
    choices.into_iter().zip(keys).map(edge).collect()
}

fn appearance(bench: &Workbench, view: &ViewState) -> Vec<Entry> {
    let select = |name: &String| {
        window(Menu::View, 1, name.clone(), Action::Select(name.clone()))
            .on(view.selected.as_ref() == Some(name))
            .under(text::SHOW_SCAN)
    };
    let theme =
        |(choice, name)| window(Menu::View, 4, name, Action::Theme(choice)).on(view.theme == choice).under(text::THEME);
    let themes = [
        (ThemeChoice::System, text::THEME_SYSTEM),
        (ThemeChoice::Light, text::THEME_LIGHT),
        (ThemeChoice::Dark, text::THEME_DARK),
    ];
    let panels = view.panels;
    let mut all: Vec<Entry> = bench.document().session().inputs.iter().map(|input| select(&input.name)).collect();
    all.extend([
        window(Menu::View, 1, text::WATERFALL, Action::Waterfall(!view.waterfall)).key(CTRL, Key::U).on(view.waterfall),
        window(Menu::View, 1, text::RESET_ZOOM, Action::ResetZoom(None))
            .key(CTRL, Key::Num0)
            .when(!view.zoom.is_empty()),
        window(Menu::View, 2, text::PANEL_SCANS, Action::Panels(panels.with_scans(!panels.scans)))
            .key(Modifiers::NONE, Key::F9)
            .on(panels.scans),
        window(Menu::View, 2, text::PANEL_RECIPE, Action::Panels(panels.with_recipe(!panels.recipe)))
            .key(Modifiers::NONE, Key::F10)
            .on(panels.recipe),
        window(Menu::View, 2, text::NEXT_PART, Action::Part(1)).key(Modifiers::NONE, Key::F6),
        window(Menu::View, 2, text::PREVIOUS_PART, Action::Part(-1)).key(Modifiers::SHIFT, Key::F6),
        window(Menu::View, 3, text::LARGER, Action::ScaleBy(1.1)).key(CTRL, Key::Plus),
        window(Menu::View, 3, text::SMALLER, Action::ScaleBy(1.0 / 1.1)).key(CTRL, Key::Minus),
    ]);
    all.extend(themes.into_iter().map(theme));
    all.extend(looks(view));
    all
}

/// What the views can show, as entries.
fn looks(view: &ViewState) -> Vec<Entry> {
    let changed = |change: &dyn Fn(&mut Look)| {
        let mut look = view.look.clone();
        change(&mut look);
        Action::Look(Box::new(look))
    };
    let look = &view.look;
    let page = |(page, name): (SheetPage, &'static str)| {
        let on = look.sheet == Some(page);
        let action = changed(&|look: &mut Look| look.sheet = (!on).then_some(page));
        window(Menu::View, 2, name, action).on(on).under(text::DATA_QUALITY)
    };
    let answer = |(page, name): (Answers, &'static str)| {
        let action = changed(&|look: &mut Look| look.answers = page);
        window(Menu::View, 2, name, action).on(look.answers == page).under(text::ANSWERS_MENU)
    };
    let log = changed(&|look: &mut Look| look.log = !look.log);
    let mut all = vec![window(Menu::View, 1, text::LOG_AXIS, log).key(CTRL, Key::L).on(look.log)];
    all.extend(Answers::ALL.into_iter().map(answer));
    all.extend(SheetPage::ALL.into_iter().map(page));
    all
}

fn process(bench: &Workbench) -> Vec<Entry> {
    let session = bench.document().session();
    let recipe = &session.recipe;
    let mut all = Vec::new();
    for input in session.inputs.iter().filter(|input| input.role == Role::Scan || input.sites.is_some()) {
        let find = Command::SetSites { scan: input.name.clone(), sites: None };
        all.push(
            document(Menu::Process, 0, input.name.clone(), find).when(input.sites.is_some()).under(text::FIND_SITES_OF),
        );
    }
    for input in &session.inputs {
        let action = Action::LowLossDialog(input.name.clone());
        let entry = window(Menu::Process, 0, format!("{}…", input.name), action);
        all.push(entry.when(input.path.is_absolute()).under(text::LOW_LOSS_FOR));
    }
    all.push(window(Menu::Process, 0, text::TI3_OPEN, Action::Ti3Dialog));
    if session.ti3_reference.is_some() {
        let none = Command::SetTi3Reference { file: None };
        all.push(document(Menu::Process, 0, text::TI3_REMOVE, none));
    }
    let calibrations = [
        (CalibrationMethod::Features, text::CALIBRATE_FEATURES),
        (CalibrationMethod::File, text::CALIBRATE_FILE),
        (CalibrationMethod::Manual, text::CALIBRATE_MANUAL),
    ];
    all.extend(calibrations.into_iter().map(|(method, name)| {
        let calibration = CalibrationRecipe { method, ..recipe.calibration.clone() };
        let entry = document(Menu::Process, 1, name, Command::SetCalibration { calibration });
        entry.on(recipe.calibration.method == method).under(text::CALIBRATE)
    }));
    let alignments = [
        (AlignmentMethod::Auto, text::ALIGN_AUTO),
        (AlignmentMethod::TiL, text::ALIGN_TI_L),
        (AlignmentMethod::None, text::ALIGN_NONE),
    ];
    all.extend(alignments.into_iter().map(|(method, name)| {
        let entry = document(Menu::Process, 1, name, Command::SetAlignment { method });
        entry.on(recipe.alignment == method).under(text::ALIGN)
    }));
    for edge in &recipe.edges {
        all.extend(MODELS.iter().map(|entry| {
            let (model, name) = (entry.model, text::background_model(entry.model));
            let name = format!("{}, {name}", format::edge_name(&edge.name));
            let command = Command::SetBackgroundModel { edge: edge.name.clone(), model };
            document(Menu::Process, 1, name, command).on(edge.background.model == model).under(text::BACKGROUND)
        }));
    }
    all.extend(draws(bench));
    let busy = bench.progress().is_some();
    all.push(window(Menu::Process, 2, text::CANCEL_COMPARING, Action::Cancel).key(CTRL, Key::Period).when(busy));
    all
}

/// How often the counts are drawn anew.
fn draws(bench: &Workbench) -> impl Iterator<Item = Entry> {
    let (now, compared) = (bench.document().session().bootstrap, bench.derived().is_some());
    let choices = std::iter::once(None).chain(drawn::CHOICES.map(Some));
    choices.map(move |draws| {
        let name = draws.map_or(text::BOOTSTRAP_OFF.to_owned(), text::draws);
        let entry = document(Menu::Process, 2, name, Command::SetBootstrap { draws });
        entry.on(now == draws).when(compared || now == draws).under(text::BOOTSTRAP)
    })
}

fn help() -> Vec<Entry> {
    let show = |group, name, kind| window(Menu::Help, group, name, Action::Show(kind));
    vec![
        show(0, text::COMMAND_PALETTE, DialogKind::Commands).key(CTRL, Key::K),
        show(0, text::SHORTCUTS, DialogKind::Shortcuts).key(Modifiers::NONE, Key::F1),
        window(Menu::Help, 0, text::FIRST_STEPS, Action::Guide(Some(0))),
        window(Menu::Help, 1, text::COPY_DIAGNOSTICS, Action::CopyDiagnostics),
        show(2, text::LICENCES, DialogKind::Licences),
        show(2, text::ABOUT, DialogKind::About),
    ]
}

/// Turns keys into what the entries do. Shortcuts with more modifiers come first: they hold those with fewer.
pub(super) fn take_shortcuts(ui: &egui::Ui, entries: &[Entry], out: &mut Out) {
    let typing = ui.text_edit_focused();
    let mut keyed: Vec<(&Entry, KeyboardShortcut)> =
        entries.iter().filter_map(|entry| entry.shortcut.map(|shortcut| (entry, shortcut))).collect();
    let weight = |modifiers: Modifiers| {
        u8::from(modifiers.shift) + u8::from(modifiers.alt) + u8::from(modifiers.ctrl) + u8::from(modifiers.command)
    };
    keyed.sort_by_key(|(_, shortcut)| std::cmp::Reverse(weight(shortcut.modifiers)));
    for (entry, shortcut) in keyed {
        // A text field has its own undo.
        let theirs = typing && shortcut.logical_key == Key::Z;
        let hit = |shortcut: &KeyboardShortcut| ui.input_mut(|input| input.consume_shortcut(shortcut));
        // On many keyboards the plus sign is typed with Shift, and what arrives is the equals sign.
        let plain_plus = KeyboardShortcut::new(shortcut.modifiers, Key::Equals);
        let plus = shortcut.logical_key == Key::Plus && hit(&plain_plus);
        if !theirs && (plus || hit(&shortcut)) && entry.enabled {
            entry.choose(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::*;
    use crate::model::Recipe;

    fn all() -> Vec<Entry> {
        let bench = Workbench::new(Recipe::preset("lto").unwrap(), Arc::new(|| ())).unwrap();
        entries(&bench, &ViewState::default(), &Presets::default())
    }

    #[test]
    fn no_two_entries_share_a_shortcut_or_a_full_name() {
        let all = all();
        let keys: Vec<_> = all.iter().filter_map(|entry| entry.shortcut).map(|keys| format!("{keys:?}")).collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{keys:?}");
        let names: Vec<_> = all.iter().map(Entry::full_name).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }

    #[test]
    fn the_guide_lists_every_shortcut() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/shortcuts.md");
        let guide = std::fs::read_to_string(path).unwrap();
        egui::__run_test_ui(|ui| {
            for entry in all().iter().filter(|entry| entry.shortcut.is_some()) {
                let row = format!("| `{}` | {} |", entry.keys(ui).unwrap(), entry.full_name());
                assert!(guide.contains(&row), "docs/guide/shortcuts.md lacks {row}");
            }
        });
    }
}
