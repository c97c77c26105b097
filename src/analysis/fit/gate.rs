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
