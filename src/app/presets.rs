//! Presets that a user saved: recipe files in a folder of the user's configuration.

use std::path::{Path, PathBuf};

use crate::Error;
use crate::export::write_atomically;
use crate::model::Recipe;

/// Names the folder that holds the folder of presets, in place of the system's.
pub const CONFIG_VARIABLE: &str = "MORAY_CONFIG_DIR";
/// Largest recipe file that is read.
const MAX_BYTES: u64 = 1 << 20;
/// Most presets that are looked for.
const MAX_FILES: usize = 1000;
/// Longest name, characters.
const MAX_NAME: usize = 60;

/// A preset that a user saved.
#[derive(Debug, Clone, PartialEq)]
pub struct UserPreset {
    /// Its file.
    pub path: PathBuf,
    /// The recipe; its name is the preset's.
    pub recipe: Recipe,
}

/// Where the user's presets lie: `presets` in the folder that `MORAY_CONFIG_DIR` names, or else in the program's folder
/// among the system's configuration (`$XDG_CONFIG_HOME/moray` or `~/.config/moray`; `~/Library/Application Support/moray`
/// on a Mac; `%APPDATA%\moray` on Windows). `None` when the system names none.
pub fn presets_folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let system = || {
        if cfg!(windows) {
            return variable("APPDATA");
        }
        let home = || variable("HOME");
        if cfg!(target_os = "macos") {
            return home().map(|home| home.join("Library").join("Application Support"));
        }
        let absolute = variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
        absolute.or_else(|| home().map(|home| home.join(".config")))
    };
    let program = variable(CONFIG_VARIABLE).or_else(|| system().map(|folder| folder.join("moray")));
    program.map(|folder| folder.join("presets"))
}

/// The presets of a folder in the order of their names, and a sentence on every file that is none. A folder that is not
/// there holds none; files whose names are taken by the program's own presets are passed over and named.
pub fn user_presets(folder: &Path) -> (Vec<UserPreset>, Vec<String>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().take(MAX_FILES).flatten();
    let is_json = |path: &PathBuf| path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("json"));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_json).collect();
    paths.sort();
    let (mut presets, mut faults) = (Vec::<UserPreset>::new(), Vec::new());
    for path in paths {
        match read(&path).and_then(|recipe| checked_name(&recipe.name).map(|()| recipe)) {
            Ok(recipe) if presets.iter().any(|preset| preset.recipe.name == recipe.name) => {
                faults.push(format!("{}: another preset is called \"{}\"", path.display(), recipe.name));
            }
            Ok(recipe) => presets.push(UserPreset { path, recipe }),
            Err(fault) => faults.push(format!("{}: {fault}", path.display())),
        }
    }
    presets.sort_by(|a, b| a.recipe.name.cmp(&b.recipe.name));
    (presets, faults)
}

fn read(path: &Path) -> Result<Recipe, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > MAX_BYTES {
        return Err(format!("{size} bytes are too many for a recipe"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    Recipe::from_json(&text).map_err(|error| error.to_string())
}

/// Refuses names that cannot be a file's on every system, and those of the program's own presets.
fn checked_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '+');
    if name.trim() != name || name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(format!("a preset's name has 1 to {MAX_NAME} characters and no space at its ends"));
    }
    if let Some(other) = name.chars().find(|c| !allowed(*c)) {
        return Err(format!("\"{other}\" cannot be in a preset's name; letters, digits, spaces and - _ . + can"));
    }
    if name.starts_with('.') || name.ends_with('.') {
        return Err("a preset's name begins and ends with no dot".to_owned());
    }
    if Recipe::PRESETS.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)) {
        return Err(format!("\"{name}\" is a preset of the program; choose another name"));
    }
    Ok(())
}

/// Saves a recipe as a preset of this name, in place of the user's own of that name; the file is whole or not there.
/// Returns the preset as it was saved.
///
/// # Errors
/// [`Error::Usage`] when the name cannot be one, [`Error::Write`] when the file cannot be written.
pub fn save_preset(folder: &Path, name: &str, recipe: &Recipe) -> Result<UserPreset, Error> {
    checked_name(name).map_err(|message| Error::Usage { message, hint: String::new() })?;
    let recipe = Recipe { name: name.to_owned(), ..recipe.clone() };
    recipe.check().map_err(|error| Error::Usage { message: error.to_string(), hint: String::new() })?;
    let (known, _) = user_presets(folder);
    let known = known.into_iter().find(|preset| preset.recipe.name == name).map(|preset| preset.path);
    let path = known.unwrap_or_else(|| folder.join(format!("{name}.json")));
    let failed = |source| Error::Write { path: path.clone(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    write_atomically(&path, recipe.to_json().as_bytes()).map_err(failed)?;
    Ok(UserPreset { path, recipe })
}

/// The preset of this name: the program's own, or else the user's.
///
/// # Errors
/// [`Error::Usage`] listing what there is when there is none.
pub fn find_preset(name: &str, folder: Option<&Path>) -> Result<Recipe, Error> {
    let own = Recipe::preset(name);
    if own.is_ok() || Recipe::PRESETS.iter().any(|(known, _)| *known == name) {
        return own.map_err(|error| Error::Usage { message: error.to_string(), hint: String::new() });
    }
    let (presets, faults) = folder.map(user_presets).unwrap_or_default();
    if let Some(preset) = presets.iter().find(|preset| preset.recipe.name == name) {
        return Ok(preset.recipe.clone());
    }
    let known = Recipe::PRESETS.iter().map(|(own, _)| (*own).to_owned());
    let known: Vec<String> = known.chain(presets.into_iter().map(|preset| preset.recipe.name)).collect();
    Err(Error::Usage {
        message: format!("recipe \"{name}\": no such preset; there is {}", known.join(", ")),
        hint: faults.join("; "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_is_saved_whole_found_again_and_replaced_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("config/presets");
        let recipe = Recipe { counts_per_electron: Some(5.0), ..Recipe::preset("lto").unwrap() };
        let saved = save_preset(&folder, "My cell 2.7 V", &recipe).unwrap();
        assert_eq!(saved.recipe.name, "My cell 2.7 V");
        assert_eq!(find_preset("My cell 2.7 V", Some(&folder)).unwrap(), saved.recipe);
        let other = Recipe { counts_per_electron: Some(6.0), ..recipe };
        save_preset(&folder, "My cell 2.7 V", &other).unwrap();
        let (presets, faults) = user_presets(&folder);
        assert_eq!((presets.len(), faults.len()), (1, 0));
        assert_eq!(presets[0].recipe.counts_per_electron, Some(6.0));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn names_that_are_taken_or_no_names_are_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let recipe = Recipe::preset("lto").unwrap();
        for name in ["lto", "LTO", "", " a", "a/b", "..", "a\\b", "a\u{0}", &"x".repeat(61)] {
            assert!(save_preset(folder.path(), name, &recipe).is_err(), "{name}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn files_that_are_no_presets_are_named_and_never_stand_for_a_preset_of_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("broken.json", "{");
        write("lto.json", &Recipe { counts_per_electron: Some(9.0), ..Recipe::preset("lto").unwrap() }.to_json());
        write("notes.txt", "not looked at");
        let (presets, faults) = user_presets(folder.path());
        assert!(presets.is_empty());
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert_eq!(find_preset("lto", Some(folder.path())).unwrap(), Recipe::preset("lto").unwrap());
        let error = find_preset("mine", Some(folder.path())).unwrap_err().to_string();
        assert!(error.contains("lto, titanate"), "{error}");
    }
}
