//! How much a file may ask for before it is refused.

/// Limits that keep a damaged or hostile file from using up memory, stack or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Depth of nested tag groups. Real files: up to 15. Default 64.
    pub depth: u32,
    /// Number of tags in all. Real files: a few hundred, with many annotations some thousands. Default 2 million.
    pub tags: u64,
    /// Fields of one structure. Real files: up to 8. Default 1024.
    pub fields: u64,
    /// Dimensions of one image. Real files: up to 4. Default 8.
    pub dimensions: u64,
    /// Bytes of a text spectrum, which is read whole. Default 256 MiB.
    pub text_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 64, tags: 2_000_000, fields: 1024, dimensions: 8, text_bytes: 256 << 20 }
    }
}
