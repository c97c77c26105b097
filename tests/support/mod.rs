//! What several tests share.

pub(crate) mod fake;
pub(crate) mod softrender;
