//! Units as files write them.

/// The unit of energy that a text names, as eV per unit: `eV`, `keV`, `meV`, alone or as in `Energy Loss (eV)`.
pub(super) fn ev_per_unit(text: &str) -> Option<f64> {
    match bare(text) {
        "eV" | "ev" | "EV" => Some(1.0),
        "keV" | "kev" | "KeV" | "KEV" => Some(1e3),
        "meV" | "mev" => Some(1e-3),
        _ => None,
    }
}

/// The unit inside the last brackets, or the whole text without blanks around it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let inside = text.strip_suffix([')', ']']).and_then(|t| t.rsplit_once(['(', '[']));
    inside.map_or(text, |(_, unit)| unit.trim())
}

/// Whether a signal is counted by photon or electron energy of another kind than energy loss.
pub(super) fn is_other_spectroscopy(signal: &str) -> bool {
    let signal = signal.trim().to_ascii_lowercase();
    ["x-ray", "xray", "eds", "edx", "wds", "cl", "pl", "raman", "aes", "pes", "xrf", "cls", "gam"]
        .iter()
        .any(|other| signal == *other || signal.starts_with(&format!("{other}_")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energies_are_known_alone_and_inside_a_label() {
        assert_eq!(ev_per_unit(" eV"), Some(1.0));
        assert_eq!(ev_per_unit("keV"), Some(1e3));
        assert_eq!(ev_per_unit("Energy Loss (eV)"), Some(1.0));
        assert_eq!(ev_per_unit("nm"), None);
        assert_eq!(ev_per_unit("MeV"), None);
        assert_eq!(ev_per_unit(""), None);
    }
}
