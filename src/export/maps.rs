//! Maps, components and shifts of many spectra as NPZ and CSV.

use std::io::{Seek, Write};

use ndarray::{Array1, ArrayD, IxDyn, arr0, arr1, arr2};
use ndarray_npy::{WritableElement, WriteNpzError};

use crate::analysis::maps::{Components, EdgeMaps, FitStatus, MapModel, PixelBackgrounds, Shifts, WATERMARK};
use crate::model::SpectrumImage;

use super::ExportError;
use super::csv::{Table, number};
use super::npz::{Arrays, text};
use super::provenance::Origin;
use super::subtracted::Subtracted;

/// Maps as NPZ. For each edge, arrays over `[y, x]` or `[position]`: `<edge>/<peak>/net`, `sigma` and `background` in
/// electrons with `window_ev`; `<edge>/background/` with `exponent`, `exponent_sigma`, `log_level` (of electrons per
/// channel at `centre_ev`), `reduced_chi2`, `status`, `windows_ev` `[window, limit]` and, of these, the first as
/// `window_ev`. Then `shift_ev`, `shift_sigma_ev`, `step_nm` of each axis (NaN when
/// the file does not state it), `counts_per_electron`, and `provenance` (JSON as UTF-8 bytes). NaN: not computed, see
/// `status`.
///
/// # Errors
/// What the writer reports.
pub fn write_maps(
    out: impl Write + Seek,
    model: &MapModel,
    edges: &[(String, EdgeMaps)],
    origin: &Origin,
) -> Result<(), ExportError> {
    let mut arrays = Arrays::new(out);
    let grid = Grid::of(&model.spectra);
    for (slug, maps) in edges {
        for window in &maps.windows {
            let name = |last: &'static str| [slug.as_str(), window.label.as_str(), last];
            arrays.add(&name("net"), &grid.shaped(&window.net))?;
            arrays.add(&name("sigma"), &grid.shaped(&window.sigma))?;
            arrays.add(&name("background"), &grid.shaped(&window.background))?;
            arrays.add(&name("window_ev"), &arr1(&[window.window_ev.lo_ev(), window.window_ev.hi_ev()]))?;
        }
        add_background(&mut arrays, slug, &grid, &maps.background)?;
    }
    add_common(&mut arrays, model, &grid, origin)?;
    Ok(arrays.finish()?)
}

/// The subtracted spectra as NPZ: `electrons` `[y, x, energy]`, `energy_ev` (calibrated; position `p` lies at
/// `energy_ev + shift_ev[p]`), the background's arrays and those common to all maps.
///
/// # Errors
/// What the writer reports.
pub fn write_subtracted(
    out: impl Write + Seek,
    model: &MapModel,
    slug: &str,
    cube: &Subtracted<'_>,
    backgrounds: &PixelBackgrounds,
    origin: &Origin,
) -> Result<(), ExportError> {
    let mut arrays = Arrays::new(out);
    arrays.add(&["electrons"], cube)?;
    arrays.add(&["energy_ev"], &Array1::from(model.axis.energies()))?;
    let grid = Grid::of(&model.spectra);
    add_background(&mut arrays, slug, &grid, backgrounds)?;
    add_common(&mut arrays, model, &grid, origin)?;
    Ok(arrays.finish()?)
}

fn add_background<W: Write + Seek>(
    arrays: &mut Arrays<W>,
    slug: &str,
    grid: &Grid,
    found: &PixelBackgrounds,
) -> Result<(), WriteNpzError> {
    let name = |last: &'static str| [slug, "background", last];
    arrays.add(&name("exponent"), &grid.shaped(&found.exponent))?;
    arrays.add(&name("exponent_sigma"), &grid.shaped(&found.exponent_sigma))?;
    arrays.add(&name("log_level"), &grid.shaped(&found.log_level))?;
    arrays.add(&name("reduced_chi2"), &grid.shaped(&found.reduced_chi2))?;
    let status: Vec<u8> = found.status.iter().map(|status| *status as u8).collect();
    arrays.add(&name("status"), &grid.shaped(&status))?;
    arrays.add(&name("centre_ev"), &arr0(found.centre_ev))?;
    let windows: Vec<[f64; 2]> = found.windows_ev.iter().map(|window| [window.lo_ev(), window.hi_ev()]).collect();
    arrays.add(&name("windows_ev"), &arr2(&windows))?;
    arrays.add(&name("window_ev"), &arr1(&windows.first().copied().unwrap_or([f64::NAN; 2])))
}

fn add_common<W: Write + Seek>(
    arrays: &mut Arrays<W>,
    model: &MapModel,
    grid: &Grid,
    origin: &Origin,
) -> Result<(), WriteNpzError> {
    arrays.add(&["shift_ev"], &grid.shaped(&model.drift.shift_ev))?;
    arrays.add(&["shift_sigma_ev"], &grid.shaped(&model.drift.sigma_ev))?;
    arrays.add(&["counts_per_electron"], &arr0(model.noise.gain))?;
    arrays.add(&["step_nm"], &grid.step_nm())?;
    arrays.origin(origin)
}

/// Components as NPZ: `factors` `[component, energy]` with `energy_ev` of the file, `loadings` `[y, x, component]` or
/// `[position, component]` in counts, `variances`, `variance_ratios`, and `watermark`.
///
/// # Errors
/// What the writer reports.
pub fn write_components(
    out: impl Write + Seek,
    spectra: &SpectrumImage,
    found: &Components,
    origin: &Origin,
) -> Result<(), ExportError> {
    let mut arrays = Arrays::new(out);
    let mut shape = spectra.sizes();
    shape.push(found.loadings.ncols());
    let loadings = found.loadings.to_shape(IxDyn(&shape)).map(|array| array.into_owned()).unwrap_or_default();
    arrays.add(&["factors"], &found.factors)?;
    arrays.add(&["energy_ev"], &Array1::from(spectra.axis().energies()))?;
    arrays.add(&["loadings"], &loadings)?;
    arrays.add(&["variances"], &Array1::from(found.variances.clone()))?;
    arrays.add(&["variance_ratios"], &Array1::from(found.ratios.clone()))?;
    arrays.add(&["watermark"], &text(WATERMARK))?;
    arrays.origin(origin)?;
    Ok(arrays.finish()?)
}

/// Shifts as CSV: one row for each position, `y` and `x` for spectrum images.
///
/// # Errors
/// [`ExportError`] when a shift is not finite.
pub fn shifts_csv(shifts: &Shifts, spectra: &SpectrumImage, origin: &Origin) -> Result<Vec<u8>, ExportError> {
    let mut head = vec![
        "Energy shift of every position on the axis that the file states: add it to those energies".to_owned(),
        "by the zero loss, shifts put it at 0 eV; by the white lines, they are relative to the middle of this scan"
            .to_owned(),
        "shift and sigma in eV; positions 0-based; an empty sigma: nothing to align on there".to_owned(),
    ];
    head.extend(origin.lines());
    let mut table = Table::with_head(&head);
    let sizes = spectra.sizes();
    let row_length = sizes.last().copied().unwrap_or(1);
    let two = sizes.len() == 2;
    let titles: &[&str] = if two { &["y", "x"] } else { &["position"] };
    table.row(titles.iter().chain(&["shift (eV)", "shift sigma (eV)"]))?;
    for (position, (shift, sigma)) in shifts.shift_ev.iter().zip(&shifts.sigma_ev).enumerate() {
        let place = || format!("the shift of position {position}");
        let at = if two { vec![position / row_length, position % row_length] } else { vec![position] };
        let values = [number(Some(*shift), place)?, number(Some(*sigma).filter(|sigma| sigma.is_finite()), place)?];
        table.row(at.iter().map(ToString::to_string).chain(values))?;
    }
    table.finish()
}

/// What was done before a model of many spectra was there, in its order.
pub fn model_steps(model: &MapModel) -> Vec<String> {
    let (noise, fitted) = (&model.noise, &model.calibration);
    vec![
        format!("divided counts by {} counts per electron", noise.gain),
        shifts_step(&model.drift),
        format!(
            "calibrated energies ({}): E = {:.2} eV + ({:.3}) eV + ({:.5}) (E_file - {:.2} eV)",
            fitted.method, fitted.pivot_ev, fitted.offset_ev, fitted.dispersion_scale, fitted.pivot_ev
        ),
        "left X-ray spikes in".to_owned(),
    ]
}

/// How energy shifts were found, and how far they reach.
pub fn shifts_step(shifts: &Shifts) -> String {
    let how = if shifts.smoothed { ", a quadratic drift through the estimates" } else { "" };
    let [lo, hi] =
        [f64::min, f64::max].map(|pick: fn(f64, f64) -> f64| shifts.shift_ev.iter().copied().fold(0.0, pick));
    match shifts.method {
        "zero-loss" => format!("measured energy shifts on the zero loss{how}: {lo:.3} to {hi:.3} eV"),
        "ti-l" => format!("measured energy shifts on the white lines{how}: {lo:.3} to {hi:.3} eV"),
        _ => "took energies of all positions as they are".to_owned(),
    }
}

/// Where the background of every position was fitted, and how often that failed.
pub fn background_step(edge: &str, found: &PixelBackgrounds) -> String {
    let failed = found.status.iter().filter(|status| **status != FitStatus::Fitted).count();
    let positions = found.status.len();
    let windows: Vec<String> = found.windows_ev.iter().map(ToString::to_string).collect();
    let far = found.far_exponents_told().map(|told| format!("; {told}")).unwrap_or_default();
    format!(
        "fitted a power law before {edge} over {} at each of {positions} positions, in vain at {failed}{far}",
        windows.join(" and ")
    )
}

/// What was integrated above the background of an edge.
pub fn maps_step(maps: &EdgeMaps) -> String {
    let windows: Vec<String> = maps.windows.iter().map(|w| format!("{} ({})", w.label, w.window_ev)).collect();
    format!("{}; integrated net electrons over {}", background_step(&maps.edge, &maps.background), windows.join(", "))
}

/// The navigation axes.
struct Grid {
    sizes: Vec<usize>,
    step_nm: Vec<f64>,
}

impl Grid {
    fn of(spectra: &SpectrumImage) -> Self {
        let step_nm = spectra.navigation().iter().map(|axis| axis.step_nm.unwrap_or(f64::NAN)).collect();
        Self { sizes: spectra.sizes(), step_nm }
    }

    /// Values of positions in C order as an array over the navigation axes.
    fn shaped<T: Clone + Default + WritableElement>(&self, values: &[T]) -> ArrayD<T> {
        let flat = || Array1::from(values.to_vec()).into_dyn();
        ArrayD::from_shape_vec(IxDyn(&self.sizes), values.to_vec()).unwrap_or_else(|_| flat())
    }

    fn step_nm(&self) -> Array1<f64> {
        Array1::from(self.step_nm.clone())
    }
}
