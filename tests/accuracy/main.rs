//! The accuracy that is promised, on simulated scans whose truth is known: every figure required of the program.
//!
//! `cargo test --release --test accuracy -- --ignored --nocapture` computes 500 scans a row and prints the table of
//! `docs/accuracy.md`; the tests that run always do the same with few scans, and allow for it. `MORAY_ACCURACY_SCANS`
//! sets another number of scans, `MORAY_ACCURACY_ROWS` chooses rows by parts of their names, separated by `;`.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod bound;
mod harder;
mod ideal;
mod parts;
mod real;
mod statistics;
mod table;
mod world;

#[path = "../support/diamond.rs"]
mod diamond;
#[path = "../support/joint_fit.rs"]
mod joint_fit;
#[path = "../support/shared.rs"]
mod shared;

use table::{Plan, hold, markdown, times};

/// Scans of a row in the full run.
const SCANS: u64 = 500;
/// Scans of a row in the tests that run always, and how many standard errors that allows.
const FEW: u64 = 24;
const SLACK: f64 = 4.0;

fn run(plan: &Plan) {
    let groups = [ideal::group(plan), harder::group(plan), parts::group(plan), real::group(plan)];
    println!("\n{}\n{}", markdown(&groups, plan.slack), times(&groups));
    hold(&groups, plan.slack);
}

fn few(scans: u64, only: &[&str]) -> Plan {
    Plan { scans, slack: SLACK, only: only.iter().map(ToString::to_string).collect() }
}

#[test]
#[ignore = "minutes: cargo test --release --test accuracy -- --ignored --nocapture"]
fn every_figure_is_as_required() {
    let set = |name: &str| std::env::var(name).ok();
    let scans = set("MORAY_ACCURACY_SCANS").map_or(SCANS, |scans| scans.parse().unwrap());
    let only = set("MORAY_ACCURACY_ROWS").map_or(Vec::new(), |rows| rows.split(';').map(str::to_owned).collect());
    run(&Plan { scans, slack: 0.0, only });
}

#[test]
fn the_ideal_world_in_few_scans_is_as_required_within_their_sampling_error() {
    run(&few(FEW, &["ideal, 2e4"]));
}

#[test]
fn patterns_and_mixtures_in_few_scans_are_as_required_within_their_sampling_error() {
    run(&few(FEW, &["shared, 3 %", "all: independent 3 %"]));
}

#[test]
fn parts_in_few_scans_are_as_required_within_their_sampling_error() {
    run(&few(FEW / 2, &["zero-loss", "Fourier", "spikes", "sites, HAADF", "diamond", ".dm3"]));
}
