//! Named tags to settings of the microscope. Absent is absent; zero means "not set" in these files.

use super::tag::Group;
use crate::io::text::iso_date;
use crate::model::Acquisition;

/// Volts.
const VOLTAGE: &[&str] = &["Microscope Info", "Voltage"];
const MAGNIFICATION: &[&str] = &["Microscope Info", "Indicated Magnification"];
const CONVERGENCE: &[&str] = &["EELS", "Experimental Conditions", "Convergence semi-angle (mrad)"];
const COLLECTION: &[&str] = &["EELS", "Experimental Conditions", "Collection semi-angle (mrad)"];
/// Groups that describe a spectrum's recording, by signal.
const SPECTRUM_GROUPS: [&str; 2] = ["EELS", "CL"];
/// Time at each position, also of signals recorded along with spectra.
const PIXEL_TIME: &[&str] = &["SI", "Acquisition", "Pixel time (s)"];
/// Time at each pixel of a scanned picture, microseconds.
const SAMPLE_TIME_US: &[&str] = &["DigiScan", "Sample Time"];
const LOW_LOSS: &[&str] = &["EELS", "Acquisition", "Is dual acquire low-loss"];
/// Dates in the order of preference; mostly locale-dependent text.
const DATES: [&[&str]; 4] = [
    &["EELS", "Acquisition", "Date"],
    &["SI", "Acquisition", "Date"],
    &["DataBar", "Acquisition Date"],
    &["Timestamp"],
];
/// Names of the instrument, the operator's own first.
const INSTRUMENTS: [&[&str]; 4] = [
    &["Session Info", "Microscope"],
    &["Microscope Info", "Microscope"],
    &["Microscope Info", "Name"],
    &["EELS Spectrometer", "Instrument name"],
];
/// Where a stack-building plug-in keeps the tags of the original.
const ORIGINAL: &[&str] = &["ImageTags", "source", "Tags at creation"];

/// The settings of one image, wherever the file keeps them.
pub(super) struct Settings<'g, 'a> {
    places: Vec<&'g Group<'a>>,
}

impl<'g, 'a> Settings<'g, 'a> {
    /// Settings of an entry of the image list; `root` holds those that concern the whole file.
    pub(super) fn new(entry: &'g Group<'a>, root: &'g Group<'a>) -> Self {
        let places = [entry.group("ImageTags"), entry.descend(ORIGINAL), Some(root)];
        Self { places: places.into_iter().flatten().collect() }
    }

    /// The text at a path, if there is any.
    pub(super) fn text(&self, path: &[&str]) -> Option<String> {
        self.places.iter().find_map(|place| place.text(path))
    }

    fn positive(&self, path: &[&str]) -> Option<f64> {
        let good = |value: &f64| value.is_finite() && *value > 0.0;
        self.places.iter().find_map(|place| place.number(path).filter(good))
    }

    /// Whether the file marks the image as the low-loss half of a dual-EELS pair.
    pub(super) fn is_low_loss(&self) -> bool {
        self.places.iter().any(|place| place.number(LOW_LOSS).is_some_and(|value| value != 0.0))
    }

    pub(super) fn acquisition(&self) -> Acquisition {
        let instrument = |path: &&[&str]| self.text(path).filter(|name| name != "Unknown");
        Acquisition {
            beam_energy_kev: self.positive(VOLTAGE).map(|volts| volts / 1e3),
            convergence_semi_angle_mrad: self.positive(CONVERGENCE),
            collection_semi_angle_mrad: self.positive(COLLECTION),
            dwell_time_s: self.dwell_time_s(),
            frames: self.frames(),
            magnification: self.positive(MAGNIFICATION),
            date: DATES.iter().find_map(|path| self.text(path)).map(|date| iso_date(&date)),
            instrument: INSTRUMENTS.iter().find_map(instrument),
        }
    }

    fn frames(&self) -> Option<u32> {
        let frames =
            |group| self.places.iter().find_map(|place| place.whole(&[group, "Acquisition", "Number of frames"]));
        SPECTRUM_GROUPS.into_iter().find_map(frames).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0)
    }

    /// Time at each position: the stated total, or exposure times frames, or the time of a pixel.
    fn dwell_time_s(&self) -> Option<f64> {
        let total = |group| self.positive(&[group, "Acquisition", "Integration time (s)"]);
        let exposure = |group| self.positive(&[group, "Acquisition", "Exposure (s)"]);
        let frames = f64::from(self.frames().unwrap_or(1));
        SPECTRUM_GROUPS
            .into_iter()
            .find_map(|group| total(group).or_else(|| Some(exposure(group)? * frames)))
            .or_else(|| self.positive(PIXEL_TIME))
            .or_else(|| self.positive(SAMPLE_TIME_US).map(|us| us * 1e-6))
    }
}
