//! The image list: pixel type, dimensions, and where the samples lie in the file.

use super::calibration;
use super::header::Header;
use super::metadata::Settings;
use super::tag::Group;
use super::value::{Array, Element, Structs, Value};
use crate::io::bytes::long;
use crate::io::{Fault, ReadError, Source};
use crate::model::{Image, ImageKind, SampleArray, SampleType};

/// Image type code of a colour picture; thumbnails are of this type.
const RGBA: i64 = 23;

/// Every image that can be read, in the file's order. Those that cannot are named in `cautions`.
pub(super) fn read_all(
    source: &Source,
    header: &Header,
    root: &Group,
    cautions: &mut Vec<String>,
) -> Result<Vec<Image>, ReadError> {
    let list = root.group("ImageList").ok_or_else(|| missing(header, "the image list"))?;
    let thumbnails: Vec<i64> = root
        .group("Thumbnails")
        .map(|list| list.groups().flatten().filter_map(|entry| entry.whole(&["ImageIndex"])).collect())
        .unwrap_or_default();
    let mut images = Vec::new();
    for (index, group) in list.groups().enumerate() {
        let Some(group) = group else {
            cautions.push(format!("image {index} is left out: it is no group of tags"));
            continue;
        };
        let entry = Entry { source, header, index, group };
        let thumbnail = entry.is_thumbnail(&thumbnails);
        match entry.image(thumbnail, root, cautions) {
            Ok(Ok(image)) => images.push(image),
            Ok(Err(reason)) => cautions.push(format!("{} is left out: {reason}", entry.called())),
            // A damaged picture of the display costs no data.
            Err(error) if thumbnail => cautions.push(format!("{} is left out: {error}", entry.called())),
            Err(error) => return Err(error),
        }
    }
    Ok(images)
}

fn missing(header: &Header, what: &'static str) -> ReadError {
    ReadError::Malformed { format: header.format, at: 0, fault: Fault::Missing { what } }
}

/// One entry of the image list.
struct Entry<'s, 'g, 'a> {
    source: &'s Source<'s>,
    header: &'g Header,
    index: usize,
    group: &'g Group<'a>,
}

impl Entry<'_, '_, '_> {
    fn title(&self) -> String {
        self.group.text(&["Name"]).unwrap_or_default()
    }

    fn called(&self) -> String {
        let title = self.title();
        if title.is_empty() { format!("image {}", self.index) } else { format!("image {} (\"{title}\")", self.index) }
    }

    /// Named by the file as a thumbnail, or else a colour picture "Image Of" something.
    fn is_thumbnail(&self, named: &[i64]) -> bool {
        let named = named.iter().any(|&n| usize::try_from(n) == Ok(self.index));
        let picture = self.group.whole(&["ImageData", "DataType"]) == Some(RGBA);
        named || (picture && self.title().starts_with("Image Of"))
    }

    /// The image, or why it is left out.
    fn image(
        &self,
        thumbnail: bool,
        root: &Group,
        cautions: &mut Vec<String>,
    ) -> Result<Result<Image, String>, ReadError> {
        let Some(data) = self.group.group("ImageData") else { return Ok(Err("it has no data".to_owned())) };
        let mut dimensions = self.dimensions(data)?;
        let mut notes = Vec::new();
        if data.whole(&["DataType"]).is_some_and(is_packed)
            && let Some(width) = dimensions.first_mut()
        {
            let stored = (*width / 2).saturating_add(1);
            notes.push(format!(
                "packed complex samples: half of a Fourier transform, {stored} of its {width} columns, as stored"
            ));
            *width = stored;
        }
        let samples = match self.samples(data, &dimensions)? {
            Ok(samples) => samples,
            Err(reason) => return Ok(Err(reason)),
        };
        let settings = Settings::new(self.group, root);
        let signal = settings.text(&["Meta Data", "Signal"]).unwrap_or_default();
        let format = settings.text(&["Meta Data", "Format"]).unwrap_or_default();
        let calibrations = data.group("Calibrations");
        let (axes, kind) = calibration::axes(calibrations, &dimensions, &signal, &format, &mut notes);
        let intensity = calibration::intensity(calibrations, &mut notes);
        if !thumbnail {
            cautions.extend(notes.into_iter().map(|note| format!("{}: {note}", self.called())));
        }
        Ok(Ok(Image {
            index: self.index,
            title: self.title(),
            kind: if thumbnail { ImageKind::Thumbnail } else { kind },
            signal,
            axes,
            intensity,
            acquisition: settings.acquisition(),
            is_low_loss: settings.is_low_loss(),
            samples,
        }))
    }

    /// Sizes, fastest first, all above zero.
    fn dimensions(&self, data: &Group) -> Result<Vec<usize>, ReadError> {
        let group = data.group("Dimensions").ok_or_else(|| missing(self.header, "ImageData/Dimensions"))?;
        let count = long(group.entries.len());
        let limit = self.source.limits.dimensions;
        if count > limit {
            let format = self.header.format;
            return Err(ReadError::TooLarge { format, what: "the number of dimensions", value: count, limit });
        }
        let size = |value: &Value| match value {
            Value::Scalar(scalar) => scalar.whole().and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0),
            _ => None,
        };
        let sizes: Option<Vec<usize>> = group
            .entries
            .iter()
            .map(|entry| match &entry.node {
                super::tag::Node::Value(value) => size(value),
                super::tag::Node::Group(_) => None,
            })
            .collect();
        let image = self.index;
        let good = sizes.filter(|sizes| !sizes.is_empty());
        good.ok_or(ReadError::Malformed { format: self.header.format, at: 0, fault: Fault::Dimensions { image } })
    }

    /// The samples, or why they cannot be read. Type, element, depth and count must agree with one another.
    fn samples(&self, data: &Group, dimensions: &[usize]) -> Result<Result<SampleArray, String>, ReadError> {
        let code = data.whole(&["DataType"]).ok_or_else(|| missing(self.header, "ImageData/DataType"))?;
        let Some(stored) = data.value(&["Data"]) else { return Ok(Err("it has no data".to_owned())) };
        let (found, at) = match stored {
            // Real and imaginary parts of packed samples follow one another as plain numbers.
            Value::Array(Array { count, at, .. }) if is_packed(code) && count % 2 == 0 => (*count / 2, *at),
            Value::Array(Array { count, at, .. }) | Value::Structs(Structs { count, at, .. }) => (*count, *at),
            _ => return Ok(Err(format!("its data are {}", stored.name()))),
        };
        let Some(sample) = sample_type(code, stored) else { return Ok(Err(unsupported(code))) };
        let image = self.index;
        let fault = |fault| Err(ReadError::Malformed { format: self.header.format, at, fault });
        if !fits(sample, stored) && !fits_packed(code, stored) {
            return fault(Fault::SampleType { image, stated: sample.name(), found: stored.name() });
        }
        let expected = long(sample.size());
        match data.whole(&["PixelDepth"]) {
            Some(stated) if u64::try_from(stated) != Ok(expected) && !is_packed(code) => {
                return fault(Fault::PixelDepth { image, stated, expected });
            }
            _ => {}
        }
        let product = dimensions.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
        let Some(count) = product else { return fault(Fault::Dimensions { image }) };
        if long(count) != found {
            return fault(Fault::SampleCount { image, stated: long(count), found });
        }
        let bytes = self.source.bytes.clone();
        let left = self.source.bytes.bytes().len();
        let start = usize::try_from(at).unwrap_or(usize::MAX);
        SampleArray::new(bytes, start, count, sample, self.header.order).map(Ok).or_else(|_| {
            let wanted = found.saturating_mul(expected);
            fault(Fault::Truncated { what: "the samples", wanted, left: long(left.saturating_sub(start)) })
        })
    }
}

/// The type that an image type code stands for. Codes of 64-bit integers differ between versions of the program that
/// writes them, so these go by what is stored.
fn sample_type(code: i64, stored: &Value) -> Option<SampleType> {
    Some(match code {
        1 => SampleType::Int16,
        2 => SampleType::Float32,
        3 | PACKED_64 => SampleType::Complex64,
        6 => SampleType::UInt8,
        7 => SampleType::Int32,
        8 | RGBA => SampleType::Rgba8,
        9 => SampleType::Int8,
        10 => SampleType::UInt16,
        11 => SampleType::UInt32,
        12 => SampleType::Float64,
        13 | PACKED_128 => SampleType::Complex128,
        14 => SampleType::Bool,
        0 | 5 => return None,
        _ => match stored {
            Value::Array(Array { element: Element::I64, .. }) => SampleType::Int64,
            Value::Array(Array { element: Element::U64, .. }) => SampleType::UInt64,
            _ => return None,
        },
    })
}

fn unsupported(code: i64) -> String {
    match code {
        0 => "it is of the empty type".to_owned(),
        5 => "packed complex samples of the old kind (type 5) are not supported: their order is not known".to_owned(),
        _ => format!("its pixel type {code} is not known"),
    }
}

/// Image types of packed complex samples: the half plane of a real image's Fourier transform.
const PACKED_64: i64 = 27;
const PACKED_128: i64 = 28;

fn is_packed(code: i64) -> bool {
    matches!(code, PACKED_64 | PACKED_128)
}

/// Whether what is stored can be packed complex samples: plain numbers of half a sample's size.
fn fits_packed(code: i64, stored: &Value) -> bool {
    match stored {
        Value::Array(Array { element: Element::F32, .. }) => code == PACKED_64,
        Value::Array(Array { element: Element::F64, .. }) => code == PACKED_128,
        _ => false,
    }
}

/// Whether what is stored can be samples of this type: same size, and whole numbers or fractions alike.
fn fits(sample: SampleType, stored: &Value) -> bool {
    match (sample, stored) {
        (SampleType::Complex64, Value::Structs(pairs)) => pairs.fields == [Element::F32, Element::F32],
        (SampleType::Complex128, Value::Structs(pairs)) => pairs.fields == [Element::F64, Element::F64],
        (SampleType::Complex64 | SampleType::Complex128, _) | (_, Value::Structs(_)) => false,
        (_, Value::Array(array)) => {
            let fraction = matches!(array.element, Element::F32 | Element::F64);
            let wanted = matches!(sample, SampleType::Float32 | SampleType::Float64);
            fraction == wanted && array.element.size() == long(sample.size())
        }
        _ => false,
    }
}
