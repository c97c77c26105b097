//! The joint fit: what it promises on spectra of its own model.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "support/joint_fit.rs"]
mod joint_fit;

#[test]
fn fits_of_the_right_model_reach_the_bound_and_their_intervals_hold() {
    for (electrons_in_a, pairs) in [(2e3, 300), (2e4, 300), (2e5, 300)] {
        let start = std::time::Instant::now();
        for (figures, measure) in joint_fit::figures(pairs, electrons_in_a).into_iter().zip(["areas", "windows"]) {
            println!("{electrons_in_a:.0e} electrons in a, {measure}: {figures:.3?}");
            assert!(figures.rms_over_bound < 1.2, "{electrons_in_a} {measure}: {figures:?}");
            assert!((0.90..0.985).contains(&figures.coverage), "{electrons_in_a} {measure}: {figures:?}");
            assert!(figures.bias < 0.4, "{electrons_in_a} {measure}: {figures:?}");
        }
        println!("{:?}", start.elapsed());
    }
}
