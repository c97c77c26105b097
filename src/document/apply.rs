//! What each command does to a session.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::{
    Command, CommandError, OpenScan, ProfileFile, ScanKey, Session, SessionInput, SideFile, SurveyLine, WindowName,
};
use crate::analysis::bootstrap::DRAWS;
use crate::model::{EdgeRecipe, EnergyWindow, PeakWindow, Role, Site};

type Outcome = Result<(), CommandError>;

/// What is known of the scans while commands are carried out.
pub(super) enum Scans<'a> {
    /// These are open.
    Opened(&'a BTreeMap<ScanKey, Arc<OpenScan>>),
    /// None need be: the commands were carried out before, with the scans at hand.
    Trusted,
}

impl Scans<'_> {
    /// Number of positions of an open scan.
    fn positions(&self, key: &ScanKey) -> Option<usize> {
        match self {
            Self::Opened(scans) => scans.get(key).map(|open| open.scan.positions()),
            Self::Trusted => Some(usize::MAX),
        }
    }
}

/// Changes the session. On an error the session may be half changed: the caller throws it away.
pub(super) fn apply(command: &Command, session: &mut Session, held: &Scans<'_>) -> Outcome {
    match command {
        Command::AddScan { input } => add_scan(session, held, input),
        Command::RemoveScan { scan } => remove_scan(session, scan),
        Command::RenameScan { scan, name } => rename_scan(session, scan, name),
        Command::SetRole { scan, role } => set_role(session, scan, *role),
        Command::SetSites { scan, sites } => set_sites(session, held, scan, sites.as_deref()),
        Command::MoveSite { scan, site, by } => move_site(session, held, scan, site, *by),
        Command::MoveColumn { scan, site, column, from, to } => {
            move_column(session, held, (scan, site, *column), *from..*to)
        }
        Command::AddColumn { scan, site, from, to } => add_column(session, held, (scan, site), *from..*to),
        Command::RemoveColumn { scan, site, column } => remove_column(session, (scan, site, *column)),
        Command::SetTi3Reference { file } => set_ti3_reference(session, held, file.as_ref()),
        Command::SetLowLoss { scan, file } => set_low_loss(session, held, scan, file.as_ref()),
        Command::SetProfiles { scan, profiles } => set_profiles(session, held, scan, profiles),
        Command::SetSurvey { survey } => set_survey(session, survey),
        Command::SetBootstrap { draws } => set_bootstrap(session, *draws),
        Command::BeginGesture | Command::EndGesture | Command::Undo | Command::Redo => Ok(()),
        Command::SetFigureStyle { style } => {
            session.figure_style.clone_from(style);
            style.check().map_err(|error| CommandError::BadStyle { what: error.to_string() })
        }
        recipe => {
            change_recipe(recipe, session)?;
            session.recipe.check().map_err(|error| CommandError::BadRecipe { what: error.to_string() })
        }
    }
}

fn change_recipe(command: &Command, session: &mut Session) -> Outcome {
    let recipe = &mut session.recipe;
    match command {
        Command::MoveWindow { edge, window, window_ev } => move_window(session, edge, window, *window_ev)?,
        Command::AddPeak { edge, peak } => add_peak(edge_mut(session, edge)?, peak),
        Command::RemovePeak { edge, label } => remove_peak(edge_mut(session, edge)?, label)?,
        Command::SetAssignment { edge, label, assignment } => {
            peak_mut(edge_mut(session, edge)?, label)?.assignment.clone_from(assignment);
        }
        Command::SetNormalisingPeak { edge, label } => {
            normalise_by(edge_mut(session, edge)?, label);
        }
        Command::SetMeasure { edge, measure } => edge_mut(session, edge)?.measure = *measure,
        Command::SetJointFit { edge, on } => edge_mut(session, edge)?.joint_fit = *on,
        Command::SetUnmixing { edge, probe } => edge_mut(session, edge)?.unmixing = *probe,
        Command::SetBackgroundModel { edge, model } => edge_mut(session, edge)?.background.model = *model,
        Command::AddBackgroundWindow { edge, window_ev } => {
            edge_mut(session, edge)?.background.more_windows_ev.push(*window_ev);
        }
        Command::RemoveBackgroundWindow { edge, number } => {
            let edge = edge_mut(session, edge)?;
            background_window_mut(edge, *number)?;
            edge.background.more_windows_ev.remove(*number);
        }
        Command::SetCalibration { calibration } => recipe.calibration = calibration.clone(),
        Command::SetAlignment { method } => recipe.alignment = *method,
        Command::SetSpikes { spikes } => recipe.spikes = *spikes,
        Command::KeepSpike { samples, keep } => {
            recipe.kept_spikes.retain(|kept| !samples.contains(kept));
            if *keep {
                recipe.kept_spikes.extend_from_slice(samples);
            }
        }
        Command::SetGain { counts_per_electron } => recipe.counts_per_electron = *counts_per_electron,
        Command::SetSiteRecipe { sites } => recipe.sites = sites.clone(),
        Command::SetRecipe { recipe: new } => recipe.clone_from(new),
        _ => {}
    }
    Ok(())
}

fn add_scan(session: &mut Session, held: &Scans<'_>, input: &SessionInput) -> Outcome {
    let name = || input.name.clone();
    if held.positions(&input.key()).is_none() {
        return Err(CommandError::NotOpened { name: name() });
    }
    if let Some(same) = session.inputs.iter().find(|other| other.key() == input.key()) {
        return Err(CommandError::AlreadyThere { name: same.name.clone() });
    }
    if input.name.trim().is_empty() || session.input(&input.name).is_some() {
        return Err(CommandError::BadName { name: name() });
    }
    session.inputs.push(SessionInput { role: Role::Scan, sites: None, ..input.clone() });
    set_sites(session, held, &input.name, input.sites.as_deref())?;
    set_role(session, &input.name, input.role)
}

fn set_ti3_reference(session: &mut Session, held: &Scans<'_>, file: Option<&SideFile>) -> Outcome {
    if let Some(file) = file.filter(|file| held.positions(&file.key()).is_none()) {
        return Err(CommandError::NotOpened { name: file.path.display().to_string() });
    }
    session.ti3_reference = file.cloned();
    Ok(())
}

fn set_low_loss(session: &mut Session, held: &Scans<'_>, scan: &str, file: Option<&SideFile>) -> Outcome {
    input_mut(session, scan)?.low_loss = file.cloned();
    beside(session, held, scan, file.is_some())
}

fn set_profiles(session: &mut Session, held: &Scans<'_>, scan: &str, profiles: &[ProfileFile]) -> Outcome {
    input_mut(session, scan)?.profiles = profiles.to_vec();
    beside(session, held, scan, !profiles.is_empty())
}

/// A scan with other files beside it is another scan, which has to be at hand; the one without is opened again when it is not.
fn beside(session: &mut Session, held: &Scans<'_>, scan: &str, with: bool) -> Outcome {
    let key = input_mut(session, scan)?.key();
    if with && held.positions(&key).is_none() {
        return Err(CommandError::NotOpened { name: scan.to_owned() });
    }
    match session.inputs.iter().find(|other| other.name != scan && other.key() == key) {
        Some(same) => Err(CommandError::AlreadyThere { name: same.name.clone() }),
        None => Ok(()),
    }
}

fn set_bootstrap(session: &mut Session, draws: Option<u32>) -> Outcome {
    if let Some(draws) = draws.filter(|draws| !DRAWS.contains(draws)) {
        return Err(CommandError::BadDraws { draws });
    }
    session.bootstrap = draws;
    Ok(())
}

fn remove_scan(session: &mut Session, scan: &str) -> Outcome {
    input_mut(session, scan)?;
    session.inputs.retain(|input| input.name != scan);
    session.surveys.retain(|survey| survey.scan != scan);
    Ok(())
}

fn rename_scan(session: &mut Session, scan: &str, name: &str) -> Outcome {
    input_mut(session, scan)?;
    if name.trim().is_empty() || (name != scan && session.input(name).is_some()) {
        return Err(CommandError::BadName { name: name.to_owned() });
    }
    name.clone_into(&mut input_mut(session, scan)?.name);
    session
        .surveys
        .iter_mut()
        .filter(|survey| survey.scan == scan)
        .for_each(|survey| name.clone_into(&mut survey.scan));
    Ok(())
}

fn set_role(session: &mut Session, scan: &str, role: Role) -> Outcome {
    input_mut(session, scan)?;
    if role == Role::Reference {
        session.inputs.iter_mut().for_each(|input| input.role = Role::Scan);
    }
    input_mut(session, scan)?.role = role;
    Ok(())
}

fn set_sites(session: &mut Session, held: &Scans<'_>, scan: &str, sites: Option<&[Site]>) -> Outcome {
    let bad = |what: String| CommandError::BadSites { scan: scan.to_owned(), what };
    let positions = positions(session, held, scan)?;
    for (k, site) in sites.unwrap_or_default().iter().enumerate() {
        if site.name.trim().is_empty() || site.columns.is_empty() {
            return Err(bad(format!("site \"{}\" needs a name and a column", site.name)));
        }
        if sites.unwrap_or_default().iter().take(k).any(|other| other.name == site.name) {
            return Err(bad(format!("{} is given twice", site.name)));
        }
        for column in &site.columns {
            check_range(scan, column, positions)?;
        }
    }
    input_mut(session, scan)?.sites = sites.map(<[Site]>::to_vec);
    Ok(())
}

fn move_site(session: &mut Session, held: &Scans<'_>, scan: &str, name: &str, by: i64) -> Outcome {
    let positions = positions(session, held, scan)?;
    for column in &mut site_mut(session, scan, name)?.columns {
        let (from, to) = (moved(column.start, by), moved(column.end, by));
        let refused = || CommandError::BadRange { scan: scan.to_owned(), from, to, positions };
        let start = usize::try_from(from).map_err(|_| refused())?;
        let end = usize::try_from(to).map_err(|_| refused())?;
        check_range(scan, &(start..end), positions)?;
        *column = start..end;
    }
    Ok(())
}

fn moved(position: usize, by: i64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX).saturating_add(by)
}

fn move_column(
    session: &mut Session,
    held: &Scans<'_>,
    (scan, site, column): (&str, &str, usize),
    range: Range<usize>,
) -> Outcome {
    check_range(scan, &range, positions(session, held, scan)?)?;
    let none = || CommandError::NoColumn { scan: scan.to_owned(), site: site.to_owned(), column };
    *site_mut(session, scan, site)?.columns.get_mut(column).ok_or_else(none)? = range;
    Ok(())
}

fn add_column(session: &mut Session, held: &Scans<'_>, (scan, site): (&str, &str), range: Range<usize>) -> Outcome {
    check_range(scan, &range, positions(session, held, scan)?)?;
    if site.trim().is_empty() {
        return Err(CommandError::NoSite { scan: scan.to_owned(), site: site.to_owned() });
    }
    let sites = input_mut(session, scan)?.sites.get_or_insert_default();
    match sites.iter_mut().find(|other| other.name == site) {
        Some(found) => {
            found.columns.push(range);
            found.columns.sort_by_key(|column| column.start);
        }
        None => sites.push(Site { name: site.to_owned(), columns: vec![range] }),
    }
    Ok(())
}

fn remove_column(session: &mut Session, (scan, site, column): (&str, &str, usize)) -> Outcome {
    let found = site_mut(session, scan, site)?;
    if column >= found.columns.len() {
        return Err(CommandError::NoColumn { scan: scan.to_owned(), site: site.to_owned(), column });
    }
    found.columns.remove(column);
    if let Some(sites) = &mut input_mut(session, scan)?.sites {
        sites.retain(|site| !site.columns.is_empty());
    }
    Ok(())
}

fn set_survey(session: &mut Session, survey: &SurveyLine) -> Outcome {
    input_mut(session, &survey.scan)?;
    let numbers = survey.from.iter().chain(&survey.to).all(|share| share.is_finite());
    if !numbers || survey.from == survey.to {
        return Err(CommandError::BadLine { scan: survey.scan.clone() });
    }
    match session.surveys.iter_mut().find(|other| other.scan == survey.scan) {
        Some(other) => other.clone_from(survey),
        None => session.surveys.push(survey.clone()),
    }
    Ok(())
}

fn check_range(scan: &str, range: &Range<usize>, positions: usize) -> Outcome {
    if range.start < range.end && range.end <= positions {
        return Ok(());
    }
    let (from, to) = (moved(range.start, 0), moved(range.end, 0));
    Err(CommandError::BadRange { scan: scan.to_owned(), from, to, positions })
}

fn positions(session: &Session, held: &Scans<'_>, scan: &str) -> Result<usize, CommandError> {
    let input = session.input(scan).ok_or_else(|| CommandError::NoScan { scan: scan.to_owned() })?;
    held.positions(&input.key()).ok_or_else(|| CommandError::NotOpened { name: scan.to_owned() })
}

fn input_mut<'a>(session: &'a mut Session, scan: &str) -> Result<&'a mut SessionInput, CommandError> {
    let found = session.inputs.iter_mut().find(|input| input.name == scan);
    found.ok_or_else(|| CommandError::NoScan { scan: scan.to_owned() })
}

fn site_mut<'a>(session: &'a mut Session, scan: &str, site: &str) -> Result<&'a mut Site, CommandError> {
    let none = || CommandError::NoSite { scan: scan.to_owned(), site: site.to_owned() };
    let sites = input_mut(session, scan)?.sites.as_mut().ok_or_else(none)?;
    sites.iter_mut().find(|other| other.name == site).ok_or_else(none)
}

fn edge_mut<'a>(session: &'a mut Session, edge: &str) -> Result<&'a mut EdgeRecipe, CommandError> {
    let found = session.recipe.edges.iter_mut().find(|other| other.name == edge);
    found.ok_or_else(|| CommandError::NoEdge { edge: edge.to_owned() })
}

fn peak_mut<'a>(edge: &'a mut EdgeRecipe, label: &str) -> Result<&'a mut PeakWindow, CommandError> {
    let none = CommandError::NoPeak { edge: edge.name.clone(), label: label.to_owned() };
    edge.peaks.iter_mut().find(|peak| peak.label == label).ok_or(none)
}

fn move_window(session: &mut Session, edge: &str, name: &WindowName, window: EnergyWindow) -> Outcome {
    let edge = edge_mut(session, edge)?;
    match name {
        WindowName::Background => edge.background.window_ev = window,
        WindowName::MoreBackground(number) => *background_window_mut(edge, *number)? = window,
        WindowName::Ratio => edge.background.ratio_window_ev = Some(window),
        WindowName::Compare => edge.compare_window_ev = Some(window),
        WindowName::Display => edge.display_ev = window,
        WindowName::Peak(label) => peak_mut(edge, label)?.window_ev = window,
    }
    Ok(())
}

fn background_window_mut(edge: &mut EdgeRecipe, number: usize) -> Result<&mut EnergyWindow, CommandError> {
    let none = || CommandError::NoWindow { edge: edge.name.clone(), number };
    edge.background.more_windows_ev.get_mut(number).ok_or_else(none)
}

/// Chooses the peak that normalises, with which the fine structure begins.
fn normalise_by(edge: &mut EdgeRecipe, label: &str) {
    edge.normalise_by = Some(label.to_owned());
    if let Some(structure) = &mut edge.fine_structure
        && let Some(k) = structure.peaks.iter().position(|peak| peak.label == label)
        && let Some(upto) = structure.peaks.get_mut(..=k)
    {
        upto.rotate_right(1);
    }
}

fn add_peak(edge: &mut EdgeRecipe, peak: &PeakWindow) {
    edge.peaks.push(peak.clone());
    edge.peaks.sort_by(|a, b| a.window_ev.lo_ev().total_cmp(&b.window_ev.lo_ev()));
}

fn remove_peak(edge: &mut EdgeRecipe, label: &str) -> Outcome {
    peak_mut(edge, label)?;
    edge.peaks.retain(|peak| peak.label != label);
    Ok(())
}
