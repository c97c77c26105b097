//! Many spectra at once: maps of net intensity, subtracted spectra, shifts and principal components of line scans and
//! spectrum images, read tile by tile from where they lie.

mod align;
mod background;
mod model;
mod net;
mod pca;
mod subtract;

pub use align::{Shifts, shifts};
pub use background::{FitStatus, PixelBackgrounds};
pub use model::{MapInput, MapModel};
pub use net::{EdgeMaps, WindowMap, backgrounds, net_maps};
pub use pca::{Components, Denoised, WATERMARK, components};
pub use subtract::{Order, order, subtract};
