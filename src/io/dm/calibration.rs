//! Calibrations: which axis is which, and where element 0 lies.

use super::tag::Group;
use crate::io::units::{ev_per_unit, is_other_spectroscopy};
use crate::model::{Axis, AxisKind, ImageKind, IntensityCalibration, nm_per_unit};

/// `(k - origin) * scale` in `unit`: the origin is in elements, so element 0 has the value `-origin * scale`.
struct Calibration {
    origin: f64,
    scale: f64,
    unit: String,
}

impl Calibration {
    /// Missing numbers mean origin 0, scale 1; a scale of zero or a value that is no number does too, with a note.
    fn read(group: Option<&Group>, what: &str, notes: &mut Vec<String>) -> Self {
        let number = |name| group.and_then(|group| group.number(&[name]));
        let origin = number("Origin").unwrap_or(0.0);
        let scale = number("Scale").unwrap_or(1.0);
        let unit = group.and_then(|group| group.text(&["Units"])).unwrap_or_default();
        if origin.is_finite() && scale.is_finite() && scale != 0.0 && (origin * scale).is_finite() {
            return Self { origin, scale, unit };
        }
        notes.push(format!("the scale of {what} ({scale}, origin {origin}) is unusable; taken as 1 from 0"));
        Self { origin: 0.0, scale: 1.0, unit }
    }

    /// Calibrated value of element 0, or of raw 0 (never a negative zero).
    fn offset(&self) -> f64 {
        (0.0 - self.origin) * self.scale + 0.0
    }
}

/// Meaning of raw values.
pub(super) fn intensity(calibrations: Option<&Group>, notes: &mut Vec<String>) -> IntensityCalibration {
    let group = calibrations.and_then(|group| group.group("Brightness"));
    let calibration = Calibration::read(group, "intensity", notes);
    IntensityCalibration { offset: calibration.offset(), scale: calibration.scale, unit: calibration.unit }
}

/// The axes, slowest first, and what the image is. `dimensions` are fastest first, as the file lists them.
pub(super) fn axes(
    calibrations: Option<&Group>,
    dimensions: &[usize],
    signal: &str,
    format: &str,
    notes: &mut Vec<String>,
) -> (Vec<Axis>, ImageKind) {
    let list = calibrations.and_then(|group| group.group("Dimension"));
    let mut groups = list.into_iter().flat_map(Group::groups);
    let read: Vec<Calibration> = (0..dimensions.len())
        .map(|d| Calibration::read(groups.next().flatten(), &format!("dimension {d}"), notes))
        .collect();
    let spectral = spectral_dimension(&read, format);
    let mut axes: Vec<Axis> = read.into_iter().zip(dimensions).map(|(c, &size)| plain_axis(c, size)).collect();
    if let Some(axis) = spectral.and_then(|d| axes.get_mut(d)) {
        mark_spectral(axis, signal, notes);
    }
    let kind = kind(dimensions, spectral);
    axes.reverse();
    (axes, kind)
}

/// The one dimension with a unit of energy. When none or several have one, the file's `Meta Data/Format` decides:
/// spectra lie along the fastest dimension of up to two, and along the slowest of three.
fn spectral_dimension(calibrations: &[Calibration], format: &str) -> Option<usize> {
    let energies: Vec<usize> = (calibrations.iter().enumerate())
        .filter(|(_, calibration)| ev_per_unit(&calibration.unit).is_some())
        .map(|(d, _)| d)
        .collect();
    if let [only] = energies.as_slice() {
        return Some(*only);
    }
    match (format.trim().to_ascii_lowercase().as_str(), calibrations.len()) {
        ("spectrum" | "spectrum image", 1 | 2) => Some(0),
        ("spectrum image", 3) => Some(2),
        _ => None,
    }
}

fn plain_axis(calibration: Calibration, size: usize) -> Axis {
    let kind = if nm_per_unit(&calibration.unit).is_some() { AxisKind::Position } else { AxisKind::Other };
    Axis { kind, size, scale: calibration.scale, offset: calibration.offset(), unit: calibration.unit }
}

/// Marks the axis of the spectra: energy loss in eV when its unit is an energy (or missing, for EELS) and the signal
/// is no other spectroscopy; a wavelength, say, is an axis of another kind.
fn mark_spectral(axis: &mut Axis, signal: &str, notes: &mut Vec<String>) {
    axis.kind = AxisKind::Other;
    if is_other_spectroscopy(signal) {
        return;
    }
    let per_unit = match ev_per_unit(&axis.unit) {
        Some(per_unit) => per_unit,
        None if signal.trim().eq_ignore_ascii_case("EELS") && axis.unit.is_empty() => {
            notes.push("the energy axis has no unit; taken as eV".to_owned());
            1.0
        }
        None => return,
    };
    axis.kind = AxisKind::EnergyLoss;
    axis.scale *= per_unit;
    axis.offset *= per_unit;
    "eV".clone_into(&mut axis.unit);
}

/// Dimensions of size 1 count for nothing.
fn kind(dimensions: &[usize], spectral: Option<usize>) -> ImageKind {
    let others = dimensions.iter().enumerate().filter(|(d, size)| Some(*d) != spectral && **size > 1).count();
    match (spectral, others) {
        (Some(_), 0) => ImageKind::Spectrum,
        (Some(_), 1) => ImageKind::LineScan,
        (Some(_), _) => ImageKind::SpectrumImage,
        (None, 0..=2) => ImageKind::Image,
        (None, _) => ImageKind::Stack,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibrations(units: &[&str]) -> Vec<Calibration> {
        units.iter().map(|unit| Calibration { origin: 0.0, scale: 1.0, unit: (*unit).to_owned() }).collect()
    }

    #[test]
    fn the_unit_of_energy_decides_wherever_it_lies() {
        for (units, expected) in [(["eV", "nm", "nm"], 0), (["nm", "eV", ""], 1), (["nm", "nm", "keV"], 2)] {
            assert_eq!(spectral_dimension(&calibrations(&units), ""), Some(expected));
        }
    }

    #[test]
    fn without_such_a_unit_the_format_decides_by_rank() {
        assert_eq!(spectral_dimension(&calibrations(&["nm", "nm"]), "Spectrum image"), Some(0));
        assert_eq!(spectral_dimension(&calibrations(&["", "", ""]), "Spectrum image"), Some(2));
        assert_eq!(spectral_dimension(&calibrations(&["eV", "eV"]), "Spectrum image"), Some(0));
        assert_eq!(spectral_dimension(&calibrations(&["", ""]), "Image"), None);
        assert_eq!(spectral_dimension(&calibrations(&["", "", "", ""]), "Spectrum image"), None);
    }

    #[test]
    fn a_negative_origin_starts_the_axis_above_zero() {
        let calibration = Calibration { origin: -700.0, scale: 0.5, unit: "eV".into() };
        assert_eq!(calibration.offset(), 350.0);
        let zero = Calibration { origin: 0.0, scale: -1.0, unit: String::new() };
        assert!(zero.offset().is_sign_positive());
    }

    #[test]
    fn kilo_electron_volts_become_electron_volts() {
        let mut axis = plain_axis(Calibration { origin: -1.0, scale: 0.0005, unit: "keV".into() }, 8);
        mark_spectral(&mut axis, "EELS", &mut Vec::new());
        assert_eq!((axis.kind, axis.scale, axis.offset, axis.unit.as_str()), (AxisKind::EnergyLoss, 0.5, 0.5, "eV"));
    }

    #[test]
    fn x_ray_energies_are_no_energy_loss() {
        let mut axis = plain_axis(calibrations(&["keV"]).remove(0), 8);
        mark_spectral(&mut axis, "X-ray", &mut Vec::new());
        assert_eq!((axis.kind, axis.unit.as_str()), (AxisKind::Other, "keV"));
    }
}
