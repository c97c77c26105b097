//! Figures with their sampling errors, held against what is required of them, and the table that shows them.

use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::time::Instant;

/// A number measured on simulated scans, with the standard error that their number leaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Estimate {
    pub(crate) value: f64,
    pub(crate) error: f64,
}

impl Estimate {
    /// A number without sampling error.
    pub(crate) fn exact(value: f64) -> Self {
        Self { value, error: 0.0 }
    }

    /// Size, whatever the sign.
    pub(crate) fn abs(self) -> Self {
        Self { value: self.value.abs(), ..self }
    }
}

/// How a figure is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unit {
    /// A share, in per cent.
    Percent,
    /// A bare number of so many decimals.
    Number(usize),
}

impl Unit {
    fn write(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{:.1} %", 100.0 * value),
            Self::Number(decimals) => format!("{value:.decimals$}"),
        }
    }
}

/// One figure of a row: what it is, what is required, what was found.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    what: String,
    found: Estimate,
    required: RangeInclusive<f64>,
    unit: Unit,
    not_reached: Option<NotReached>,
}

/// A required figure that is not reached: what it was when it was last looked at, and why.
#[derive(Debug, Clone)]
struct NotReached {
    last: f64,
    why: &'static str,
}

/// Whether a figure is as required.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    Reached,
    NotReached,
    Failed,
}

impl Figure {
    pub(crate) fn new(what: &str, found: Estimate, required: RangeInclusive<f64>, unit: Unit) -> Self {
        Self { what: what.to_owned(), found, required, unit, not_reached: None }
    }

    /// Says that this figure misses its mark by what is known and why. The requirement stands; the suite fails once
    /// the figure is worse than `last` by more than two standard errors.
    pub(crate) fn not_reached(self, last: f64, why: &'static str) -> Self {
        Self { not_reached: Some(NotReached { last, why }), ..self }
    }

    /// `slack` standard errors are allowed beyond the required range: none in the full run.
    fn verdict(&self, slack: f64) -> Verdict {
        let [low, high] = [*self.required.start(), *self.required.end()];
        let within = |low: f64, high: f64, slack: f64| {
            let reach = slack * self.found.error;
            (low - reach..=high + reach).contains(&self.found.value)
        };
        match &self.not_reached {
            _ if within(low, high, slack) => Verdict::Reached,
            Some(known) if within(low.min(known.last), high.max(known.last), slack.max(2.0)) => Verdict::NotReached,
            _ => Verdict::Failed,
        }
    }

    fn requirement(&self) -> String {
        let [low, high] = [*self.required.start(), *self.required.end()];
        match (low.is_finite(), high.is_finite()) {
            (true, true) => format!("{} to {}", self.unit.write(low), self.unit.write(high)),
            (false, true) => format!("at most {}", self.unit.write(high)),
            _ => format!("at least {}", self.unit.write(low)),
        }
    }

    fn measured(&self) -> String {
        let found = self.unit.write(self.found.value);
        if self.found.error > 0.0 { format!("{found} ± {}", self.unit.write(self.found.error)) } else { found }
    }
}

/// A row of the table: one world or quantity with all its figures.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) figures: Vec<Figure>,
    pub(crate) seconds: f64,
}

/// Which rows are computed, and how well.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Scans of a row.
    pub(crate) scans: u64,
    /// Standard errors allowed beyond what is required.
    pub(crate) slack: f64,
    /// Parts of the names of the rows wanted; all rows when empty.
    pub(crate) only: Vec<String>,
}

impl Plan {
    /// The row of that name, timed and printed as soon as it is there; `None` when it is not wanted.
    pub(crate) fn row(&self, name: &str, figures: impl FnOnce() -> Vec<Figure>) -> Option<Row> {
        if !self.only.is_empty() && !self.only.iter().any(|part| name.contains(part)) {
            return None;
        }
        let started = Instant::now();
        let row = Row { name: name.to_owned(), figures: figures(), seconds: 0.0 };
        let row = Row { seconds: started.elapsed().as_secs_f64(), ..row };
        print!("{:7.1} s  {}", row.seconds, lines(&row, self.slack, &mut Vec::new()));
        Some(row)
    }
}

/// Rows under one heading.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) heading: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// The table as Markdown: one line per figure, notes on those not reached below.
pub(crate) fn markdown(groups: &[Group], slack: f64) -> String {
    let mut out = String::new();
    for group in groups.iter().filter(|group| !group.rows.is_empty()) {
        let mut notes = Vec::new();
        let head = "| world or part | figure | required | found | |\n|---|---|---|---|---|";
        let _ = writeln!(out, "## {}\n\n{head}", group.heading);
        group.rows.iter().for_each(|row| out.push_str(&lines(row, slack, &mut notes)));
        let _ = writeln!(out);
        for (k, why) in notes.iter().enumerate() {
            let _ = writeln!(out, "({}) {why}\n", k + 1);
        }
    }
    out
}

/// One line for each figure of a row; adds to `notes` what is said of those not reached.
fn lines(row: &Row, slack: f64, notes: &mut Vec<&'static str>) -> String {
    let mut out = String::new();
    for (k, figure) in row.figures.iter().enumerate() {
        let name = if k == 0 { row.name.as_str() } else { "" };
        let verdict = match (figure.verdict(slack), &figure.not_reached) {
            (Verdict::Reached, _) => String::new(),
            (Verdict::NotReached, Some(known)) => {
                let number = notes.iter().position(|note| *note == known.why).unwrap_or_else(|| {
                    notes.push(known.why);
                    notes.len() - 1
                });
                format!("not reached ({})", number + 1)
            }
            _ => "**failed**".to_owned(),
        };
        let [required, found] = [figure.requirement(), figure.measured()];
        let _ = writeln!(out, "| {name} | {} | {required} | {found} | {verdict} |", figure.what);
    }
    out
}

/// Seconds of every row.
pub(crate) fn times(groups: &[Group]) -> String {
    let rows = groups.iter().flat_map(|group| &group.rows);
    let mut out: String = rows.clone().map(|row| format!("{:7.1} s  {}\n", row.seconds, row.name)).collect();
    let _ = writeln!(out, "{:7.1} s  together", rows.map(|row| row.seconds).sum::<f64>());
    out
}

/// Fails, naming every figure that is not as required.
pub(crate) fn hold(groups: &[Group], slack: f64) {
    let mut failed = String::new();
    for row in groups.iter().flat_map(|group| &group.rows) {
        for figure in row.figures.iter().filter(|figure| figure.verdict(slack) == Verdict::Failed) {
            let [required, found] = [figure.requirement(), figure.measured()];
            let _ = writeln!(failed, "{}: {} is {found}, required {required}", row.name, figure.what);
        }
    }
    assert!(failed.is_empty(), "not as required:\n{failed}");
}
