//! Moray
