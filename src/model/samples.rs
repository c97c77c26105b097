//! Raw samples of an image, wherever their bytes live, converted to `f64` only when read.

use std::sync::Arc;

/// Bytes that stay put while somebody holds them: a memory map or a vector.
pub trait Bytes: Send + Sync + std::fmt::Debug {
    /// All bytes.
    fn bytes(&self) -> &[u8];
}

impl Bytes for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }
}

/// Byte order of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// Lowest byte first.
    Little,
    /// Highest byte first.
    Big,
}

/// The type of one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say all there is")]
pub enum SampleType {
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float32,
    Float64,
    Complex64,
    Complex128,
    Bool,
    /// Four bytes a pixel, lowest address first: blue, green, red, alpha.
    Rgba8,
}

impl SampleType {
    /// Bytes per sample.
    pub fn size(self) -> usize {
        match self {
            Self::Int8 | Self::UInt8 | Self::Bool => 1,
            Self::Int16 | Self::UInt16 => 2,
            Self::Int32 | Self::UInt32 | Self::Float32 | Self::Rgba8 => 4,
            Self::Int64 | Self::UInt64 | Self::Float64 | Self::Complex64 => 8,
            Self::Complex128 => 16,
        }
    }

    /// The name used in `moray info` (NumPy's names where they exist).
    pub fn name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::UInt8 => "uint8",
            Self::UInt16 => "uint16",
            Self::UInt32 => "uint32",
            Self::UInt64 => "uint64",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Complex64 => "complex64",
            Self::Complex128 => "complex128",
            Self::Bool => "bool",
            Self::Rgba8 => "rgba8",
        }
    }

    /// Whether a sample is one real number.
    pub fn is_real(self) -> bool {
        !matches!(self, Self::Complex64 | Self::Complex128 | Self::Rgba8)
    }
}

/// Why samples could not be described or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SamplesError {
    /// The bytes promised are not there.
    #[error("{wanted} bytes of samples from byte {offset}, but only {available} bytes are there")]
    OutOfRange {
        /// First byte of the samples.
        offset: u64,
        /// Bytes needed.
        wanted: u64,
        /// Bytes that exist in all.
        available: u64,
    },
}

/// A run of samples of one type inside some bytes. Reading converts; nothing is copied before.
#[derive(Debug, Clone)]
pub struct SampleArray {
    bytes: Arc<dyn Bytes>,
    offset: usize,
    len: usize,
    sample: SampleType,
    order: ByteOrder,
}

impl SampleArray {
    /// `len` samples of type `sample` from byte `offset` on.
    ///
    /// # Errors
    /// [`SamplesError::OutOfRange`] when the bytes end before the samples do.
    pub fn new(
        bytes: Arc<dyn Bytes>,
        offset: usize,
        len: usize,
        sample: SampleType,
        order: ByteOrder,
    ) -> Result<Self, SamplesError> {
        let available = bytes.bytes().len();
        let end = len.checked_mul(sample.size()).and_then(|size| size.checked_add(offset));
        match end {
            Some(end) if end <= available => Ok(Self { bytes, offset, len, sample, order }),
            _ => Err(SamplesError::OutOfRange {
                offset: offset as u64,
                wanted: (len as u64).saturating_mul(sample.size() as u64),
                available: available as u64,
            }),
        }
    }

    /// Samples held in memory as little-endian doubles.
    pub fn from_f64(values: &[f64]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self {
            bytes: Arc::new(bytes),
            offset: 0,
            len: values.len(),
            sample: SampleType::Float64,
            order: ByteOrder::Little,
        }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Type of a sample.
    pub fn sample_type(&self) -> SampleType {
        self.sample
    }

    /// Byte order of the samples.
    pub fn byte_order(&self) -> ByteOrder {
        self.order
    }

    /// The raw bytes of all samples.
    pub fn raw(&self) -> &[u8] {
        let end = self.offset + self.len * self.sample.size();
        self.bytes.bytes().get(self.offset..end).unwrap_or_default()
    }

    /// Adds samples `start..start + out.len()` to `out`; complex samples count by modulus, colour by the mean of
    /// red, green and blue. Samples past the end add nothing.
    pub fn add_to(&self, start: usize, out: &mut [f64]) {
        self.visit(start, out.len(), |k, value| out[k] += value);
    }

    /// Samples `start..start + count` as numbers, converted as in [`SampleArray::add_to`].
    pub fn read(&self, start: usize, count: usize) -> Vec<f64> {
        let count = count.min(self.len.saturating_sub(start));
        let mut out = vec![0.0; count];
        self.add_to(start, &mut out);
        out
    }

    /// Samples from `start` into `out`, converted as in [`SampleArray::add_to`]; those past the end are left as they are.
    pub fn read_into(&self, start: usize, out: &mut [f64]) {
        self.visit(start, out.len(), |k, value| out[k] = value);
    }

    /// The same in single precision; a plain copy when the samples are such in this machine's order.
    pub fn read_f32(&self, start: usize, out: &mut [f32]) {
        if self.sample == SampleType::Float32 && self.order == ByteOrder::Little {
            let end = start.saturating_add(out.len()).min(self.len);
            let raw = self.raw().get(start.min(end) * 4..end * 4).unwrap_or_default();
            out.iter_mut().zip(raw.as_chunks::<4>().0).for_each(|(value, bytes)| *value = f32::from_le_bytes(*bytes));
        } else {
            self.visit(start, out.len(), |k, value| out[k] = value as f32);
        }
    }

    /// Sum of `count` samples from `start`, in eight interleaved partial sums: one after the other, every addition
    /// would wait for the one before.
    pub fn sum(&self, start: usize, count: usize) -> f64 {
        let mut parts = [0.0; 8];
        self.visit(start, count, |k, value| parts[k % 8] += value);
        parts.iter().sum()
    }

    /// Calls `f(k, value)` for `count` samples from `start`, in order.
    pub fn visit(&self, start: usize, count: usize, mut f: impl FnMut(usize, f64)) {
        let size = self.sample.size();
        let end = start.saturating_add(count).min(self.len);
        let raw = self.raw().get(start.min(end) * size..end * size).unwrap_or_default();
        let little = self.order == ByteOrder::Little;
        macro_rules! each {
            ($type:ty, $width:literal) => {
                for (k, chunk) in raw.as_chunks::<$width>().0.iter().enumerate() {
                    let value = if little { <$type>::from_le_bytes(*chunk) } else { <$type>::from_be_bytes(*chunk) };
                    f(k, value as f64);
                }
            };
        }
        match self.sample {
            SampleType::Int8 => each!(i8, 1),
            SampleType::UInt8 => each!(u8, 1),
            SampleType::Bool => raw.iter().enumerate().for_each(|(k, &b)| f(k, f64::from(u8::from(b != 0)))),
            SampleType::Int16 => each!(i16, 2),
            SampleType::UInt16 => each!(u16, 2),
            SampleType::Int32 => each!(i32, 4),
            SampleType::UInt32 => each!(u32, 4),
            SampleType::Int64 => each!(i64, 8),
            SampleType::UInt64 => each!(u64, 8),
            SampleType::Float32 => each!(f32, 4),
            SampleType::Float64 => each!(f64, 8),
            SampleType::Complex64 => {
                for (k, pair) in raw.as_chunks::<8>().0.iter().enumerate() {
                    let [re, im] = halves(pair, little, f32::from_le_bytes, f32::from_be_bytes);
                    f(k, f64::from(re).hypot(f64::from(im)));
                }
            }
            SampleType::Complex128 => {
                for (k, pair) in raw.as_chunks::<16>().0.iter().enumerate() {
                    let [re, im] = halves(pair, little, f64::from_le_bytes, f64::from_be_bytes);
                    f(k, re.hypot(im));
                }
            }
            SampleType::Rgba8 => {
                for (k, [blue, green, red, _]) in raw.as_chunks::<4>().0.iter().enumerate() {
                    f(k, (f64::from(*blue) + f64::from(*green) + f64::from(*red)) / 3.0);
                }
            }
        }
    }
}

/// Splits one complex sample of `2 * N` bytes into its two numbers.
fn halves<T, const N: usize>(
    pair: &[u8],
    little: bool,
    from_le: fn([u8; N]) -> T,
    from_be: fn([u8; N]) -> T,
) -> [T; 2] {
    let part = |at: usize| {
        let mut bytes = [0; N];
        bytes.copy_from_slice(&pair[at..at + N]);
        if little { from_le(bytes) } else { from_be(bytes) }
    };
    [part(0), part(N)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_byte_orders_give_the_same_numbers() {
        let values = [1.5f32, -2.25, 1e6];
        let little: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let big: Vec<u8> = values.iter().flat_map(|v| v.to_be_bytes()).collect();
        let read = |bytes: Vec<u8>, order| {
            SampleArray::new(Arc::new(bytes), 0, 3, SampleType::Float32, order).unwrap().read(0, 3)
        };
        assert_eq!(read(little, ByteOrder::Little), vec![1.5, -2.25, 1e6]);
        assert_eq!(read(big, ByteOrder::Big), vec![1.5, -2.25, 1e6]);
    }

    #[test]
    fn complex_samples_read_as_their_modulus() {
        let bytes: Vec<u8> = [3.0f32, 4.0].iter().flat_map(|v| v.to_be_bytes()).collect();
        let array = SampleArray::new(Arc::new(bytes), 0, 1, SampleType::Complex64, ByteOrder::Big).unwrap();
        assert_eq!(array.read(0, 1), vec![5.0]);
    }

    #[test]
    fn samples_beyond_the_bytes_are_refused() {
        let bytes: Arc<dyn Bytes> = Arc::new(vec![0u8; 8]);
        assert!(SampleArray::new(bytes.clone(), 0, 3, SampleType::Float32, ByteOrder::Little).is_err());
        assert!(SampleArray::new(bytes, 4, usize::MAX, SampleType::Float32, ByteOrder::Little).is_err());
    }
}
