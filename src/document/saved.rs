//! The form in which a session is saved: JSON with a version, and what is done to older ones.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Command, Session, SessionError};

/// Version of the saved form.
///
/// 1: inputs and recipe. 2: also how figures look, what the window shows and the history of steps; files of schema 1 go
/// without and are read as they are.
const SCHEMA: u64 = 2;

/// A session as it is saved.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedSession {
    /// What a comparison depends on.
    pub session: Session,
    /// What the window showed, in a form that it alone knows.
    pub view: Option<Value>,
    /// The steps that led here.
    pub history: SavedHistory,
    /// Things the user should know about how it was read.
    pub cautions: Vec<String>,
}

/// Steps that can be taken back and done again. The commands that made them, done from the start, lead to the session:
/// a log of what was done as much as a history.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedHistory {
    /// The session before the first step; absent when no step is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Box<Session>>,
    /// Commands of each step.
    pub steps: Vec<Vec<Command>>,
    /// How many of the steps are done; the others were taken back.
    pub done: usize,
}

impl From<Session> for SavedSession {
    fn from(session: Session) -> Self {
        Self { session, view: None, history: SavedHistory::default(), cautions: Vec::new() }
    }
}

impl SavedSession {
    /// Path and SHA-256 of every file that it speaks of, those of its history too.
    pub fn files_mut(&mut self) -> impl Iterator<Item = (&mut PathBuf, &mut String)> {
        let start = self.history.start.iter_mut().flat_map(|start| start.files_mut());
        let named = self.history.steps.iter_mut().flatten().flat_map(Command::files_mut);
        self.session.files_mut().chain(start).chain(named)
    }

    /// Says where the file with these contents lies now, and what it holds now.
    pub fn relink(&mut self, sha256: &str, path: &Path, new_sha256: &str) {
        for (old_path, old_sha256) in self.files_mut() {
            if old_sha256 == sha256 {
                path.clone_into(old_path);
                new_sha256.clone_into(old_sha256);
            }
        }
    }

    /// The JSON form, indented, ending in a line feed.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(&self.value()).map(|text| text + "\n").unwrap_or_default()
    }

    /// The JSON form in one line and without the history, to be kept in other files.
    pub fn to_compact_json(&self) -> String {
        let short = Self { history: SavedHistory::default(), ..self.clone() };
        short.value().to_string()
    }

    fn value(&self) -> Value {
        // A session is numbers, text and lists: it always has a JSON form.
        let mut fields = Map::new();
        fields.insert("schema".to_owned(), SCHEMA.into());
        if let Ok(Value::Object(session)) = serde_json::to_value(&self.session) {
            fields.extend(session);
        }
        fields.extend(self.view.clone().map(|view| ("view".to_owned(), view)));
        if self.history != SavedHistory::default() {
            fields.insert("history".to_owned(), serde_json::to_value(&self.history).unwrap_or_default());
        }
        Value::Object(fields)
    }

    /// A session from its JSON form, of this version or an older one.
    ///
    /// A history that cannot be read is left behind, with a caution: it is worth less than the session.
    ///
    /// # Errors
    /// [`SessionError`] when it is not a session, too new, or contradicts itself.
    pub fn from_json(text: &str) -> Result<Self, SessionError> {
        let mut fields: Map<String, Value> = serde_json::from_str(text)?;
        match fields.shift_remove("schema").as_ref().and_then(Value::as_u64) {
            Some(1..=SCHEMA) => {}
            Some(later) => return Err(SessionError::Schema(later)),
            None => return Err(SessionError::NoSchema),
        }
        let view = fields.shift_remove("view").filter(|view| !view.is_null());
        let history = fields.shift_remove("history").map_or(Ok(SavedHistory::default()), serde_json::from_value);
        let session: Session = serde_json::from_value(Value::Object(fields))?;
        session.check()?;
        let cautions = history.as_ref().err().map(|error| format!("its undo history could not be read: {error}"));
        let history = history.unwrap_or_default();
        Ok(Self { session, view, history, cautions: cautions.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::SessionInput;
    use crate::model::{Recipe, Role, Site};

    fn saved() -> SavedSession {
        let mut session = Session::new(Recipe::preset("lto").unwrap());
        for (name, role) in [("pristine", Role::Reference), ("2.7 V", Role::Scan)] {
            session.inputs.push(SessionInput {
                name: name.into(),
                path: "a.dm4".into(),
                image: 1,
                sha256: name.into(),
                role,
                sites: Some(vec![Site { name: "O1".into(), columns: vec![4..9, 28..33] }]),
                along: None,
                low_loss: None,
                profiles: Vec::new(),
            });
        }
        SavedSession { view: Some(serde_json::json!({"stage": "Raw", "zoom": [0.1, 2.0]})), ..session.into() }
    }

    #[test]
    fn a_session_survives_a_round_trip() {
        assert_eq!(SavedSession::from_json(&saved().to_json()).unwrap(), saved());
        assert_eq!(SavedSession::from_json(&saved().to_compact_json()).unwrap(), saved());
    }

    #[test]
    fn a_session_without_a_figure_style_gets_the_usual_one() {
        let mut value: Value = serde_json::from_str(&saved().to_json()).unwrap();
        value.as_object_mut().unwrap().remove("figure_style").unwrap();
        assert_eq!(SavedSession::from_json(&value.to_string()).unwrap(), saved());
    }

    #[test]
    fn a_session_of_a_later_version_is_refused_by_its_number() {
        let text = saved().to_json().replacen("\"schema\": 2", "\"schema\": 7", 1);
        assert!(matches!(SavedSession::from_json(&text), Err(SessionError::Schema(7))));
    }

    #[test]
    fn a_session_without_a_version_is_none() {
        let text = saved().to_json().replacen("\"schema\": 2,", "", 1);
        assert!(matches!(SavedSession::from_json(&text), Err(SessionError::NoSchema)));
    }

    #[test]
    fn two_references_are_refused() {
        let text = saved().to_json().replace("\"role\": \"scan\"", "\"role\": \"reference\"");
        assert!(SavedSession::from_json(&text).unwrap_err().to_string().contains("more than one"));
    }

    #[test]
    fn a_history_that_cannot_be_read_is_left_behind_with_a_caution() {
        let text = saved().to_json();
        let text = text.trim_end().trim_end_matches('}').to_owned();
        let text = text + ",\"history\": {\"steps\": [[{\"do\": \"dance\"}]], \"done\": 1}}";
        let read = SavedSession::from_json(&text).unwrap();
        assert_eq!((read.session.clone(), read.history.clone()), (saved().session, SavedHistory::default()));
        assert!(read.cautions[0].contains("undo history"), "{:?}", read.cautions);
    }

    #[test]
    fn a_file_that_moved_is_named_anew_wherever_the_session_speaks_of_it() {
        let mut moved = saved();
        let added = moved.session.inputs[1].clone();
        moved.history = SavedHistory { start: None, steps: vec![vec![Command::AddScan { input: added }]], done: 0 };
        moved.relink("2.7 V", Path::new("b/c.dm4"), "new");
        let files: Vec<(String, String)> =
            moved.files_mut().map(|(path, sha256)| (path.display().to_string(), sha256.clone())).collect();
        let expected = [("a.dm4", "pristine"), ("b/c.dm4", "new"), ("b/c.dm4", "new")];
        assert_eq!(files, expected.map(|(path, hash)| (path.to_owned(), hash.to_owned())));
    }
}
