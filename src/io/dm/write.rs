//! Writes DM4 files (little-endian values), laid out as Gatan software does: images, their calibrations and tags, and a
//! thumbnail when there is a picture to show.

/// Why a DM4 file cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DmWriteError {
    /// The axes and the samples disagree.
    #[error("image \"{title}\" has {samples} samples, but its axes hold {expected}")]
    Shape {
        /// Title of the image.
        title: String,
        /// Samples given.
        samples: usize,
        /// Samples that its axes hold.
        expected: usize,
    },
    /// An axis is longer than the format can say.
    #[error("image \"{title}\" has an axis of {size} elements; DM4 holds up to 4294967295")]
    AxisTooLong {
        /// Title of the image.
        title: String,
        /// Its size.
        size: usize,
    },
    /// A tag name is longer than the format can say.
    #[error("a tag name of {bytes} bytes is too long; DM4 holds up to 65535")]
    NameTooLong {
        /// Its length.
        bytes: usize,
    },
}

/// The value of a tag.
#[derive(Debug, Clone, PartialEq)]
pub enum Tag {
    /// Tags with names, in this order. An empty name makes a list entry.
    Group(Vec<(String, Tag)>),
    /// Text.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A signed 32-bit number.
    Int(i32),
    /// An unsigned 32-bit number.
    UInt(u32),
    /// A 64-bit floating-point number.
    Float(f64),
    /// A structure of unsigned 32-bit numbers.
    Struct(Vec<u32>),
    /// An array of samples.
    Samples(Samples),
}

impl Tag {
    /// A group of named tags.
    pub fn group<const N: usize>(entries: [(&str, Tag); N]) -> Self {
        Self::Group(entries.into_iter().map(|(name, tag)| (name.to_owned(), tag)).collect())
    }

    /// A group of unnamed tags.
    pub fn list(entries: impl IntoIterator<Item = Tag>) -> Self {
        Self::Group(entries.into_iter().map(|tag| (String::new(), tag)).collect())
    }

    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Samples of an image.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// 32-bit floating point.
    Float32(Vec<f32>),
    /// Unsigned 16-bit.
    UInt16(Vec<u16>),
    /// Blue, green, red, alpha.
    Colour(Vec<[u8; 4]>),
}

impl Samples {
    fn len(&self) -> usize {
        match self {
            Self::Float32(values) => values.len(),
            Self::UInt16(values) => values.len(),
            Self::Colour(values) => values.len(),
        }
    }

    /// Code of the array's elements, code of the image's pixels, bytes per pixel.
    fn codes(&self) -> (u64, u32, u32) {
        match self {
            Self::Float32(_) => (FLOAT32, 2, 4),
            Self::UInt16(_) => (UINT16, 10, 2),
            Self::Colour(_) => (INT32, 23, 4),
        }
    }
}

/// An axis of an image: element `k` has the calibrated value `offset + k * scale`.
#[derive(Debug, Clone, PartialEq)]
pub struct DmAxis {
    /// Number of elements.
    pub size: usize,
    /// Calibrated units per element; must not be zero.
    pub scale: f64,
    /// Calibrated value of element 0.
    pub offset: f64,
    /// Unit, such as `eV` or `nm`.
    pub unit: String,
}

/// An image with its tags.
#[derive(Debug, Clone, PartialEq)]
pub struct DmImage {
    /// Title.
    pub title: String,
    /// Axes, fastest first.
    pub axes: Vec<DmAxis>,
    /// Samples, the first axis fastest.
    pub samples: Samples,
    /// Calibrated units of intensity per raw count.
    pub intensity_scale: f64,
    /// Unit of intensity: `Counts`, or `e-` for electrons.
    pub intensity_unit: String,
    /// Number that other images refer to this one by.
    pub unique_id: [u32; 4],
    /// Metadata.
    pub tags: Vec<(String, Tag)>,
}

/// A DM4 file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DmFile {
    /// A small picture of the first image: width, height, pixels.
    pub thumbnail: Option<Thumbnail>,
    /// The images.
    pub images: Vec<DmImage>,
}

/// A small picture for file browsers.
#[derive(Debug, Clone, PartialEq)]
pub struct Thumbnail {
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Blue, green, red, alpha, row by row.
    pub pixels: Vec<[u8; 4]>,
}

const INT32: u64 = 3;
const UINT16: u64 = 4;
const UINT32: u64 = 5;
const FLOAT32: u64 = 6;
const FLOAT64: u64 = 7;
const BOOL: u64 = 8;
const STRUCT: u64 = 15;
const ARRAY: u64 = 20;

impl DmFile {
    /// The bytes of the file. Equal files give equal bytes.
    ///
    /// # Errors
    /// [`DmWriteError`] when the samples of an image do not fill its axes, or a number is beyond the format.
    pub fn to_bytes(&self) -> Result<Vec<u8>, DmWriteError> {
        let mut root = Vec::new();
        write_group(&mut root, &self.root()?)?;
        let mut bytes = Vec::with_capacity(root.len().saturating_add(24));
        bytes.extend(4_u32.to_be_bytes());
        bytes.extend((root.len() as u64).to_be_bytes());
        bytes.extend(1_u32.to_be_bytes());
        bytes.extend(root);
        bytes.extend([0; 8]);
        Ok(bytes)
    }

    fn root(&self) -> Result<Vec<(String, Tag)>, DmWriteError> {
        let thumbnail = self.thumbnail.as_ref().map(Thumbnail::to_image);
        let images = thumbnail.iter().chain(&self.images).map(image_tags).collect::<Result<Vec<_>, _>>()?;
        let first = u32::from(thumbnail.is_some());
        let sources = (0..).zip(first..).zip(&self.images).map(|((id, image), _)| {
            Tag::group([
                ("ClassName", Tag::text("ImageSource:Simple")),
                ("Id", Tag::list([Tag::UInt(id)])),
                ("ImageRef", Tag::UInt(image)),
            ])
        });
        let sources = Tag::list(sources);
        let thumbnails = Tag::list(thumbnail.iter().map(|_| Tag::group([("ImageIndex", Tag::UInt(0))])));
        let mut root = vec![
            ("ImageList".to_owned(), Tag::list(images)),
            ("ImageSourceList".to_owned(), sources),
            ("InImageMode".to_owned(), Tag::Bool(true)),
        ];
        if thumbnail.is_some() {
            root.push(("Thumbnails".to_owned(), thumbnails));
        }
        Ok(root)
    }
}

impl Thumbnail {
    fn to_image(&self) -> DmImage {
        let axis = |size| DmAxis { size, scale: 1.0, offset: 0.0, unit: String::new() };
        DmImage {
            title: "Image Of the first image".into(),
            axes: vec![axis(self.width), axis(self.height)],
            samples: Samples::Colour(self.pixels.clone()),
            intensity_scale: 1.0,
            intensity_unit: String::new(),
            unique_id: [0; 4],
            tags: Vec::new(),
        }
    }
}

fn image_tags(image: &DmImage) -> Result<Tag, DmWriteError> {
    let expected = image.axes.iter().map(|axis| axis.size).product();
    if image.samples.len() != expected {
        return Err(DmWriteError::Shape { title: image.title.clone(), samples: image.samples.len(), expected });
    }
    let size = |axis: &DmAxis| {
        let too_long = DmWriteError::AxisTooLong { title: image.title.clone(), size: axis.size };
        u32::try_from(axis.size).map(Tag::UInt).map_err(|_| too_long)
    };
    let sizes = image.axes.iter().map(size).collect::<Result<Vec<_>, _>>()?;
    let dimensions = image.axes.iter().map(|axis| calibration(-axis.offset / axis.scale, axis.scale, &axis.unit));
    let calibrations = Tag::group([
        ("Brightness", calibration(0.0, image.intensity_scale, &image.intensity_unit)),
        ("Dimension", Tag::list(dimensions)),
        ("DisplayCalibratedUnits", Tag::Bool(true)),
    ]);
    let (_, data_type, depth) = image.samples.codes();
    Ok(Tag::group([
        (
            "ImageData",
            Tag::group([
                ("Calibrations", calibrations),
                ("Data", Tag::Samples(image.samples.clone())),
                ("DataType", Tag::UInt(data_type)),
                ("Dimensions", Tag::list(sizes)),
                ("PixelDepth", Tag::UInt(depth)),
            ]),
        ),
        ("ImageTags", Tag::Group(image.tags.clone())),
        ("Name", Tag::text(&image.title)),
        ("UniqueID", Tag::list(image.unique_id.map(Tag::UInt))),
    ]))
}

/// Calibrated value = `(raw - origin) * scale`, origin in elements. Double precision, as other writers do.
fn calibration(origin: f64, scale: f64, unit: &str) -> Tag {
    // Zero must not become minus zero.
    Tag::group([("Origin", Tag::Float(origin + 0.0)), ("Scale", Tag::Float(scale)), ("Units", Tag::text(unit))])
}

fn write_group(out: &mut Vec<u8>, entries: &[(String, Tag)]) -> Result<(), DmWriteError> {
    out.extend([1, 0]);
    out.extend((entries.len() as u64).to_be_bytes());
    for (name, tag) in entries {
        out.push(if matches!(tag, Tag::Group(_)) { 20 } else { 21 });
        let length = u16::try_from(name.len()).map_err(|_| DmWriteError::NameTooLong { bytes: name.len() })?;
        out.extend(length.to_be_bytes());
        out.extend(name.as_bytes());
        let mut body = Vec::new();
        write_tag(&mut body, tag)?;
        out.extend((body.len() as u64).to_be_bytes());
        out.extend(body);
    }
    Ok(())
}

/// Writes the body of an entry: a group, or delimiter, information words and little-endian bytes.
fn write_tag(out: &mut Vec<u8>, tag: &Tag) -> Result<(), DmWriteError> {
    let mut put = |info: &[u64], bytes: &[u8]| {
        out.extend(b"%%%%");
        out.extend((info.len() as u64).to_be_bytes());
        info.iter().for_each(|word| out.extend(word.to_be_bytes()));
        out.extend(bytes);
    };
    match tag {
        Tag::Group(entries) => return write_group(out, entries),
        Tag::Text(text) => {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            put(&[ARRAY, UINT16, units.len() as u64 / 2], &units);
        }
        Tag::Bool(value) => put(&[BOOL], &[u8::from(*value)]),
        Tag::Int(value) => put(&[INT32], &value.to_le_bytes()),
        Tag::UInt(value) => put(&[UINT32], &value.to_le_bytes()),
        Tag::Float(value) => put(&[FLOAT64], &value.to_le_bytes()),
        Tag::Struct(values) => {
            let mut info = vec![STRUCT, 0, values.len() as u64];
            info.extend(values.iter().flat_map(|_| [0, UINT32]));
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            put(&info, &bytes);
        }
        Tag::Samples(samples) => {
            let bytes: Vec<u8> = match samples {
                Samples::Float32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
                Samples::UInt16(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
                Samples::Colour(values) => values.concat(),
            };
            put(&[ARRAY, samples.codes().0, samples.len() as u64], &bytes);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a big-endian number of `n` bytes.
    fn take(bytes: &mut &[u8], n: usize) -> u64 {
        let (head, tail) = bytes.split_at(n);
        *bytes = tail;
        head.iter().fold(0, |sum, b| sum << 8 | u64::from(*b))
    }

    /// Walks a group, checks every stated size, and lists `path: information words` of every value.
    fn walk(bytes: &mut &[u8], path: &str, seen: &mut Vec<String>) {
        assert_eq!(take(bytes, 2), 0x0100);
        for k in 0..take(bytes, 8) {
            let id = take(bytes, 1);
            let length = take(bytes, 2) as usize;
            let (name, rest) = bytes.split_at(length);
            *bytes = rest;
            let name = if name.is_empty() { k.to_string() } else { String::from_utf8(name.to_vec()).unwrap() };
            let size = take(bytes, 8) as usize;
            let (mut body, rest) = bytes.split_at(size);
            *bytes = rest;
            let path = format!("{path}/{name}");
            if id == 20 {
                walk(&mut body, &path, seen);
                assert!(body.is_empty(), "{path}");
            } else {
                assert_eq!((id, take(&mut body, 4)), (21, 0x2525_2525), "{path}");
                let info: Vec<u64> = (0..take(&mut body, 8)).map(|_| take(&mut body, 8)).collect();
                seen.push(format!("{path}: {info:?} {}", body.len()));
            }
        }
    }

    fn image(samples: usize) -> DmImage {
        DmImage {
            title: "scan".into(),
            axes: vec![
                DmAxis { size: 3, scale: 0.25, offset: 430.0, unit: "eV".into() },
                DmAxis { size: 2, scale: 0.03, offset: 0.0, unit: "nm".into() },
            ],
            samples: Samples::Float32(vec![1.5; samples]),
            intensity_scale: 1.0,
            intensity_unit: "Counts".into(),
            unique_id: [1, 2, 3, 4],
            tags: vec![("Sibling".into(), Tag::Struct(vec![5, 6, 7, 8]))],
        }
    }

    #[test]
    fn every_stated_size_is_exact_and_the_tree_is_that_of_the_format() {
        let thumbnail = Thumbnail { width: 1, height: 2, pixels: vec![[1, 2, 3, 255]; 2] };
        let bytes = DmFile { thumbnail: Some(thumbnail), images: vec![image(6)] }.to_bytes().unwrap();
        let mut rest = bytes.as_slice();
        assert_eq!(take(&mut rest, 4), 4);
        assert_eq!(take(&mut rest, 8), bytes.len() as u64 - 24);
        assert_eq!(take(&mut rest, 4), 1);
        let mut seen = Vec::new();
        walk(&mut rest, "", &mut seen);
        assert_eq!(rest, [0; 8]);
        for wanted in [
            "/ImageList/0/ImageData/Data: [20, 3, 2] 8",
            "/ImageList/1/ImageData/Data: [20, 6, 6] 24",
            "/ImageList/1/ImageData/Calibrations/Dimension/0/Units: [20, 4, 2] 4",
            "/ImageList/1/ImageData/Dimensions/1: [5] 4",
            "/ImageList/1/ImageTags/Sibling: [15, 0, 4, 0, 5, 0, 5, 0, 5, 0, 5] 16",
            "/Thumbnails/0/ImageIndex: [5] 4",
        ] {
            assert!(seen.iter().any(|entry| entry == wanted), "{wanted} in {seen:#?}");
        }
    }

    #[test]
    fn samples_that_do_not_fill_the_axes_are_refused() {
        let file = DmFile { thumbnail: None, images: vec![image(5)] };
        let error = DmWriteError::Shape { title: "scan".into(), samples: 5, expected: 6 };
        assert_eq!(file.to_bytes(), Err(error));
    }
}
