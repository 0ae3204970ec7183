//! The figures of a run, how they are judged, and how they are shown: a table for people, JSON for machines.
//! Knows nothing of how a figure was measured. Filled by `rates` and `transfers`, shown by `main`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::machine::Machine;

/// Peak memory must stay below this.
const MEMORY_BOUND_BYTES: u64 = 128 << 20;

/// One round: ours and the reference, measured one right after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    /// Ours, in the figure's unit.
    pub(crate) ours: f64,
    /// The reference, in the figure's unit.
    pub(crate) reference: f64,
}

/// Something told beside a figure.
#[derive(Debug)]
pub(crate) struct Detail {
    /// What it is.
    pub(crate) name: &'static str,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// Ours.
    pub(crate) ours: f64,
    /// The reference, where it has one.
    pub(crate) reference: Option<f64>,
    /// What ours must stay below, where there is such a bound.
    pub(crate) below: Option<f64>,
}

impl Detail {
    /// False for a value that is no number, too.
    fn holds(&self) -> bool {
        self.below.is_none_or(|below| self.ours < below)
    }
}

/// Something that holds or doesn't, and is no speed.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// What was looked at.
    pub(crate) name: String,
    /// What was found.
    pub(crate) found: String,
    /// What must hold.
    pub(crate) bound: String,
    /// Whether it does.
    pub(crate) holds: bool,
}

/// A speed beside its reference; more is better.
#[derive(Debug)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// Unit of ours and of the reference.
    pub(crate) unit: &'static str,
    /// What the reference is.
    pub(crate) reference_name: String,
    /// Least ratio that is good enough.
    pub(crate) bound: f64,
    /// The rounds, in order.
    pub(crate) rounds: Vec<Round>,
    /// What is told beside it.
    pub(crate) details: Vec<Detail>,
}

impl Figure {
    /// Median of the rounds' ratios: each compares two measurements made close together.
    fn ratio(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.ours / round.reference))
    }

    fn ours(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.ours))
    }

    fn reference(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.reference))
    }

    /// False for a ratio that is no number, too.
    fn holds(&self) -> bool {
        self.ratio() >= self.bound
    }

    fn holds_with_details(&self) -> bool {
        self.holds() && self.details.iter().all(Detail::holds)
    }

    fn to_json(&self) -> Value {
        let rounds = self.rounds.iter();
        let rounds: Vec<_> =
            rounds.map(|round| json!({ "ours": round.ours, "reference": round.reference })).collect();
        let details = self.details.iter();
        let details: Vec<_> = details
            .map(|detail| {
                json!({
                    "name": detail.name, "unit": detail.unit,
                    "ours": detail.ours, "reference": detail.reference, "below": detail.below,
                })
            })
            .collect();
        json!({
            "name": self.name, "unit": self.unit, "ours": self.ours(), "reference": self.reference(),
            "reference_name": self.reference_name, "ratio": self.ratio(), "bound": self.bound,
            "holds": self.holds_with_details(), "rounds": rounds, "details": details,
        })
    }
}

/// Everything a run found out.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Speeds, in the order they were measured.
    pub(crate) figures: Vec<Figure>,
    /// The server's peak memory so far, in bytes, after each part.
    pub(crate) peak_memory: Vec<(&'static str, u64)>,
    /// What holds or doesn't, beside the speeds.
    pub(crate) verdicts: Vec<Verdict>,
    /// Facts without a reference.
    pub(crate) notes: Vec<String>,
    /// What should have been measured and could not be, with the reason.
    pub(crate) not_measured: Vec<String>,
}

impl Report {
    /// Peak memory through all of it.
    fn peak_memory_bytes(&self) -> Option<u64> {
        self.peak_memory.iter().map(|(_, bytes)| *bytes).max()
    }

    fn memory_holds(&self) -> bool {
        self.peak_memory_bytes().is_some_and(|bytes| bytes < MEMORY_BOUND_BYTES)
    }

    /// True when every bound that was looked at holds.
    pub(crate) fn holds(&self) -> bool {
        self.figures.iter().all(Figure::holds_with_details)
            && self.verdicts.iter().all(|verdict| verdict.holds)
            && self.memory_holds()
    }

    /// As a table for people.
    pub(crate) fn to_text(&self, machine: &Machine) -> String {
        let mut rows = vec![["figure", "ours", "reference", "ratio", "bound", "verdict"].map(str::to_owned)];
        for figure in &self.figures {
            rows.push([
                figure.name.clone(),
                with_unit(figure.ours(), figure.unit),
                format!("{} {}", with_unit(figure.reference(), figure.unit), figure.reference_name),
                format!("{:.3}", figure.ratio()),
                format!("≥ {}", figure.bound),
                verdict(figure.holds()),
            ]);
            for detail in &figure.details {
                let reference = detail.reference.map(|value| with_unit(value, detail.unit));
                rows.push([
                    format!("  {}", detail.name),
                    with_unit(detail.ours, detail.unit),
                    reference.unwrap_or_default(),
                    String::new(),
                    detail.below.map(|below| format!("< {below} {}", detail.unit)).unwrap_or_default(),
                    detail.below.map(|_| verdict(detail.holds())).unwrap_or_default(),
                ]);
            }
        }
        if let Some(bytes) = self.peak_memory_bytes() {
            rows.push([
                "peak memory".to_owned(),
                with_unit(mib(bytes), "MiB"),
                String::new(),
                String::new(),
                format!("< {:.0} MiB", mib(MEMORY_BOUND_BYTES)),
                verdict(self.memory_holds()),
            ]);
        }
        let mut text = format!("{}\n{}", machine.to_text(), table(&rows));
        let after = self.peak_memory.iter().map(|(part, bytes)| format!("{part} {:.1}", mib(*bytes)));
        let after: Vec<_> = after.collect();
        let _ = writeln!(text, "\npeak memory after each part, MiB: {}", after.join(", "));
        for Verdict { name, found, bound, holds } in &self.verdicts {
            let _ = writeln!(text, "{name}: {found} (bound: {bound}): {}", verdict(*holds));
        }
        for note in &self.notes {
            let _ = writeln!(text, "{note}");
        }
        for what in &self.not_measured {
            let _ = writeln!(text, "NOT MEASURED: {what}");
        }
        text
    }

    /// As JSON, with every round.
    pub(crate) fn to_json(&self, machine: &Machine) -> Value {
        let after = self.peak_memory.iter();
        let after: Vec<_> = after.map(|(part, bytes)| json!({ "after": part, "bytes": bytes })).collect();
        let figures: Vec<_> = self.figures.iter().map(Figure::to_json).collect();
        let verdicts = self.verdicts.iter().map(|verdict| {
            let Verdict { name, found, bound, holds } = verdict;
            json!({ "name": name, "found": found, "bound": bound, "holds": holds })
        });
        let verdicts: Vec<_> = verdicts.collect();
        json!({
            "machine": machine.to_json(), "figures": figures, "verdicts": verdicts,
            "notes": self.notes, "not_measured": self.not_measured, "holds": self.holds(),
            "peak_memory": {
                "bytes": self.peak_memory_bytes(), "bound_bytes": MEMORY_BOUND_BYTES,
                "holds": self.memory_holds(), "after_each_part": after,
            },
        })
    }
}

/// The middle value; of an even number the mean of the two in the middle. Not a number when there is none.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// Bytes in MiB.
#[expect(clippy::cast_precision_loss, reason = "no process and no database here has 2^52 bytes")]
pub(crate) fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn verdict(holds: bool) -> String {
    if holds { "ok" } else { "MISSED" }.to_owned()
}

/// Few digits for a large number, more for a small one.
fn with_unit(value: f64, unit: &str) -> String {
    if value.abs() >= 100.0 { format!("{value:.0} {unit}") } else { format!("{value:.2} {unit}") }
}

/// Lines up columns: the first to the left, the others to the right but the last.
fn table(rows: &[[String; 6]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    let mut text = String::new();
    for row in rows {
        let mut line = format!("{:<1$}", row[0], widths[0]);
        for column in 1..5 {
            let _ = write!(line, "  {:>1$}", row[column], widths[column]);
        }
        let _ = writeln!(text, "{}", format!("{line}  {}", row[5]).trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(rounds: &[(f64, f64)]) -> Figure {
        Figure {
            name: "x".to_owned(),
            unit: "/s",
            reference_name: "bare".to_owned(),
            bound: 0.5,
            rounds: rounds.iter().map(|&(ours, reference)| Round { ours, reference }).collect(),
            details: Vec::new(),
        }
    }

    #[test]
    fn median_of_odd_and_even_counts_is_the_middle() {
        assert!((median([3.0, 1.0, 2.0].into_iter()) - 2.0).abs() < 1e-9);
        assert!((median([4.0, 1.0, 2.0, 3.0].into_iter()) - 2.5).abs() < 1e-9);
        assert!(median(std::iter::empty()).is_nan());
    }

    #[test]
    fn one_outlying_round_does_not_decide() {
        assert!(figure(&[(6.0, 10.0), (6.0, 10.0), (1.0, 10.0)]).holds());
        assert!(!figure(&[(4.0, 10.0), (4.0, 10.0), (10.0, 10.0)]).holds());
    }

    #[test]
    fn figure_without_rounds_misses_its_bound() {
        assert!(!figure(&[]).holds());
    }

    #[test]
    fn detail_at_its_bound_and_verdict_that_fails_miss() {
        let detail = |ours| Detail { name: "p99", unit: "ms", ours, reference: None, below: Some(15.0) };
        let memory = vec![("token", 1)];
        let report = |ours, holds| Report {
            figures: vec![Figure { details: vec![detail(ours)], ..figure(&[(6.0, 10.0)]) }],
            verdicts: vec![Verdict { name: "x".into(), found: "y".into(), bound: "z".into(), holds }],
            peak_memory: memory.clone(),
            ..Report::default()
        };

        assert!(report(14.9, true).holds());
        assert!(!report(15.0, true).holds() && !report(f64::NAN, true).holds());
        assert!(!report(14.9, false).holds());
    }

    #[test]
    fn memory_at_the_bound_misses_it() {
        let at_bound = Report { peak_memory: vec![("token", MEMORY_BOUND_BYTES)], ..Report::default() };
        let below = Report { peak_memory: vec![("token", MEMORY_BOUND_BYTES - 1)], ..Report::default() };

        assert!(!at_bound.holds());
        assert!(below.holds());
    }
}
