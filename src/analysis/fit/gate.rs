//! Whether the intervals of a joint fit may be believed.

use crate::analysis::numeric::chi2_p;

use super::JointFit;

/// Smallest p value of chi squared.
const LEAST_P: f64 = 0.01;
/// Largest correlation of neighbouring residuals.
const MOST_AUTOCORRELATION: f64 = 0.2;
/// Largest pattern variance over counting variance: sigmas are then wrong by a tenth.
const MOST_PATTERN: f64 = 0.2;

impl JointFit {
    /// p value of chi squared; `None` without degrees of freedom.
    ///
    /// Upper tail of the chi squared distribution.
    pub fn p(&self) -> Option<f64> {
        chi2_p(self.chi2, self.dof)
    }

    /// Correlation of the residuals of neighbouring channels, the largest of all spectra.
    ///
    /// `sum z_i z_(i+1) / sum z_i^2`, `z` residuals over sigma; by the definition, dimensionless. Zero when all
    /// residuals are.
    pub fn autocorrelation(&self) -> f64 {
        let of = |s| {
            let z = self.standardised(s);
            let square: f64 = z.iter().map(|z| z * z).sum();
            z.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / square.max(f64::MIN_POSITIVE)
        };
        (0..self.spectra.len()).map(of).fold(f64::NEG_INFINITY, f64::max)
    }

    /// Whether the fit describes the spectra, so that its intervals hold.
    ///
    /// The limits are our own choice; without degrees of freedom the fit does not pass.
    ///
    /// # Errors
    /// The reason why not: a fixed pattern (above a fifth of the counting variance), chi squared with p below 0.01, or
    /// neighbouring residuals correlated by more than 0.2.
    ///
    /// # Examples
    /// ```
    /// use moray::analysis::fit::{FitSpectrum, Parameters, SpectrumParameters, expected_electrons, joint_fit};
    /// use moray::model::{EnergyAxis, FineStructure, Recipe};
    /// let structure = FineStructure::of(&Recipe::preset("lto")?.edges[1]).expect("O K has a fine structure");
    /// let axis = EnergyAxis::new(480.0, 0.25, 400)?;
    /// let empty = FitSpectrum::new(axis, &[0.0; 400], 2.0, structure.window_ev)?;
    /// let areas = vec![900.0, 700.0, 1100.0, 1300.0];
    /// let own = SpectrumParameters { areas, step: 90.0, background: 150.0, exponent: 3.1 };
    /// let truth = Parameters::new(&[[531.2, 1.6], [533.4, 1.7], [538.8, 4.2], [544.1, 4.6]], &[own]);
    /// let model = expected_electrons(&structure, &truth, 0, &empty);
    /// // Scatter of the right size, and a peak of this height at 516 eV that the model lacks.
    /// let fit = |extra: f64| {
    ///     let sign = |i: usize| -> f64 { if (i as f64 * 0.618_033_988_75).fract() < 0.5 { -1.0 } else { 1.0 } };
    ///     let electrons = model.iter().zip(empty.energies_ev()).enumerate().map(|(i, (mu, e))| {
    ///         let mean: f64 = mu + extra * (-0.5 * (e - 516.0).powi(2)).exp();
    ///         mean + sign(i) * (mean + 2.0).sqrt()
    ///     });
    ///     joint_fit(&[empty.clone().with_electrons(electrons.collect())], &structure).unwrap()
    /// };
    /// assert_eq!(fit(0.0).gate(), Ok(()));
    /// assert!(fit(60.0).gate().unwrap_err().contains("chi squared"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn gate(&self) -> Result<(), String> {
        let pattern = self.spectra.iter().map(|spectrum| spectrum.pattern_share()).fold(0.0, f64::max);
        if pattern > MOST_PATTERN {
            return Err(format!(
                "the fixed pattern has {pattern:.2} times the counting variance, and the fit takes channels as independent"
            ));
        }
        match self.p() {
            Some(p) if p > LEAST_P => {}
            Some(p) => {
                return Err(format!(
                    "the model does not fit: chi squared {:.0} for {} degrees of freedom (p = {p:.1e})",
                    self.chi2, self.dof
                ));
            }
            None => return Err("there are no degrees of freedom left to test the model with".to_owned()),
        }
        let correlation = self.autocorrelation();
        if correlation >= MOST_AUTOCORRELATION {
            return Err(format!("residuals of neighbouring channels are correlated by {correlation:.2}"));
        }
        Ok(())
    }
}
