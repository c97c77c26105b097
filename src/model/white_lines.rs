//! The pair of white lines that, with O K, tells where the energy axis really is.

use serde::{Deserialize, Serialize};

use super::EnergyWindow;

/// One line of the template that the white lines are sought with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateLine {
    /// Position relative to L2, eV.
    pub from_l2_ev: f64,
    /// Relative height.
    pub height: f64,
    /// Full width at half maximum, eV.
    pub fwhm_ev: f64,
}

/// How the L3 and L2 white lines of a metal look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhiteLines {
    /// What they are called, such as `Ti L`.
    pub name: String,
    /// Lines of the template.
    pub lines: Vec<TemplateLine>,
    /// Range that the template is fitted over, relative to L2, eV.
    pub span_ev: [f64; 2],
    /// Where the continuum rises, relative to L2, eV.
    pub step_ev: f64,
    /// Where L3 is sought, relative to L2, eV.
    pub l3_ev: [f64; 2],
    /// What noise estimates leave out, relative to L2, eV.
    pub edge_ev: [f64; 2],
}

impl Default for WhiteLines {
    /// Ti L2,3 of titanates: eg and t2g lines of L2 and L3 (Stoyanov et al., Am. Mineral. 92 (2007) 577; de Groot et al.,
    /// Phys. Rev. B 40 (1989) 5715).
    fn default() -> Self {
        let line = |from_l2_ev, height, fwhm_ev| TemplateLine { from_l2_ev, height, fwhm_ev };
        Self {
            name: "Ti L".to_owned(),
            lines: vec![line(0.0, 1.0, 2.4), line(-2.1, 0.75, 2.0), line(-5.4, 0.85, 2.0), line(-7.5, 0.5, 1.8)],
            span_ev: [-16.0, 9.0],
            step_ev: -6.5,
            l3_ev: [-6.6, -4.2],
            edge_ev: [-12.8, 8.2],
        }
    }
}

impl WhiteLines {
    /// Whether they are those of titanium, whose lower valence (Ti3+) has a known shape.
    pub fn of_titanium(&self) -> bool {
        self.name.starts_with("Ti ")
    }

    /// What an admixture of the metal's lower valence is called.
    pub fn lower_valence(&self) -> &'static str {
        if self.of_titanium() { "Ti3+" } else { "lower valence" }
    }

    /// What cannot be, in words.
    ///
    /// # Errors
    /// A sentence on the first contradiction.
    pub fn check(&self) -> Result<(), String> {
        let ordered = |[lo, hi]: [f64; 2]| EnergyWindow::new(lo, hi).is_ok() && lo < hi;
        let usable = |line: &TemplateLine| {
            line.from_l2_ev.is_finite() && line.height.is_finite() && line.fwhm_ev.is_finite() && line.fwhm_ev > 0.0
        };
        if self.lines.is_empty() || !self.lines.iter().all(usable) {
            return Err("the template of the white lines needs lines with a width above zero".into());
        }
        if ![self.span_ev, self.l3_ev, self.edge_ev].into_iter().all(ordered) || !self.step_ev.is_finite() {
            return Err("ranges of the white lines must run from low to high".into());
        }
        Ok(())
    }
}
