//! DM3 and DM4 files byte by byte, written from the description of the format alone.
#![allow(dead_code, reason = "not every test that includes this needs all of it")]

/// Version and byte order of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dm {
    /// 3 or 4.
    pub version: u32,
    /// Whether values are big-endian.
    pub big: bool,
}

/// All four kinds of file.
pub const ALL: [Dm; 4] = [
    Dm { version: 3, big: false },
    Dm { version: 3, big: true },
    Dm { version: 4, big: false },
    Dm { version: 4, big: true },
];

/// A tag's body.
#[derive(Debug, Clone)]
pub enum Node {
    Group(Vec<(Vec<u8>, Node)>),
    /// Words of the description, bytes of the value.
    Data(Vec<u64>, Vec<u8>),
}

/// A group of named nodes.
pub fn group<const N: usize>(entries: [(&str, Node); N]) -> Node {
    Node::Group(entries.into_iter().map(|(name, node)| (name.as_bytes().to_vec(), node)).collect())
}

/// A group of nameless nodes.
pub fn list(nodes: Vec<Node>) -> Node {
    Node::Group(nodes.into_iter().map(|node| (Vec::new(), node)).collect())
}

/// Adds an entry to a group.
pub fn push(node: &mut Node, name: &[u8], entry: Node) {
    let Node::Group(entries) = node else { panic!("no group") };
    entries.push((name.to_vec(), entry));
}

macro_rules! bytes_of {
    ($self:expr, $values:expr) => {
        $values.iter().flat_map(|v| if $self.big { v.to_be_bytes() } else { v.to_le_bytes() }).collect::<Vec<u8>>()
    };
}

impl Dm {
    pub fn i32(self, value: i32) -> Node {
        Node::Data(vec![3], bytes_of!(self, [value]))
    }
    pub fn u32(self, value: u32) -> Node {
        Node::Data(vec![5], bytes_of!(self, [value]))
    }
    pub fn f32(self, value: f32) -> Node {
        Node::Data(vec![6], bytes_of!(self, [value]))
    }
    pub fn f64(self, value: f64) -> Node {
        Node::Data(vec![7], bytes_of!(self, [value]))
    }
    pub fn bool(self, value: bool) -> Node {
        Node::Data(vec![8], vec![u8::from(value)])
    }
    pub fn text(self, text: &str) -> Node {
        let units: Vec<u16> = text.encode_utf16().collect();
        Node::Data(vec![20, 4, units.len() as u64], bytes_of!(self, units))
    }
    pub fn f32s(self, values: &[f32]) -> Node {
        Node::Data(vec![20, 6, values.len() as u64], bytes_of!(self, values))
    }
    pub fn i32s(self, values: &[i32]) -> Node {
        Node::Data(vec![20, 3, values.len() as u64], bytes_of!(self, values))
    }
    /// An array whose elements are given as little-endian bytes of `width` each, turned round when needed.
    pub fn array(self, code: u64, width: usize, little: &[u8]) -> Node {
        Node::Data(vec![20, code, (little.len() / width) as u64], self.turned(width, little))
    }
    /// An array of pairs, in the same way.
    pub fn pairs(self, code: u64, width: usize, little: &[u8]) -> Node {
        let count = (little.len() / width / 2) as u64;
        Node::Data(vec![20, 15, 0, 2, 0, code, 0, code, count], self.turned(width, little))
    }
    fn turned(self, width: usize, little: &[u8]) -> Vec<u8> {
        let turn = |chunk: &[u8]| if self.big { chunk.iter().rev().copied().collect() } else { chunk.to_vec() };
        little.chunks(width).flat_map(turn).collect()
    }

    /// One dimension's calibration.
    pub fn calibration(self, origin: f32, scale: f32, units: &str) -> Node {
        group([("Origin", self.f32(origin)), ("Scale", self.f32(scale)), ("Units", self.text(units))])
    }

    /// An entry of the image list; `dimensions` fastest first.
    pub fn image(self, name: &str, code: i32, depth: i32, dimensions: &[u32], data: Node, axes: Vec<Node>) -> Node {
        let dimensions = list(dimensions.iter().map(|&n| self.u32(n)).collect());
        let brightness = self.calibration(0.0, 1.0, "");
        group([
            (
                "ImageData",
                group([
                    ("Calibrations", group([("Brightness", brightness), ("Dimension", list(axes))])),
                    ("Data", data),
                    ("DataType", self.i32(code)),
                    ("Dimensions", dimensions),
                    ("PixelDepth", self.i32(depth)),
                ]),
            ),
            ("ImageTags", group([])),
            ("Name", self.text(name)),
        ])
    }

    /// A file of these images.
    pub fn images(self, images: Vec<Node>) -> Vec<u8> {
        self.file(&group([("ImageList", list(images))]))
    }

    /// A file with this root.
    pub fn file(self, root: &Node) -> Vec<u8> {
        let mut body = Vec::new();
        self.body(root, &mut body);
        let mut out = self.version.to_be_bytes().to_vec();
        self.word(body.len() as u64 + 4, &mut out);
        out.extend(u32::from(!self.big).to_be_bytes());
        out.extend(body);
        out.extend([0; 8]);
        out
    }

    fn word(self, value: u64, out: &mut Vec<u8>) {
        if self.version == 4 {
            out.extend(value.to_be_bytes());
        } else {
            out.extend((value as u32).to_be_bytes());
        }
    }

    fn body(self, node: &Node, out: &mut Vec<u8>) {
        match node {
            Node::Group(entries) => {
                out.extend([1, 0]);
                self.word(entries.len() as u64, out);
                entries.iter().for_each(|(name, node)| self.entry(name, node, out));
            }
            Node::Data(info, bytes) => {
                out.extend(b"%%%%");
                self.word(info.len() as u64, out);
                info.iter().for_each(|&word| self.word(word, out));
                out.extend(bytes);
            }
        }
    }

    fn entry(self, name: &[u8], node: &Node, out: &mut Vec<u8>) {
        out.push(if matches!(node, Node::Group(_)) { 20 } else { 21 });
        out.extend((name.len() as u16).to_be_bytes());
        out.extend(name);
        let mut body = Vec::new();
        self.body(node, &mut body);
        if self.version == 4 {
            out.extend((body.len() as u64).to_be_bytes());
        }
        out.extend(body);
    }
}

/// Adds tags to an image made by [`Dm::image`].
pub fn tag(image: &mut Node, path: &[&str], value: Node) {
    let mut node = image;
    let (last, parents) = path.split_last().unwrap();
    for name in std::iter::once(&"ImageTags").chain(parents) {
        let Node::Group(entries) = node else { panic!("no group") };
        if !entries.iter().any(|(known, _)| known == name.as_bytes()) {
            entries.push((name.as_bytes().to_vec(), group([])));
        }
        node = entries.iter_mut().find(|(known, _)| known == name.as_bytes()).map(|(_, node)| node).unwrap();
    }
    push(node, last.as_bytes(), value);
}
