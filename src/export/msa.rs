//! Single spectra as EMSA/MSA text (ISO 22029): the exchange format that every EELS program reads.

use std::io::{self, Write};

use crate::analysis::{Comparison, SiteCurve};
use crate::model::Acquisition;

use super::provenance::{Provenance, VERSION};

/// One spectrum on an even energy axis.
#[derive(Debug, Clone)]
pub struct MsaSpectrum<'a> {
    /// Title.
    pub title: &'a str,
    /// Energy of the first value, eV.
    pub first_ev: f64,
    /// Energy from one value to the next, eV.
    pub dispersion_ev: f64,
    /// What the values are, such as `Counts`.
    pub unit: &'a str,
    /// The values.
    pub values: &'a [f64],
    /// Settings, as far as they are known.
    pub acquisition: &'a Acquisition,
    /// Where it comes from, a line each.
    pub comments: &'a [String],
}

impl MsaSpectrum<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn write(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        let mut put = |name: &str, value: &str| writeln!(out, "#{name:<12}: {value}");
        put("FORMAT", "EMSA/MAS Spectral Data File")?;
        put("VERSION", "1.0")?;
        put("TITLE", &ascii(self.title))?;
        put("DATE", "")?;
        put("TIME", "")?;
        put("OWNER", "")?;
        put("NPOINTS", &self.values.len().to_string())?;
        put("NCOLUMNS", "1")?;
        put("XUNITS", "eV")?;
        put("YUNITS", &ascii(self.unit))?;
        put("DATATYPE", "Y")?;
        put("XPERCHAN", &self.dispersion_ev.to_string())?;
        put("OFFSET", &self.first_ev.to_string())?;
        put("SIGNALTYPE", "ELS")?;
        put("XLABEL", "Energy loss")?;
        let settings = [
            ("BEAMKV   -kV", self.acquisition.beam_energy_kev),
            ("CONVANGLE-mR", self.acquisition.convergence_semi_angle_mrad),
            ("COLLANGLE-mR", self.acquisition.collection_semi_angle_mrad),
            ("DWELLTIME-ms", self.acquisition.dwell_time_s.map(|seconds| seconds * 1e3)),
        ];
        for (name, value) in settings {
            if let Some(value) = value {
                put(name, &value.to_string())?;
            }
        }
        for comment in self.comments {
            put("COMMENT", &ascii(comment))?;
        }
        put("SPECTRUM", "Spectral Data Starts Here")?;
        self.values.iter().try_for_each(|value| writeln!(out, "{value}"))?;
        writeln!(out, "#ENDOFDATA   :")
    }
}

/// The format holds 7-bit text only; other letters, as names may have, become `?`.
fn ascii(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' }).collect()
}

/// The net spectrum of the reference and of every site at every edge, electrons on the calibrated axis: file names and
/// contents. Spectra with values that are no numbers, which the format cannot hold, are left out.
pub fn msa_files(comparison: &Comparison, provenance: &Provenance) -> Vec<(String, Vec<u8>)> {
    let acquisition = Acquisition::default();
    let mut comments = vec![format!("moray {VERSION}: net electrons, background subtracted, calibrated energies")];
    comments.extend(provenance.origin(comparison).lines().into_iter().skip(1));
    let mut files = Vec::new();
    for curves in &comparison.curves {
        let (Some(edge), [first, second, ..]) = (provenance.recipe.edge(&curves.edge), curves.energy_ev.as_slice())
        else {
            continue;
        };
        for curve in
            curves.spectra.iter().filter(|curve| !curve.net.is_empty() && curve.net.iter().all(|v| v.is_finite()))
        {
            let title = format!("{}, {}, {}", edge.name, curve.scan, curve.site);
            let spectrum = MsaSpectrum {
                title: &title,
                first_ev: *first,
                dispersion_ev: second - first,
                unit: "Electrons",
                values: &curve.net,
                acquisition: &acquisition,
                comments: &comments,
            };
            let mut bytes = Vec::new();
            // Writing to memory cannot fail.
            let _ = spectrum.write(&mut bytes);
            files.push((format!("{}-{}.msa", edge.slug(), file_part(curve)), bytes));
        }
    }
    files
}

/// Scan and site as a part of a file name on every system.
fn file_part(curve: &SiteCurve) -> String {
    let safe = |c: char| if c.is_control() || "/\\:*?\"<>|".contains(c) { '-' } else { c };
    format!("{}-{}", curve.scan, curve.site).chars().map(safe).collect()
}
