//! Line scans with known truth, and the DM4 files that hold them.
