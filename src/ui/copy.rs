//! What goes to the clipboard: curves as a table, and parts of the window as pictures.

use std::sync::{Arc, Mutex, PoisonError};

use egui::{ColorImage, Context, Rect};

use super::view_model::Pane;

/// Frames to wait, so that the menu that was clicked is gone.
const FRAMES: u8 = 3;

/// The curves of a pane as CSV: energy, then each curve with its standard deviation.
pub(super) fn csv(pane: &Pane) -> String {
    let quoted =
        |text: String| if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text };
    let mut head = vec!["energy_ev".to_owned()];
    for curve in &pane.curves {
        let what = if curve.is_background { " background" } else { "" };
        let name = format!("{} {}{what}", curve.scan, curve.name);
        head.push(quoted(name.clone()));
        if !curve.sigma.is_empty() {
            head.push(quoted(format!("{name} sigma")));
        }
    }
    let mut lines = vec![head.join(",")];
    for (k, energy) in pane.energy_ev.iter().enumerate() {
        let mut cells = vec![format!("{energy}")];
        for curve in &pane.curves {
            let cell = |values: &[f64]| values.get(k).filter(|v| v.is_finite()).map(f64::to_string).unwrap_or_default();
            cells.push(cell(&curve.y));
            if !curve.sigma.is_empty() {
                cells.push(cell(&curve.sigma));
            }
        }
        lines.push(cells.join(","));
    }
    lines.join("\n") + "\n"
}

/// A picture of a part of the window on its way to the clipboard.
#[derive(Default)]
pub(super) struct Picture {
    wanted: Option<(Rect, u8)>,
    made: Arc<Mutex<Option<ColorImage>>>,
}

impl Picture {
    /// Asks for a part of the window, in points.
    pub(super) fn want(&mut self, part: Rect) {
        self.wanted = Some((part, FRAMES));
    }

    /// One step each frame; `true` when a picture has just been put on the clipboard.
    pub(super) fn step(&mut self, ctx: &Context) -> bool {
        if let Some((part, frames)) = self.wanted {
            ctx.request_repaint();
            self.wanted = frames.checked_sub(1).map(|frames| (part, frames));
            if frames == 0 {
                self.shoot(ctx, part);
            }
        }
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner).take();
        match made {
            Some(image) => {
                ctx.copy_image(image);
                true
            }
            None => false,
        }
    }

    fn shoot(&self, ctx: &Context, part: Rect) {
        let (made, wake, scale) = (self.made.clone(), ctx.clone(), ctx.pixels_per_point());
        let part = part.intersect(ctx.content_rect());
        ctx.request_screenshot(move |window: Arc<ColorImage>| {
            let picture = window.region(&part, Some(scale));
            *made.lock().unwrap_or_else(PoisonError::into_inner) = Some(picture);
            wake.request_repaint();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::view_model::{Curve, Ink};

    #[test]
    fn curves_are_copied_with_their_energies_and_sigmas() {
        let curve = Curve {
            name: "O1".into(),
            scan: "a,b".into(),
            ink: Ink::Site(0),
            tint: 0.0,
            y: vec![1.5, f64::NAN],
            sigma: vec![0.5, 0.5],
            is_background: false,
        };
        let pane = Pane {
            edge: "O K".into(),
            scan: None,
            range_ev: [0.0, 1.0],
            home_ev: [0.0, 1.0],
            limits_ev: [0.0, 1.0],
            energy_ev: vec![530.0, 530.25],
            curves: vec![curve],
            strip: Vec::new(),
            bands: Vec::new(),
            components: None,
            y_label: String::new(),
            missing: None,
        };
        assert_eq!(csv(&pane), "energy_ev,\"a,b O1\",\"a,b O1 sigma\"\n530,1.5,0.5\n530.25,,0.5\n");
    }
}
