//! Paints egui's triangles on the CPU, so that pictures of the window need no GPU, display or library.

use std::collections::HashMap;

use egui::epaint::{ImageDelta, Mesh, Primitive, Vertex};
use egui::{Color32, Context, FullOutput, ImageData, Rect, TextureFilter, TextureId, TextureOptions, TextureWrapMode};
use egui_kittest::TestRenderer;
use image::RgbaImage;

/// Sub-pixel steps of vertex positions, as GPUs have them.
const SUB: f32 = 256.0;

struct Texture {
    size: [usize; 2],
    pixels: Vec<Color32>,
    options: TextureOptions,
}

/// The renderer.
#[derive(Default)]
pub(crate) struct SoftRenderer {
    textures: HashMap<TextureId, Texture>,
}

impl TestRenderer for SoftRenderer {
    fn handle_delta(&mut self, delta: &mut egui::TexturesDelta) {
        for (id, deltas) in delta.set.drain() {
            deltas.iter().for_each(|delta| self.set(id, delta));
        }
        for id in delta.free.drain() {
            self.textures.remove(&id);
        }
    }

    fn render(&mut self, ctx: &Context, output: &FullOutput) -> Result<RgbaImage, String> {
        let scale = output.pixels_per_point;
        let size = ctx.content_rect().size() * scale;
        let mut target = Target::new(size.x.round() as usize, size.y.round() as usize);
        for clipped in ctx.tessellate(output.shapes.clone(), scale) {
            if let Primitive::Mesh(mesh) = &clipped.primitive {
                let texture = self.textures.get(&mesh.texture_id);
                let texture = texture.ok_or_else(|| format!("no texture {:?}", mesh.texture_id))?;
                target.mesh(mesh, clipped.clip_rect, scale, texture);
            }
        }
        target.image()
    }
}

impl SoftRenderer {
    fn set(&mut self, id: TextureId, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        match (delta.pos, self.textures.get_mut(&id)) {
            (Some([left, top]), Some(texture)) => {
                for (y, row) in image.pixels.chunks_exact(image.size[0]).enumerate() {
                    let start = (top + y) * texture.size[0] + left;
                    texture.pixels[start..start + row.len()].copy_from_slice(row);
                }
            }
            _ => {
                let texture = Texture { size: image.size, pixels: image.pixels.clone(), options: delta.options };
                self.textures.insert(id, texture);
            }
        }
    }
}

impl Texture {
    fn texel(&self, x: i64, y: i64) -> [f32; 4] {
        let wrap = |v: i64, size: usize| {
            let size = size as i64;
            let wrapped = match self.options.wrap_mode {
                TextureWrapMode::ClampToEdge => v.clamp(0, size - 1),
                TextureWrapMode::Repeat => v.rem_euclid(size),
                TextureWrapMode::MirroredRepeat => {
                    let v = v.rem_euclid(2 * size);
                    v.min(2 * size - 1 - v)
                }
            };
            wrapped as usize
        };
        let at = wrap(y, self.size[1]) * self.size[0] + wrap(x, self.size[0]);
        self.pixels[at].to_array().map(f32::from)
    }

    fn sample(&self, u: f32, v: f32) -> [f32; 4] {
        let (x, y) = (u * self.size[0] as f32, v * self.size[1] as f32);
        if self.options.magnification == TextureFilter::Nearest {
            return self.texel(x.floor() as i64, y.floor() as i64);
        }
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (fx, fy) = (x - left, y - top);
        let at = |dx: i64, dy: i64| self.texel(left as i64 + dx, top as i64 + dy);
        let mix = |a: [f32; 4], b: [f32; 4], t: f32| std::array::from_fn(|c| a[c] + (b[c] - a[c]) * t);
        mix(mix(at(0, 0), at(1, 0), fx), mix(at(0, 1), at(1, 1), fx), fy)
    }
}

struct Target {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 4]>,
}

/// A half-open rectangle of pixels.
#[derive(Clone, Copy)]
struct Clip {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
}

impl Target {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![[0.0, 0.0, 0.0, 255.0]; width * height] }
    }

    fn mesh(&mut self, mesh: &Mesh, clip: Rect, scale: f32, texture: &Texture) {
        let bound = |v: f32, limit: usize| (v * scale).round().clamp(0.0, limit as f32) as i64;
        let clip = Clip {
            left: bound(clip.min.x, self.width),
            top: bound(clip.min.y, self.height),
            right: bound(clip.max.x, self.width),
            bottom: bound(clip.max.y, self.height),
        };
        for corners in mesh.indices.chunks_exact(3) {
            let corner = |k: usize| mesh.vertices[corners[k] as usize];
            self.triangle([corner(0), corner(1), corner(2)], clip, scale, texture);
        }
    }

    fn triangle(&mut self, mut corners: [Vertex; 3], clip: Clip, scale: f32, texture: &Texture) {
        let fixed = |v: &Vertex| [(v.pos.x * scale * SUB).round() as i64, (v.pos.y * scale * SUB).round() as i64];
        let mut p = corners.each_ref().map(fixed);
        let mut area = cross(p[0], p[1], p[2]);
        if area == 0 {
            return;
        }
        if area < 0 {
            corners.swap(1, 2);
            p.swap(1, 2);
            area = -area;
        }
        let sub = SUB as i64;
        let pixel = |v: i64| v.div_euclid(sub);
        let min = |c: usize| p.iter().map(|q| pixel(q[c])).min().unwrap_or(0);
        let max = |c: usize| p.iter().map(|q| pixel(q[c]) + 1).max().unwrap_or(0);
        // Pixels exactly on an edge belong to one of two triangles: those with the edge on their left or top.
        let bias = |a: [i64; 2], b: [i64; 2]| i64::from(!(b[1] < a[1] || (b[1] == a[1] && b[0] > a[0])));
        let bias = [bias(p[1], p[2]), bias(p[2], p[0]), bias(p[0], p[1])];
        for y in min(1).max(clip.top)..max(1).min(clip.bottom) {
            for x in min(0).max(clip.left)..max(0).min(clip.right) {
                let at = [x * sub + sub / 2, y * sub + sub / 2];
                let w = [cross(p[1], p[2], at), cross(p[2], p[0], at), cross(p[0], p[1], at)];
                if (0..3).all(|k| w[k] >= bias[k]) {
                    let w = w.map(|w| w as f32 / area as f32);
                    let pixel = &mut self.pixels[y as usize * self.width + x as usize];
                    blend(pixel, shade(&corners, w, texture));
                }
            }
        }
    }

    fn image(self) -> Result<RgbaImage, String> {
        let bytes = self.pixels.iter().flat_map(|p| p.map(|v| v.round().clamp(0.0, 255.0) as u8)).collect();
        RgbaImage::from_raw(self.width as u32, self.height as u32, bytes).ok_or_else(|| "wrong size".to_owned())
    }
}

fn cross(a: [i64; 2], b: [i64; 2], c: [i64; 2]) -> i64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

fn shade(corners: &[Vertex; 3], w: [f32; 3], texture: &Texture) -> [f32; 4] {
    let mix = |value: fn(&Vertex) -> f32| (0..3).map(|k| w[k] * value(&corners[k])).sum::<f32>();
    let texel = texture.sample(mix(|v| v.uv.x), mix(|v| v.uv.y));
    let colours = corners.each_ref().map(|v| v.color.to_array());
    std::array::from_fn(|c| {
        let colour: f32 = (0..3).map(|k| w[k] * f32::from(colours[k][c])).sum();
        texel[c] * colour / 255.0
    })
}

/// Lays a premultiplied colour over what is there, in gamma space as egui does.
fn blend(pixel: &mut [f32; 4], colour: [f32; 4]) {
    let through = 1.0 - colour[3] / 255.0;
    for (below, above) in pixel.iter_mut().zip(colour) {
        *below = (above + *below * through).round();
    }
}
