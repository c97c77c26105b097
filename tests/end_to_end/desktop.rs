//! A virtual display with one window on it that is driven by xdotool and watched through its state file.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take on a busy machine that draws by its processor; nothing waits for longer than it takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program under test.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("MORAY_BINARY").map_or_else(
        || env!("CARGO_BIN_EXE_moray").into(),
        |path| {
            // Cargo runs tests in the package's folder, which is what a relative path is meant for.
            std::path::absolute(path).unwrap()
        },
    )
}

/// A virtual display, a home folder, and the answer to the next file dialog.
pub(crate) struct Desktop {
    server: Child,
    display: String,
    folder: PathBuf,
}

impl Desktop {
    /// Starts a display on a free number.
    pub(crate) fn start(folder: &Path, [width, height]: [u32; 2]) -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &format!("{width}x{height}x24")])
            .arg("-fbdir")
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed by tests/end_to_end/run.sh");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let tools = folder.join("tools");
        std::fs::create_dir_all(&tools).unwrap();
        let zenity = tools.join("zenity");
        std::fs::write(&zenity, format!("#!/bin/sh\ncat '{}'\n", folder.join("answer").display())).unwrap();
        std::fs::set_permissions(&zenity, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { server, display: format!(":{}", number.trim()), folder: folder.to_owned() }
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let output = Command::new("timeout")
            .args(["60", "xdotool"])
            .args(arguments)
            .env("DISPLAY", &self.display)
            .output()
            .unwrap();
        assert!(output.status.success(), "xdotool {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// How many different colours are on the display.
    pub(crate) fn colours(&self) -> usize {
        let dump = std::fs::read(self.folder.join("Xvfb_screen0")).unwrap();
        let word = |at: usize| u32::from_be_bytes(dump[4 * at..4 * at + 4].try_into().unwrap()) as usize;
        // The X window dump: size of the head first, the number of colour map entries of twelve bytes at the twentieth.
        let pixels = &dump[word(0) + 12 * word(19)..];
        pixels.chunks_exact(4).map(|pixel| &pixel[..3]).collect::<std::collections::HashSet<_>>().len()
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The program's window.
pub(crate) struct Window<'a> {
    desktop: &'a Desktop,
    child: Child,
    id: String,
}

impl<'a> Window<'a> {
    /// Starts the program with these files and waits until it has drawn.
    pub(crate) fn start(desktop: &'a Desktop, files: &[&Path]) -> Self {
        let folder = &desktop.folder;
        let _ = std::fs::remove_file(folder.join("state.json"));
        let path = std::env::join_paths(
            std::iter::once(folder.join("tools")).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        let child = Command::new(program())
            .arg("--state-file")
            .arg(folder.join("state.json"))
            .args(files)
            .env("DISPLAY", &desktop.display)
            .env("PATH", path.unwrap())
            .env("HOME", folder)
            .env("XDG_DATA_HOME", folder.join("share"))
            .env("XDG_CONFIG_HOME", folder.join("config"))
            // No desktop portal: dialogs are asked of `zenity`.
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .env_remove("WAYLAND_DISPLAY")
            .spawn()
            .unwrap();
        let mut window = Self { desktop, child, id: String::new() };
        window.wait("the window has drawn", |state| state["controls"].is_array());
        window.id = desktop
            .xdotool(&["search", "--sync", "--onlyvisible", "--name", "Moray"])
            .lines()
            .next()
            .unwrap()
            .to_owned();
        // There is no window manager that would give it the keyboard.
        desktop.xdotool(&["windowfocus", "--sync", &window.id]);
        window
    }

    /// What the window says of itself now.
    pub(crate) fn state(&self) -> Value {
        let text = std::fs::read_to_string(self.desktop.folder.join("state.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Waits until the window says something, and gives all that it says then.
    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let state = self.state();
            if !state.is_null() && holds(&state) {
                return state;
            }
            if start.elapsed() > PATIENCE {
                let names: Vec<&Value> =
                    state["controls"].as_array().into_iter().flatten().map(|c| &c["name"]).collect();
                panic!("never: {what}\nthe window says {}\nand has {names:?}", state["window"]);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether there is a control of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        place(&self.state(), name).is_some()
    }

    /// The middle of a control in pixels.
    fn middle(&self, name: &str) -> [i64; 2] {
        let state = self.wait(&format!("there is a control called {name}"), |state| place(state, name).is_some());
        let scale = state["pixels_per_point"].as_f64().unwrap();
        let [x0, y0, x1, y1] = place(&state, name).unwrap();
        [(x0 + x1) / 2.0, (y0 + y1) / 2.0].map(|at| (at * scale).round() as i64)
    }

    fn point_at(&self, [x, y]: [i64; 2]) {
        self.desktop.xdotool(&["mousemove", "--window", &self.id, &x.to_string(), &y.to_string()]);
        // A slow machine may draw less often than the pointer moves: the window says when it has seen it.
        self.wait("the pointer is seen", |state| {
            let scale = state["pixels_per_point"].as_f64().unwrap_or(1.0);
            let at = |k: usize| state["pointer"][k].as_f64().map_or(i64::MAX, |at| (at * scale).round() as i64);
            at(0).abs_diff(x) <= 1 && at(1).abs_diff(y) <= 1
        });
    }

    /// Puts the pointer on a control. What has just appeared may still move into its place: the pointer is there when the
    /// window has no more to draw and the control is where the pointer was sent.
    fn reach(&self, name: &str) -> [i64; 2] {
        let start = Instant::now();
        loop {
            let at = self.middle(name);
            self.point_at(at);
            self.wait("everything is drawn", |state| state["settled"] == true);
            if self.middle(name) == at {
                return at;
            }
            assert!(start.elapsed() < PATIENCE, "{name} never stands still");
        }
    }

    /// Clicks a control.
    pub(crate) fn click(&self, name: &str) {
        self.reach(name);
        // Pressed and let go at once: what is held for long is not a click.
        self.desktop.xdotool(&["click", "1"]);
    }

    fn button(&self, what: &str, pressed: bool) {
        self.desktop.xdotool(&[what, "1"]);
        self.wait(what, |state| state["pressed"] == pressed);
    }

    /// Takes a control by its middle and moves it by some pixels.
    pub(crate) fn drag(&self, name: &str, [dx, dy]: [i64; 2]) {
        let [x, y] = self.reach(name);
        self.button("mousedown", true);
        for step in 1..=6 {
            self.point_at([x + dx * step / 6, y + dy * step / 6]);
        }
        self.button("mouseup", false);
        self.wait("the gesture has ended", |state| state["window"]["gesture"] == false);
    }

    /// Presses keys together, such as `ctrl+z`.
    pub(crate) fn key(&self, keys: &str) {
        self.desktop.xdotool(&["key", keys]);
    }

    /// What has the keyboard.
    fn focused(&self) -> Option<String> {
        let state = self.state();
        let control = state["controls"].as_array()?.iter().find(|control| control["focused"] == true)?;
        control["name"].as_str().map(str::to_owned)
    }

    /// Presses a key that moves the keyboard to another control, and waits until it has moved.
    fn step(&self, key: &str) -> String {
        let before = self.focused();
        self.key(key);
        self.wait("the keyboard is on another control", |_| self.focused() != before);
        self.focused().unwrap_or_default()
    }

    /// Goes to a control of a part of the window with F6 and Tab alone; gives what was passed.
    pub(crate) fn walk_to(&self, part: &str, name: &str) -> Vec<String> {
        let mut passed = Vec::new();
        while passed.last().is_none_or(|passed| passed != part) {
            assert!(passed.len() < 8, "F6 never comes to {part}: {passed:?}");
            passed.push(self.step("F6"));
        }
        while passed.last().is_none_or(|passed| passed != name) {
            assert!(passed.len() < 150, "Tab never comes to {name}: {passed:?}");
            passed.push(self.step("Tab"));
        }
        passed
    }

    /// Goes to a control of the dialog that lies over the window with Tab alone.
    pub(crate) fn tab_to(&self, name: &str) {
        let mut passed = Vec::new();
        while self.focused().is_none_or(|focused| focused != name) {
            assert!(passed.len() < 150, "Tab never comes to {name}: {passed:?}");
            passed.push(self.step("Tab"));
        }
    }

    /// Types a text.
    pub(crate) fn type_text(&self, text: &str) {
        self.desktop.xdotool(&["type", "--delay", "30", text]);
    }

    /// Says what the next file dialog is answered with.
    pub(crate) fn answer(&self, paths: &[&Path]) {
        let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        std::fs::write(self.desktop.folder.join("answer"), paths.join("|")).unwrap();
    }

    /// Waits until the program has ended, and without an error.
    pub(crate) fn ended(&mut self) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            assert!(start.elapsed() < PATIENCE, "the program does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Rectangle of a control in points.
fn place(state: &Value, name: &str) -> Option<[f64; 4]> {
    let control = state["controls"].as_array()?.iter().find(|control| control["name"] == name)?;
    serde_json::from_value(control["rect"].clone()).ok()
}
