//! Strain of the Ti diamond: biased over pristine minus one, with what calibration and scan distortion add.

use serde::Serialize;

use super::diamond::{Diamond, Measured};
use super::error::ImageError;
use crate::analysis::numeric::normal_quantile;

/// Default one-sigma relative error of calibration and scan distortion between two pictures of one magnification.
///
/// Dimensionless; an assumption of our own, since pictures do not tell it.
pub const SYSTEMATIC: f64 = 0.003;

/// The strain of one diagonal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DiagonalStrain {
    /// Length in the reference, nm.
    pub reference_nm: Measured,
    /// Length in the picture, nm.
    pub length_nm: Measured,
    /// `length / reference - 1`.
    pub strain: f64,
    /// Standard deviation from the lattice fits.
    pub sigma_statistical: f64,
    /// Standard deviation from calibration and scan distortion.
    pub sigma_systematic: f64,
    /// Both, in quadrature.
    pub sigma: f64,
    /// 95 % interval from `sigma`.
    pub ci95: [f64; 2],
}

/// Strain of one diamond of the picture against the mean lattice of the reference; statistical errors only, since
/// calibration moves all of them alike.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LocalStrain {
    /// Across the picture, nm.
    pub x_nm: f64,
    /// Down the picture, nm.
    pub y_nm: f64,
    /// Strain of the short diagonal.
    pub short: Measured,
    /// Strain of the long diagonal.
    pub long: Measured,
}

/// Strain of both diagonals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Strain {
    /// Along the chain.
    pub short: DiagonalStrain,
    /// Across the chain.
    pub long: DiagonalStrain,
    /// Diamond by diamond.
    pub local: Vec<LocalStrain>,
}

/// Strain of a diamond against a reference, `biased / pristine - 1`, errors in quadrature; `systematic` is the relative
/// error of one length against the other by calibration and scan distortion ([`SYSTEMATIC`] for equal magnification).
///
/// Dimensionless; sigma is `(1 + strain)` times the root of the squared relative errors (linear error propagation), the
/// 95 % interval `strain` less and plus 1.96 sigma. Without whole diamonds there is no local strain.
///
/// # Errors
/// [`ImageError::Setting`] for a systematic error that is negative or not finite.
///
/// ```
/// use moray::analysis::image::{ColumnOptions, SYSTEMATIC, columns, diamond, strain};
/// use moray::model::{ProfileKind, SurveyImage};
/// use moray::simulate::Survey;
///
/// let measure = |survey: Survey| -> Result<_, Box<dyn std::error::Error>> {
///     let picture = SurveyImage::new(survey.record(ProfileKind::Haadf, 1), Some([survey.pixel_nm; 2]))?;
///     Ok(diamond(&columns(&picture, &ColumnOptions::default())?)?)
/// };
/// let pristine = measure(Survey::default())?;
/// let biased = measure(Survey { short_strain: -0.0125, long_strain: 0.0467, ..Survey::default() })?;
/// let strain = strain(&biased, &pristine, SYSTEMATIC)?;
/// assert!((strain.long.strain - 0.0467).abs() < 0.002);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn strain(diamond: &Diamond, reference: &Diamond, systematic: f64) -> Result<Strain, ImageError> {
    if !(systematic.is_finite() && systematic >= 0.0) {
        let must = "finite and not negative";
        return Err(ImageError::Setting { field: "the systematic error of strain", value: systematic, must });
    }
    let local = diamond.local.iter().map(|d| LocalStrain {
        x_nm: d.x_nm,
        y_nm: d.y_nm,
        short: ratio(d.short_nm, reference.short_nm),
        long: ratio(d.long_nm, reference.long_nm),
    });
    Ok(Strain {
        short: diagonal(diamond.short_nm, reference.short_nm, systematic),
        long: diagonal(diamond.long_nm, reference.long_nm, systematic),
        local: local.collect(),
    })
}

/// `a / b - 1` of independent numbers.
fn ratio(a: Measured, b: Measured) -> Measured {
    let relative = (a.sigma / a.value).hypot(b.sigma / b.value);
    Measured { value: a.value / b.value - 1.0, sigma: a.value / b.value * relative }
}

fn diagonal(length_nm: Measured, reference_nm: Measured, systematic: f64) -> DiagonalStrain {
    let Measured { value: strain, sigma: sigma_statistical } = ratio(length_nm, reference_nm);
    let sigma_systematic = (1.0 + strain) * systematic;
    let sigma = sigma_statistical.hypot(sigma_systematic);
    let reach = normal_quantile(0.975) * sigma;
    DiagonalStrain {
        reference_nm,
        length_nm,
        strain,
        sigma_statistical,
        sigma_systematic,
        sigma,
        ci95: [strain - reach, strain + reach],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_add_in_quadrature() {
        let a = Measured { value: 0.6, sigma: 0.0006 };
        let b = Measured { value: 0.5, sigma: 0.001 };
        let found = diagonal(a, b, 0.003);
        assert!((found.strain - 0.2).abs() < 1e-12);
        assert!((found.sigma_statistical - 1.2 * (1e-6_f64 + 4e-6).sqrt()).abs() < 1e-12);
        assert!((found.sigma - 1.2 * (1e-6_f64 + 4e-6 + 9e-6).sqrt()).abs() < 1e-12);
        assert!((found.ci95[1] - found.strain - 1.959_964 * found.sigma).abs() < 1e-7);
    }
}
