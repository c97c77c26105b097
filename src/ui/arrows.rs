//! Arrow keys on what has the keyboard: one place that reads them and keeps them from moving the focus.

use egui::{Event, EventFilter, Key, Response, Ui};

/// Which arrows a control takes for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axes {
    /// Left and right.
    Horizontal,
    /// All four.
    Both,
}

/// Presses since the last frame: to the right less to the left, down less up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Arrows {
    /// Without Shift.
    pub plain: [f64; 2],
    /// With Shift.
    pub shifted: [f64; 2],
}

impl Arrows {
    /// The presses that a control has to answer to: none while the keyboard is elsewhere.
    pub(super) fn on(ui: &Ui, response: &Response, axes: Axes) -> Self {
        if !response.has_focus() {
            return Self::default();
        }
        let vertical_arrows = axes == Axes::Both;
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let mut arrows = ui.input(|input| Self::among(&input.events));
        if !vertical_arrows {
            (arrows.plain[1], arrows.shifted[1]) = (0.0, 0.0);
        }
        arrows
    }

    /// Each press counts with the Shift it came with: when frames are slow, Shift is up again by the end of one.
    fn among(events: &[Event]) -> Self {
        let mut arrows = Self::default();
        for event in events {
            let Event::Key { key, pressed: true, modifiers, .. } = event else { continue };
            let (axis, by) = match key {
                Key::ArrowRight => (0, 1.0),
                Key::ArrowLeft => (0, -1.0),
                Key::ArrowDown => (1, 1.0),
                Key::ArrowUp => (1, -1.0),
                _ => continue,
            };
            let presses = if modifiers.shift { &mut arrows.shifted } else { &mut arrows.plain };
            presses[axis] += by;
        }
        arrows
    }

    /// How far each axis moves, with one step for a plain press and another with Shift.
    pub(super) fn steps(self, plain: f64, shifted: f64) -> [f64; 2] {
        [0, 1].map(|axis| plain * self.plain[axis] + shifted * self.shifted[axis])
    }
}

#[cfg(test)]
mod tests {
    use egui::Modifiers;

    use super::*;

    #[test]
    fn a_press_keeps_the_shift_it_came_with() {
        let press = |key, modifiers| Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
        let events = [
            press(Key::ArrowRight, Modifiers::SHIFT),
            press(Key::ArrowRight, Modifiers::NONE),
            press(Key::ArrowUp, Modifiers::NONE),
            press(Key::Space, Modifiers::NONE),
        ];
        let arrows = Arrows::among(&events);
        assert_eq!(arrows, Arrows { plain: [1.0, -1.0], shifted: [1.0, 0.0] });
        assert_eq!(arrows.steps(0.1, 1.0), [1.1, -0.1]);
    }
}
