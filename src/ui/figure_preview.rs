//! The preview of a figure: drawn and painted by a worker, the last good one shown until the next is there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use egui::{ColorImage, TextureHandle, TextureOptions};

use super::surveys::SurveysAtHand;
use crate::Error;
use crate::analysis::Comparison;
use crate::app::{JobPanic, Latest, SurveyPicture, Wake, scan_shown};
use crate::document::{OpenScan, Session};
use crate::figure::{self, Scene, Source, png};
use crate::model::{FigureKind, MM_PER_PT};

/// Points of the screen in a typographic point: screens count 96 points to the inch.
const SCREEN_PER_PT: f64 = 96.0 / 72.0;

/// Which picture is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// One figure.
    Figure(FigureKind),
    /// The figures composed on one page.
    Page,
}

impl Subject {
    /// Stem of the file that it is written to.
    pub(super) fn stem(self) -> &'static str {
        match self {
            Self::Figure(kind) => kind.stem(),
            Self::Page => "page",
        }
    }
}

/// What a picture is made from.
#[derive(Clone)]
pub(super) struct Material {
    pub(super) comparison: Arc<Comparison>,
    pub(super) session: Session,
    pub(super) scans: Vec<(String, Arc<OpenScan>)>,
    pub(super) surveys: SurveysAtHand,
}

impl Material {
    /// The scene of a figure; `None` when there is nothing that it could show.
    ///
    /// # Errors
    /// Why a picture that it shows cannot be read.
    pub(super) fn scene(&self, subject: Subject) -> Result<Option<Scene>, Error> {
        self.with_source(|source| match subject {
            Subject::Figure(kind) => figure::draw(kind, source, &self.session.figure_style),
            Subject::Page => figure::page(source, &self.session.figure_style),
        })
    }

    fn with_source<R>(&self, work: impl FnOnce(&Source<'_>) -> R) -> Result<R, Error> {
        let surveys = self.surveys.of(&self.session)?;
        let scans: Vec<_> = self.scans.iter().map(|(name, scan)| scan_shown(name, scan, &surveys)).collect();
        Ok(work(&Source { comparison: &self.comparison, recipe: &self.session.recipe, scans: &scans }))
    }

    fn available(&self) -> Result<Vec<FigureKind>, Error> {
        self.with_source(|source| figure::available(source, &self.session.figure_style))
    }
}

/// What decides the pixels of a preview.
#[derive(Debug, Clone, PartialEq)]
struct Key {
    session: Session,
    comparison: *const Comparison,
    surveys: Vec<(PathBuf, *const Vec<SurveyPicture>)>,
    chosen: BTreeMap<String, usize>,
    subject: Subject,
    dpi: f64,
}

struct Job {
    material: Material,
    subject: Subject,
    dpi: f64,
}

/// Pixels with the page's size.
struct Painted {
    size_mm: [f64; 2],
    pixels: [usize; 2],
    rgba: Vec<u8>,
}

struct Answer {
    available: Vec<FigureKind>,
    /// Nothing when the figure has nothing to show.
    painted: Result<Option<Painted>, String>,
}

/// The preview with its worker.
pub(super) struct Preview {
    worker: Latest<Job, Answer>,
    asked: Option<Key>,
    number: u64,
    texture: Option<TextureHandle>,
    /// Width and height of the page shown, mm.
    pub(super) size_mm: [f64; 2],
    /// Figures that have something to show.
    pub(super) available: Vec<FigureKind>,
    /// Why there is no picture of what was asked for.
    pub(super) message: Option<String>,
}

impl Preview {
    /// A preview without a picture.
    pub(super) fn new(wake: Wake) -> std::io::Result<Self> {
        let worker = Latest::new("preview", |job: Job, _: &_| job.run(), move || wake())?;
        let (asked, texture) = (None, None);
        Ok(Self { worker, asked, number: 0, texture, size_mm: [0.0; 2], available: Vec::new(), message: None })
    }

    /// Asks for a picture unless it is the one asked for last; takes what has been painted.
    pub(super) fn update(&mut self, ctx: &egui::Context, material: &Material, subject: Subject, dpi: f64) {
        let (session, comparison) = (material.session.clone(), Arc::as_ptr(&material.comparison));
        let SurveysAtHand { read, chosen } = &material.surveys;
        let surveys = read.iter().map(|(file, pictures)| (file.clone(), Arc::as_ptr(pictures))).collect();
        let key = Key { session, comparison, surveys, chosen: chosen.clone(), subject, dpi };
        if self.asked.as_ref() != Some(&key) {
            self.asked = Some(key);
            self.number += 1;
            self.worker.submit(self.number, Job { material: material.clone(), subject, dpi });
        }
        if let Some((_, answer)) = self.worker.take() {
            self.show(ctx, answer);
        }
    }

    fn show(&mut self, ctx: &egui::Context, answer: Result<Answer, JobPanic>) {
        let answer = match answer {
            Ok(answer) => answer,
            Err(panic) => return self.message = Some(panic.to_string()),
        };
        self.available = answer.available;
        self.message = None;
        match answer.painted {
            Ok(Some(painted)) => {
                self.size_mm = painted.size_mm;
                let image = ColorImage::from_rgba_unmultiplied(painted.pixels, &painted.rgba);
                self.texture = Some(ctx.load_texture("figure preview", image, TextureOptions::LINEAR));
            }
            Ok(None) => {
                self.texture = None;
                self.message = Some(super::text::FIGURE_NOTHING.to_owned());
            }
            Err(error) => self.message = Some(error),
        }
    }

    /// Whether a newer picture is on its way.
    pub(super) fn is_busy(&self) -> bool {
        self.worker.is_busy()
    }

    /// The last good picture.
    pub(super) fn texture(&self) -> Option<&TextureHandle> {
        self.texture.as_ref()
    }

    /// Size on the screen at which the page has its printed size, points.
    pub(super) fn actual_size(&self) -> egui::Vec2 {
        let points = self.size_mm.map(|mm| (mm / MM_PER_PT * SCREEN_PER_PT) as f32);
        egui::vec2(points[0], points[1])
    }
}

impl Job {
    fn run(&self) -> Answer {
        let paint = |scene: Scene| {
            let (pixels, rgba) = png::pixels(&scene, self.dpi).map_err(|error| error.to_string())?;
            Ok(Painted { size_mm: [scene.width_mm, scene.height_mm], pixels, rgba })
        };
        let scene = self.material.scene(self.subject).map_err(|error| error.to_string());
        let painted = scene.and_then(|scene| scene.map(paint).transpose());
        Answer { available: self.material.available().unwrap_or_default(), painted }
    }
}
