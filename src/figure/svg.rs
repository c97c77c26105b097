//! Scene to SVG: text stays text, sizes are physical, one unit of the drawing is one point.

use std::fmt::Write;

use super::font::css_families;
use super::page::TICK_MM;
use super::raster::Raster;
use super::rich::{Run, SCRIPT_SIZE, SUB_DROP_EM, SUPER_RISE_EM, Script};
use super::scene::{Align, Axis, Item, Label, LegendEntry, Panel, Scene};
use super::style::{Colour, Dash, Marker};
use crate::model::{FigureStyle, MM_PER_PT};

/// Opacity of 1-sigma bands.
const BAND_OPACITY: f64 = 0.2;
/// Opacity of filled differences.
const FILL_OPACITY: f64 = 0.22;
/// Opacity of shaded windows.
const WINDOW_OPACITY: f64 = 0.1;
/// Widths of a ring and of its light rim over the width of a curve.
const RING: f64 = 1.5;
const RIM: f64 = 2.7;
/// Half the height of a marker over the width of a curve.
const MARKER_SIZE: f64 = 2.0;

/// Dark outline of light texts, which lie on images.
const HALO: &str = " paint-order=\"stroke\" stroke=\"#16181d\" stroke-width=\"1.4\" stroke-opacity=\"0.7\"";

/// The scene as an SVG document; `notes` are lines on where it comes from, which no viewer shows.
pub fn render(scene: &Scene, notes: &[String]) -> String {
    let mut svg = Svg { out: String::new(), style: &scene.style };
    let [width, height] = [pt(scene.width_mm), pt(scene.height_mm)];
    svg.put(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}mm\" height=\"{}mm\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"{}\">",
        number(scene.width_mm),
        number(scene.height_mm),
        css_families(scene.style.font)
    ));
    svg.put(format_args!("<title>{}</title>", escaped(&scene.description)));
    if !notes.is_empty() {
        let lines: Vec<String> = notes.iter().map(|note| escaped(note)).collect();
        svg.put(format_args!("<metadata>{}</metadata>", lines.join("\n")));
    }
    if !scene.style.transparent {
        svg.put(format_args!("<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>"));
    }
    for (k, panel) in scene.panels.iter().enumerate() {
        svg.panel(panel, k);
    }
    for entry in &scene.legend {
        svg.legend_entry(entry);
    }
    for label in scene.labels() {
        svg.label(label);
    }
    svg.put(format_args!("</svg>"));
    svg.out
}

/// Millimetres as points, written with three decimals at most.
fn pt(mm: f64) -> String {
    number(mm / MM_PER_PT)
}

/// A number with three decimals at most; what is not finite is not written as such by any caller.
fn number(value: f64) -> String {
    let text = format!("{:.3}", value + 0.0);
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// Text safe in XML: markup escaped, characters that XML does not allow left out.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

struct Svg<'a> {
    out: String,
    style: &'a FigureStyle,
}

impl Svg<'_> {
    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{text}");
    }

    fn panel(&mut self, panel: &Panel, index: usize) {
        let f = &panel.frame;
        let place = format!(
            "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            pt(f.left_mm),
            pt(f.top_mm),
            pt(f.width_mm),
            pt(f.height_mm)
        );
        self.put(format_args!("<clipPath id=\"frame{index}\"><rect {place}/></clipPath>"));
        self.put(format_args!("<g id=\"{}\" clip-path=\"url(#frame{index})\">", escaped(&panel.id)));
        for item in &panel.items {
            self.item(panel, item);
        }
        self.put(format_args!("</g>"));
        let ticks = ticks(panel, self.style.minor_ticks);
        self.put(format_args!(
            "<g fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"><rect {place}/><path d=\"{ticks}\"/></g>",
            Colour::Ink.hex(self.style.colours),
            number(self.style.axis_pt)
        ));
    }

    fn item(&mut self, panel: &Panel, item: &Item) {
        match item {
            Item::Window { range: [from, to], .. } => {
                let [bottom, top] = panel.y.range;
                let corners = [[*from, bottom], [*from, top], [*to, top], [*to, bottom]];
                self.area(&closed(panel, &corners), Colour::Quiet, WINDOW_OPACITY);
            }
            Item::Band { colour, points, .. } => {
                for run in runs(points) {
                    let upper = run.iter().map(|&[x, _, hi]| [x, hi]);
                    let lower = run.iter().rev().map(|&[x, lo, _]| [x, lo]);
                    self.area(&closed(panel, &upper.chain(lower).collect::<Vec<_>>()), *colour, BAND_OPACITY);
                }
            }
            Item::Fill { colour, points, .. } => {
                for run in runs(points) {
                    let ends = [run.last(), run.first()].into_iter().flatten().map(|p| [p[0], 0.0]);
                    let outline: Vec<_> = run.iter().copied().chain(ends).collect();
                    self.area(&closed(panel, &outline), *colour, FILL_OPACITY);
                }
            }
            Item::Line { colour, dash, width_pt, points, .. } => {
                let path: Vec<String> = runs(points).map(|run| open(panel, run)).collect();
                self.stroke(&path.join(""), *colour, *width_pt, *dash);
            }
            Item::Image { raster, x, y, .. } => self.image(panel, raster, (*x, *y)),
            Item::Patch { colour, opacity, x, y, .. } => {
                let corners = [[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]]];
                self.area(&closed(panel, &corners), *colour, *opacity);
            }
            Item::Ring { colour, at, radius, .. } => self.ring(panel, *colour, *at, *radius),
            Item::Level { y } => {
                let ends = panel.x.range.map(|x| [x, *y]);
                self.stroke(&open(panel, &ends), Colour::Quiet, self.style.axis_pt, Dash::Solid);
            }
            Item::Upright { x } => {
                let ends = panel.y.range.map(|y| [*x, y]);
                self.stroke(&open(panel, &ends), Colour::Quiet, self.style.axis_pt, Dash::Solid);
            }
            Item::Point { colour, marker, at, interval, .. } => {
                if let Some([from, to]) = interval {
                    let ends = [[*from, at[1]], [*to, at[1]]];
                    self.stroke(&open(panel, &ends), *colour, 1.2 * self.style.curve_pt, colour.dash());
                }
                self.marker(panel.place(*at), *marker, *colour, interval.is_some());
            }
        }
    }

    fn area(&mut self, path: &str, colour: Colour, opacity: f64) {
        let colour = colour.hex(self.style.colours);
        self.put(format_args!("<path d=\"{path}\" fill=\"{colour}\" fill-opacity=\"{opacity}\"/>"));
    }

    fn image(&mut self, panel: &Panel, raster: &Raster, (x, y): ([f64; 2], [f64; 2])) {
        let Some(url) = raster.data_url() else { return };
        let [left, top] = panel.place([x[0], y[0]]);
        let [right, bottom] = panel.place([x[1], y[1]]);
        self.put(format_args!(
            "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
             image-rendering=\"optimizeSpeed\" href=\"{url}\"/>",
            pt(left),
            pt(top),
            pt(right - left),
            pt(bottom - top)
        ));
    }

    fn ring(&mut self, panel: &Panel, colour: Colour, at: [f64; 2], radius: f64) {
        let [x, y] = panel.place(at);
        let edge = panel.place([at[0] + radius, at[1]])[0];
        let (x, y, r) = (pt(x), pt(y), pt(edge - x));
        // A light rim parts the ring from dark pixels.
        for (stroke, width) in [(Colour::Light, RIM * self.style.curve_pt), (colour, RING * self.style.curve_pt)] {
            let (stroke, width) = (stroke.hex(self.style.colours), number(width));
            self.put(format_args!(
                "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>"
            ));
        }
    }

    fn stroke(&mut self, path: &str, colour: Colour, width_pt: f64, dash: Dash) {
        let lengths: Vec<String> = dash.pattern().iter().map(|l| number(l * width_pt)).collect();
        let dashes =
            if lengths.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{}\"", lengths.join(" ")) };
        self.put(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dashes}/>",
            colour.hex(self.style.colours),
            number(width_pt)
        ));
    }

    fn marker(&mut self, at_mm: [f64; 2], marker: Marker, colour: Colour, filled: bool) {
        let r = MARKER_SIZE * self.style.curve_pt;
        let [x, y] = at_mm.map(|mm| mm / MM_PER_PT);
        let corner = |dx: f64, dy: f64| format!("{},{}", number(x + dx * r), number(y + dy * r));
        let corners = |list: &[[f64; 2]]| list.iter().map(|&[dx, dy]| corner(dx, dy)).collect::<Vec<_>>().join(" ");
        let shape = match marker {
            Marker::Circle => {
                format!("<circle cx=\"{}\" cy=\"{}\" r=\"{}\"", number(x), number(y), number(r))
            }
            Marker::Square => polygon(&corners(&[[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]])),
            Marker::Diamond => polygon(&corners(&[[0.0, -1.25], [1.25, 0.0], [0.0, 1.25], [-1.25, 0.0]])),
            Marker::Triangle => polygon(&corners(&[[0.0, -1.2], [1.1, 0.8], [-1.1, 0.8]])),
        };
        let hollow = if self.style.transparent { "none" } else { "#ffffff" };
        let (fill, width) = if filled { (colour.hex(self.style.colours), 0.0) } else { (hollow, self.style.curve_pt) };
        let (stroke, width) = (colour.hex(self.style.colours), number(width));
        self.put(format_args!("{shape} fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>"));
    }

    fn legend_entry(&mut self, entry: &LegendEntry) {
        let [from, to, y] = entry.sample_mm;
        let path = format!("M{} {}L{} {}", pt(from), pt(y), pt(to), pt(y));
        self.stroke(&path, entry.colour, 1.2 * self.style.curve_pt, entry.dash);
        if let Some(marker) = entry.marker {
            self.marker([0.5 * (from + to), y], marker, entry.colour, true);
        }
    }

    fn label(&mut self, label: &Label) {
        let anchor = match label.align {
            Align::Start => "start",
            Align::Middle => "middle",
            Align::End => "end",
        };
        let [x, y] = label.at_mm.map(pt);
        let turn = if label.upwards { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
        let mut spans = String::new();
        let mut risen = 0.0;
        for run in &label.text.runs {
            spans.push_str(&span(run, label.size_pt, &mut risen));
        }
        let halo = if label.colour == Colour::Light { HALO } else { "" };
        self.put(format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" fill=\"{}\" text-anchor=\"{anchor}\" xml:space=\"preserve\"{halo}{turn}>\
             {spans}</text>",
            number(label.size_pt),
            label.colour.hex(self.style.colours)
        ));
    }
}

fn polygon(corners: &str) -> String {
    format!("<polygon points=\"{corners}\"")
}

/// A run as a `tspan`. `dy` moves the baseline, which every viewer understands; `baseline-shift` is not among those.
/// `risen` is how far the text before stands above the line, pt.
fn span(run: &Run, size_pt: f64, risen: &mut f64) -> String {
    let (size, rise) = match run.script {
        Script::Line => (size_pt, 0.0),
        Script::Sub => (SCRIPT_SIZE * size_pt, -SUB_DROP_EM * size_pt),
        Script::Super => (SCRIPT_SIZE * size_pt, SUPER_RISE_EM * size_pt),
    };
    let mut form = String::new();
    if *risen != rise {
        let _ = write!(form, " dy=\"{}\"", number(*risen - rise));
        *risen = rise;
    }
    if run.script != Script::Line {
        let _ = write!(form, " font-size=\"{}\"", number(size));
    }
    if run.bold {
        form.push_str(" font-weight=\"bold\"");
    }
    if run.italic {
        form.push_str(" font-style=\"italic\"");
    }
    format!("<tspan{form}>{}</tspan>", escaped(&run.text))
}

/// Stretches of points that are finite.
fn runs<const N: usize>(points: &[[f64; N]]) -> impl Iterator<Item = &[[f64; N]]> {
    points.split(|point| point.iter().any(|v| !v.is_finite())).filter(|run| !run.is_empty())
}

fn open(panel: &Panel, points: &[[f64; 2]]) -> String {
    let mut path = String::new();
    for (k, point) in points.iter().enumerate() {
        let [x, y] = panel.place(*point).map(pt);
        let _ = write!(path, "{}{x} {y}", if k == 0 { 'M' } else { 'L' });
    }
    path
}

fn closed(panel: &Panel, points: &[[f64; 2]]) -> String {
    open(panel, points) + "Z"
}

/// Ticks on all four sides, inside, as one path.
fn ticks(panel: &Panel, with_minor: bool) -> String {
    let f = &panel.frame;
    let mut path = String::new();
    let shares = |axis: &Axis, values: &[f64]| values.iter().map(|v| axis.share(*v)).collect::<Vec<_>>();
    for (major, length) in
        [(true, TICK_MM[0]), (false, TICK_MM[1])].into_iter().filter(|(major, _)| *major || with_minor)
    {
        let pick = |axis: &Axis| shares(axis, if major { &axis.major } else { &axis.minor });
        for share in pick(&panel.x) {
            let x = pt(f.left_mm + share * f.width_mm);
            let _ = write!(path, "M{x} {}V{}", pt(f.bottom_mm()), pt(f.bottom_mm() - length));
            let _ = write!(path, "M{x} {}V{}", pt(f.top_mm), pt(f.top_mm + length));
        }
        for share in pick(&panel.y) {
            let y = pt(f.bottom_mm() - share * f.height_mm);
            let _ = write!(path, "M{} {y}H{}", pt(f.left_mm), pt(f.left_mm + length));
            let _ = write!(path, "M{} {y}H{}", pt(f.right_mm()), pt(f.right_mm() - length));
        }
    }
    path
}
