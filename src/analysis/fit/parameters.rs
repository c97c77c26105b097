//! The parameters of a joint fit, and where each stands in the vector that is solved for.

/// What a joint fit finds, spectrum by spectrum: areas, continuum, background.
#[derive(Debug, Clone, PartialEq)]
pub struct SpectrumParameters {
    /// Area of every peak, electrons before plural scattering.
    pub areas: Vec<f64>,
    /// Height of the continuum step, electrons per eV.
    pub step: f64,
    /// Background in the middle of the fit window (geometric mean of its limits), electrons per channel.
    pub background: f64,
    /// Power-law exponent r of the background.
    pub exponent: f64,
}

/// Positions and widths shared by all spectra, then areas, continuum and background of each.
///
/// In the vector: positions (eV), logarithms of the full widths at half maximum, then for each spectrum its areas, step,
/// logarithm of the background, exponent.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    peaks: usize,
    values: Vec<f64>,
}

impl Parameters {
    /// From `shapes` (energy and full width at half maximum of every peak, eV) and what each spectrum has of its own.
    ///
    /// Widths and backgrounds must be above zero, since their logarithms are kept.
    ///
    /// # Panics
    /// When a spectrum has another number of areas than there are shapes.
    pub fn new(shapes: &[[f64; 2]], spectra: &[SpectrumParameters]) -> Self {
        let mut values: Vec<f64> = shapes.iter().map(|[energy, _]| *energy).collect();
        values.extend(shapes.iter().map(|[_, fwhm]| fwhm.ln()));
        for spectrum in spectra {
            assert_eq!(spectrum.areas.len(), shapes.len(), "one area for each peak");
            values.extend(&spectrum.areas);
            values.extend([spectrum.step, spectrum.background.ln(), spectrum.exponent]);
        }
        Self { peaks: shapes.len(), values }
    }

    pub(super) fn from_vector(peaks: usize, values: Vec<f64>) -> Self {
        Self { peaks, values }
    }

    /// Number of peaks.
    pub fn peaks(&self) -> usize {
        self.peaks
    }

    /// All of them in one vector.
    pub fn vector(&self) -> &[f64] {
        &self.values
    }

    pub(super) fn layout(&self) -> Layout {
        Layout { peaks: self.peaks }
    }

    /// Energy of peak `k`, eV.
    pub fn energy_ev(&self, k: usize) -> f64 {
        self.values[k]
    }

    /// Full width at half maximum of peak `k`, eV.
    pub fn fwhm_ev(&self, k: usize) -> f64 {
        self.values[self.peaks + k].exp()
    }

    /// Area of peak `k` in spectrum `s`, electrons.
    pub fn area(&self, s: usize, k: usize) -> f64 {
        self.values[self.layout().area(s, k)]
    }

    /// Height of the continuum step of spectrum `s`, electrons per eV.
    pub fn step(&self, s: usize) -> f64 {
        self.values[self.layout().step(s)]
    }

    /// Logarithm of the background of spectrum `s` in the middle of the window, and its exponent.
    pub(super) fn power_law(&self, s: usize) -> [f64; 2] {
        let at = self.layout().step(s) + 1;
        [self.values[at], self.values[at + 1]]
    }

    /// Power-law exponent of the background of spectrum `s`.
    pub fn exponent(&self, s: usize) -> f64 {
        self.power_law(s)[1]
    }
}

/// Where parameters stand in the vector, and in the rows of one spectrum's Jacobian (shapes first, then its own).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) peaks: usize,
}

impl Layout {
    /// Parameters that all spectra share.
    pub(super) fn shared(self) -> usize {
        2 * self.peaks
    }

    /// Parameters of one spectrum alone.
    pub(super) fn own(self) -> usize {
        self.peaks + 3
    }

    /// Columns of one spectrum's Jacobian.
    pub(super) fn columns(self) -> usize {
        self.shared() + self.own()
    }

    /// All parameters of `spectra` spectra.
    pub(super) fn total(self, spectra: usize) -> usize {
        self.shared() + spectra * self.own()
    }

    /// Where column `column` of spectrum `s` stands in the vector.
    pub(super) fn global(self, s: usize, column: usize) -> usize {
        if column < self.shared() { column } else { column + s * self.own() }
    }

    pub(super) fn area(self, s: usize, k: usize) -> usize {
        self.shared() + s * self.own() + k
    }

    pub(super) fn step(self, s: usize) -> usize {
        self.area(s, self.peaks)
    }
}
