//! The survey picture large: filtered for the eye, its atomic columns, and the Ti diamond with its strain.

use std::path::{Path, PathBuf};

use egui::{Color32, Grid, Rect, RichText, ScrollArea, Stroke, TextureHandle, TextureOptions, Ui, pos2, vec2};
use serde::{Deserialize, Serialize};

use super::super::out::Out;
use super::super::stage::Shown;
use super::super::surveys::{Surveys, grey};
use super::super::theme::{Palette, SMALL};
use super::super::view_model::{Ink, ScanCard};
use super::super::{format, survey_panel, text, widgets};
use super::split;
use crate::analysis::image::{ColumnOptions, DiagonalStrain, EdgeWindow, Filter, ImageReport, Measured, SYSTEMATIC};
use crate::analysis::image::{Filtered, chain_oxygen_columns, filter, measure};
use crate::app::{FileSpec, LARGEST_SHOWN, Latest, Pictures as Surveyed, SurveyPicture, open_picture};
use crate::model::{ProfileKind, Role, SurveyImage};

/// Side of the picture of a filter's mask, points.
const MASK: f32 = 150.0;

/// What is done to the picture before it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PictureFilter {
    /// Nothing.
    #[default]
    None,
    /// Low frequencies only.
    LowPass,
    /// The reflections of the crystal only.
    Bragg,
}

/// Pictures to be measured: the one shown, and that of the reference.
#[derive(Debug, Clone)]
struct Job {
    key: Key,
    picture: Surveyed,
    reference: Option<(Surveyed, usize)>,
}

/// File, number of the image, filter, and file and number of the reference.
type Key = (PathBuf, usize, PictureFilter, Option<(PathBuf, usize)>);

#[derive(Debug, Clone)]
struct Answer {
    /// The picture as asked for, small enough to be shown; the one as recorded where no filter was chosen.
    filtered: Result<Option<Seen>, String>,
    report: Result<ImageReport, String>,
}

/// A filtered picture and what every spatial frequency was multiplied by, small enough to be shown.
#[derive(Debug, Clone)]
struct Seen {
    picture: SurveyImage,
    mask: Option<SurveyImage>,
}

impl Seen {
    fn of(filtered: &Filtered) -> Self {
        // Without a scale: a mask is square in frequencies.
        let mask = SurveyImage::new(filtered.mask.clone(), None).ok();
        Self { picture: filtered.picture().reduced(LARGEST_SHOWN), mask: mask.map(|mask| mask.reduced(LARGEST_SHOWN)) }
    }
}

/// Pictures being measured and the last one that was.
#[derive(Default)]
pub(in super::super) struct Pictures {
    worker: Option<Latest<Job, Answer>>,
    asked: Option<Key>,
    shown: Option<(Key, Answer)>,
    texture: Option<(Key, TextureHandle)>,
    mask: Option<(Key, TextureHandle)>,
    ticket: u64,
}

impl Pictures {
    fn poll(&mut self, ctx: &egui::Context, job: Job) {
        if self.worker.is_none() {
            let wake = ctx.clone();
            // Without a thread the page shows the picture alone.
            self.worker = Latest::new("picture", |job: Job, _: &_| work(&job), move || wake.request_repaint()).ok();
        }
        let Some(worker) = &self.worker else { return };
        if let Some((_, outcome)) = worker.take() {
            let failed = |message: String| Answer { filtered: Ok(None), report: Err(message) };
            let answer = outcome.unwrap_or_else(|panic| failed(panic.to_string()));
            self.shown = self.asked.clone().map(|key| (key, answer));
        }
        if self.asked.as_ref() != Some(&job.key) && !worker.is_busy() {
            self.ticket += 1;
            self.asked = Some(job.key.clone());
            worker.submit(self.ticket, job);
        }
    }
}

fn work(job: &Job) -> Answer {
    let (_, number, wanted, _) = &job.key;
    let Some(image) = find(&job.picture, *number) else {
        return Answer { filtered: Ok(None), report: Err(text::NO_PICTURE.to_owned()) };
    };
    let (file, _, _, against) = &job.key;
    let image = match whole(file, *number, image) {
        Ok(image) => image,
        Err(error) => return Answer { filtered: Ok(None), report: Err(error) },
    };
    let chosen = match wanted {
        PictureFilter::None => None,
        PictureFilter::LowPass => Some(Filter::LOW_PASS),
        PictureFilter::Bragg => Some(Filter::Bragg),
    };
    let filtered = chosen.map(|chosen| filter(&image, chosen, EdgeWindow::Tukey)).transpose();
    let filtered = filtered.map(|filtered| filtered.as_ref().map(Seen::of));
    let reference = job.reference.as_ref().and_then(|(pictures, number)| find(pictures, *number));
    let reference = reference.zip(against.as_ref()).map(|(image, (file, number))| whole(file, *number, image));
    let report = match beside(job, *number, &image) {
        Some(haadf) => haadf.and_then(|haadf| chain_oxygen_columns(&image, &haadf).map_err(|error| error.to_string())),
        None => reference.transpose().and_then(|reference| {
            let measured = measure(&image, reference.as_ref(), &ColumnOptions::of(&image), SYSTEMATIC);
            measured.map_err(|error| error.to_string())
        }),
    };
    Answer { filtered: filtered.map_err(|error| error.to_string()), report }
}

/// For an ABF picture the HAADF picture of the same field in its file, by whose lattice oxygen columns are told from Ti.
fn beside(job: &Job, number: usize, image: &SurveyImage) -> Option<Result<SurveyImage, String>> {
    let shown = find(&job.picture, number)?;
    let same =
        |other: &&SurveyPicture| other.image.kind == Some(ProfileKind::Haadf) && other.image.size() == shown.size();
    let haadf = job.picture.iter().filter(|_| image.kind == Some(ProfileKind::Abf)).find(same)?;
    Some(whole(&job.key.0, haadf.index, &haadf.image))
}

/// The picture with all of its pixels: those shown are averaged when there are many.
fn whole(file: &Path, number: usize, shown: &SurveyImage) -> Result<SurveyImage, String> {
    let may_be_reduced = shown.size().into_iter().any(|side| side > LARGEST_SHOWN / 2) && file.is_absolute();
    if !may_be_reduced {
        return Ok(shown.clone());
    }
    let spec = FileSpec { path: file.to_owned(), image: Some(number) };
    open_picture(&spec, "survey").map(|opened| opened.picture).map_err(|error| error.to_string())
}

fn find(pictures: &[SurveyPicture], number: usize) -> Option<&SurveyImage> {
    pictures.iter().find(|picture| picture.index == number).map(|picture| &picture.image)
}

/// Draws the page.
pub(super) fn show(ui: &mut Ui, shown: &Shown<'_>, surveys: &mut Surveys, pictures: &mut Pictures, out: &mut Out) {
    let Some(card) = shown.model.selected() else { return };
    let Some((file, number)) = chosen(shown, card, surveys, out) else {
        widgets::weak(ui, text::SURVEY_NONE);
        return;
    };
    let wanted = shown.view.look.picture_filter;
    let reference = shown.model.scans.iter().find(|other| other.role == Role::Reference && other.name != card.name);
    let reference = reference.and_then(|other| chosen(shown, other, surveys, out));
    let key: Key = (file.clone(), number, wanted, reference.clone());
    let against = reference.map(|(file, number)| (surveys.of(&file, out), number));
    pictures.poll(ui.ctx(), Job { key: key.clone(), picture: surveys.of(&file, out), reference: against });
    ui.horizontal(|ui| {
        let choices = [
            (PictureFilter::None, text::FILTER_NONE),
            (PictureFilter::LowPass, text::FILTER_LOW_PASS),
            (PictureFilter::Bragg, text::FILTER_BRAGG),
        ];
        if let Some(filter) = widgets::segmented(ui, "filter", wanted, &choices) {
            out.look(shown.view, |look| look.picture_filter = filter);
        }
        if wanted != PictureFilter::None {
            let palette = Palette::of(ui);
            ui.label(RichText::new(text::FILTERED_NOTE).size(SMALL).color(palette.weak));
        }
    });
    let images = surveys.of(&file, out);
    let Some(raw) = images.iter().find(|image| image.index == number) else { return };
    let [mut left, mut right] = split(ui, 0.46);
    let answer = pictures.shown.as_ref().filter(|(made, _)| *made == key).map(|(_, answer)| answer.clone());
    let filtered = answer.as_ref().and_then(|answer| answer.filtered.as_ref().ok()).and_then(Option::as_ref);
    if pictures.texture.as_ref().is_none_or(|(made, _)| *made != key)
        && (filtered.is_some() || wanted == PictureFilter::None)
    {
        let texture = ui.ctx().load_texture(
            "picture",
            grey(filtered.map_or(&raw.image, |seen| &seen.picture)),
            TextureOptions::LINEAR,
        );
        pictures.texture = Some((key.clone(), texture));
    }
    if let Some(mask) = filtered.and_then(|seen| seen.mask.as_ref())
        && pictures.mask.as_ref().is_none_or(|(made, _)| *made != key)
    {
        pictures.mask = Some((key.clone(), ui.ctx().load_texture("mask", grey(mask), TextureOptions::LINEAR)));
    }
    if let Some(Err(error)) = answer.as_ref().map(|answer| &answer.filtered) {
        widgets::cautions(&mut left, &[format!("{}: {error}", text::NOT_FILTERED)]);
    }
    // The last picture stays until the next is there, but not in place of one that cannot be made.
    let failed = answer.as_ref().is_some_and(|answer| answer.filtered.is_err());
    let texture = pictures.texture.as_ref().filter(|_| !failed).map(|(_, texture)| texture.id());
    let report = answer.as_ref().map(|answer| &answer.report);
    picture(&mut left, raw, texture, report.and_then(|report| report.as_ref().ok()));
    match report {
        None => {
            right.spinner();
        }
        Some(Err(error)) => widgets::cautions(&mut right, std::slice::from_ref(error)),
        Some(Ok(report)) => {
            if let Some((_, texture)) = pictures.mask.as_ref().filter(|(made, _)| *made == key) {
                mask(&mut right, texture);
            }
            numbers(&mut right, report);
        }
    }
}

/// What the filter kept, frequency 0 in the middle.
fn mask(ui: &mut Ui, texture: &TextureHandle) {
    ui.label(RichText::new(text::FILTER_MASK).size(SMALL).color(Palette::of(ui).weak));
    let side = MASK.min(ui.available_width());
    ui.add(egui::Image::new(texture).fit_to_exact_size(vec2(side, side)).alt_text(text::FILTER_MASK));
    ui.add_space(6.0);
}

/// File and number of the picture that goes with a scan.
fn chosen(shown: &Shown<'_>, card: &ScanCard, surveys: &Surveys, out: &mut Out) -> Option<(PathBuf, usize)> {
    let open = shown.bench.document().scan(&card.name)?;
    let line = shown.bench.document().session().survey(&card.name);
    let file = line.and_then(|line| line.file.as_ref()).map_or_else(|| open.path.clone(), |file| file.path.clone());
    let images = surveys.of(&file, out);
    Some((file, survey_panel::chosen(shown, &card.name, &images)?.index))
}

fn picture(ui: &mut Ui, raw: &SurveyPicture, texture: Option<egui::TextureId>, report: Option<&ImageReport>) {
    let palette = Palette::of(ui);
    let room = ui.available_rect_before_wrap();
    let aspect = raw.image.aspect() as f32;
    let size = vec2(room.width().min(room.height() * aspect), room.height().min(room.width() / aspect));
    let place = Rect::from_min_size(room.min, size);
    if let Some(texture) = texture {
        let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(texture, place, uv, Color32::WHITE);
    }
    let (Some(report), Some([width, height])) = (report, raw.image.field_nm()) else { return };
    let half = [0, 1].map(|axis| 0.5 * report.columns.pixel_nm[axis]);
    let at = |x_nm: f64, y_nm: f64| {
        place.min + vec2(((x_nm + half[1]) / width) as f32 * size.x, ((y_nm + half[0]) / height) as f32 * size.y)
    };
    for column in &report.columns.found {
        ui.painter().circle_stroke(at(column.x_nm, column.y_nm), 3.0, Stroke::new(1.2, palette.ink(Ink::Site(1))));
    }
    for (_, _, k) in report.diamond.iter().flat_map(|diamond| &diamond.ti_a) {
        if let Some(column) = report.columns.found.get(*k) {
            ui.painter().circle_stroke(at(column.x_nm, column.y_nm), 4.5, Stroke::new(1.5, palette.ink(Ink::Site(0))));
        }
    }
}

fn numbers(ui: &mut Ui, report: &ImageReport) {
    let row = |ui: &mut Ui, label: &str, value: String| {
        ui.label(RichText::new(label).color(Palette::of(ui).weak));
        ui.label(value);
        ui.end_row();
    };
    let length = |measured: Measured| format::with_sigma(measured.value, Some(measured.sigma), "nm");
    let strain = |diagonal: &DiagonalStrain| {
        let (value, sigma) = (100.0 * diagonal.strain, 100.0 * diagonal.sigma);
        format!("{} ± {} %", format::signed(value, 2), format::fixed(sigma, 2))
    };
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        Grid::new("picture").num_columns(2).spacing([14.0, 4.0]).show(ui, |ui| {
            let (found, left_out) = (report.columns.found.len(), report.columns.rejected.len());
            row(ui, text::ATOMIC_COLUMNS, format!("{found} ({left_out} {})", text::LEFT_OUT));
            if let Some(diamond) = &report.diamond {
                row(ui, text::SHORT_DIAGONAL, length(diamond.short_nm));
                row(ui, text::LONG_DIAGONAL, length(diamond.long_nm));
            }
            if let Some(found) = &report.strain {
                row(ui, text::STRAIN_SHORT, strain(&found.short));
                row(ui, text::STRAIN_LONG, strain(&found.long));
            }
        });
        let cautions: Vec<String> = report.warnings.iter().map(|warning| warning.message.clone()).collect();
        widgets::cautions(ui, &cautions);
        if let Some(reason) = &report.diamond_reason {
            widgets::cautions(ui, std::slice::from_ref(reason));
        }
    });
}
