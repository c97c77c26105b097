//! Report to scene to picture: one description of panels, axes, series and labels, many painters.

mod bias;
mod comparison;
mod curves;
mod drops;
mod edge;
mod font;
mod headroom;
mod legend;
mod page;
pub mod pdf;
pub mod png;
mod rich;
mod roles;
mod scene;
mod style;
pub mod svg;
mod ticks;

pub use bias::{BiasedReport, drops_against_bias};
pub use comparison::comparison;
pub use curves::{Quantity, ShownCurve, ShownEdge, ShownValues};
pub use drops::drops;
pub use font::{FontFace, family_name};
pub use png::PictureError;
pub use rich::{RichText, Run, Script};
pub use roles::{Look, Roles};
pub use scene::{Align, Axis, Frame, Item, Label, LegendEntry, Panel, Scene};
pub use style::{Colour, Dash, Marker};
