//! Moray: how much did the O K peaks drop, at which oxygen site, and how sure are we?
//!
//! One library with two doors: the window (`ui`, feature `gui`) and the command line (`cli`). Floors, lowest first;
//! a floor names only floors below it, and `io` and `analysis` never name each other:
//!
//! | floor | what |
//! | --- | --- |
//! | [`progress`], [`model`] | quantities and shapes |
//! | [`io`], [`analysis`] | bytes in, model out; spectra in, report out |
//! | [`simulate`], [`document`] | line scans with known truth; session, commands, undo |
//! | [`figure`], [`export`] | report to scene to picture; report to tables |
//! | [`app`] | what both doors share: opening, worker |
//! | [`cli`], `ui` | the doors |

pub mod analysis;
pub mod app;
pub mod cli;
pub mod document;
mod error;
pub mod export;
pub mod figure;
pub mod io;
pub mod model;
pub mod progress;
pub mod simulate;
#[cfg(feature = "gui")]
pub mod ui;

pub use error::Error;
