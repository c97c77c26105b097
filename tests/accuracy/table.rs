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
}

impl Figure {
    pub(crate) fn new(what: &str, found: Estimate, required: RangeInclusive<f64>, unit: Unit) -> Self {
        Self { what: what.to_owned(), found, required, unit }
    }

    /// Whether it is as required; `slack` standard errors are allowed beyond, none in the full run.
    fn reached(&self, slack: f64) -> bool {
        let reach = slack * self.found.error;
        (self.required.start() - reach..=self.required.end() + reach).contains(&self.found.value)
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
        print!("{:7.1} s  {}", row.seconds, lines(&row, self.slack));
        Some(row)
    }
}

/// Rows under one heading.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) heading: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// The table as Markdown: one line per figure.
pub(crate) fn markdown(groups: &[Group], slack: f64) -> String {
    let mut out = String::new();
    for group in groups.iter().filter(|group| !group.rows.is_empty()) {
        let head = "| world or part | figure | required | found | |\n|---|---|---|---|---|";
        let _ = writeln!(out, "## {}\n\n{head}", group.heading);
        group.rows.iter().for_each(|row| out.push_str(&lines(row, slack)));
        let _ = writeln!(out);
    }
    out
}

/// One line for each figure of a row.
fn lines(row: &Row, slack: f64) -> String {
    let mut out = String::new();
    for (k, figure) in row.figures.iter().enumerate() {
        let name = if k == 0 { row.name.as_str() } else { "" };
        let verdict = if figure.reached(slack) { "" } else { "**not reached**" };
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
        for figure in row.figures.iter().filter(|figure| !figure.reached(slack)) {
            let [required, found] = [figure.requirement(), figure.measured()];
            let _ = writeln!(failed, "{}: {} is {found}, required {required}", row.name, figure.what);
        }
    }
    assert!(failed.is_empty(), "not as required:\n{failed}");
}
