//! Whether the site that lost more is the same one, however peaks are normalised.

use super::EdgeResult;

/// Differences beyond this many sigma are taken for real.
const CLEAR_SIGMA: f64 = 1.96;

impl EdgeResult {
    /// One sentence for each pair of sites that is compared: whether their order survives the other normalisations.
    ///
    /// An order turns round when two normalisations differ in its sign, both beyond 1.96 sigma of the difference of the two
    /// drops (taken as independent, which is wide, for they share the reference). Own construction.
    pub fn orderings(&self) -> Vec<String> {
        let first = self.peaks.iter().find(|peak| !peak.site_against_site.is_empty());
        let pairs = first.into_iter().flat_map(|peak| &peak.site_against_site);
        pairs.filter_map(|pair| self.ordering(&pair.scan, &pair.site, &pair.against)).collect()
    }

    /// The sentence for one pair of sites; `None` where no drop of both is known.
    pub fn ordering(&self, scan: &str, first: &str, second: &str) -> Option<String> {
        let signs = self.signs(scan, [first, second]);
        if signs.iter().all(|(_, z)| z.is_empty()) {
            return None;
        }
        let more = |sign: f64| signs.iter().all(|(_, z)| z.iter().all(|z| sign * z > 0.0) && clear(z, sign));
        let turned = self.turned(scan, [first, second]);
        Some(if !turned.is_empty() {
            format!("Which of {first} and {second} lost more at {} depends on the normalisation", turned.join(", "))
        } else if more(1.0) {
            format!("{first} lost more than {second} at every peak, however it is normalised")
        } else if more(-1.0) {
            format!("{second} lost more than {first} at every peak, however it is normalised")
        } else {
            format!(
                "Which of {first} and {second} lost more does not turn round with the normalisation, as far as it is significant"
            )
        })
    }

    /// Peaks at which the order of two sites turns round.
    pub(in crate::analysis) fn turned(&self, scan: &str, sites: [&str; 2]) -> Vec<&str> {
        let signs = self.signs(scan, sites).into_iter();
        signs.filter(|(_, z)| clear(z, 1.0) && clear(z, -1.0)).map(|(peak, _)| peak).collect()
    }

    /// Every peak with the differences of its drops at two sites, in sigma, by every normalisation.
    fn signs(&self, scan: &str, sites: [&str; 2]) -> Vec<(&str, Vec<f64>)> {
        let peaks = self.peaks.iter().filter(|peak| peak.label != self.normalisation.peak);
        peaks.map(|peak| (peak.label.as_str(), self.differences(scan, sites, &peak.label))).collect()
    }

    /// Drop of the first site minus that of the second in sigma, by every normalisation.
    fn differences(&self, scan: &str, sites: [&str; 2], label: &str) -> Vec<f64> {
        let usual = |site: &str| {
            let peak = self.peaks.iter().find(|peak| peak.label == label)?;
            let at = peak.sites.iter().find(|at| at.scan == scan && at.site == site)?;
            at.drop.zip(at.drop_sigma)
        };
        let other = |by: usize, site: &str| {
            let drops = self.other_normalisations[by].drops.iter();
            let mut found = drops.filter(|at| at.scan == scan && at.site == site && at.peak == label);
            found.next().map(|at| (at.drop, at.drop_sigma))
        };
        let z = |both: [Option<(f64, f64)>; 2]| {
            let [(a, a_sigma), (b, b_sigma)] = [both[0]?, both[1]?];
            let sigma = a_sigma.hypot(b_sigma);
            (sigma > 0.0).then(|| (a - b) / sigma)
        };
        let others = (0..self.other_normalisations.len()).map(|by| z(sites.map(|site| other(by, site))));
        std::iter::once(z(sites.map(usual))).chain(others).flatten().collect()
    }
}

/// Whether one of these differences is significant in this direction.
fn clear(z: &[f64], sign: f64) -> bool {
    z.iter().any(|z| sign * z > CLEAR_SIGMA)
}
