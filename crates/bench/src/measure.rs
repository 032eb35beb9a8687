//! Measuring two things in turn, without floats.

use std::{fmt, hint::black_box};

use rustix::time::{ClockId, clock_gettime};

use crate::{
    peer::{Made, Peer},
    protocol::Path,
};

/// One path beside the cryptography it cannot avoid.
pub(crate) struct Comparison {
    name: &'static str,
    against: &'static str,
    goal_permille: u128,
    subject_ns: u128,
    floor_ns: u128,
    /// Median over rounds of subject / floor, in thousandths.
    ratio_permille: u128,
    allocations: u64,
    bytes: u64,
}

/// A line of the report.
pub(crate) struct Figure {
    name: String,
    value: String,
    unit: &'static str,
    /// In thousandths, and of what.
    ratio: Option<(u128, &'static str)>,
    remark: String,
}

/// How long each side runs per round: short, so that neighbouring rounds meet the same machine, and
/// long beside the clock's own cost.
const ROUND_NS: u128 = 25_000_000;

/// Runs before anything is measured: caches, branch predictors, lazily made tables.
const WARM_UP: usize = 64;

/// Other people's compilers only begin after some thousands.
const PEER_WARM_UP: u64 = 3_000;

/// Measures a path and its floor in turn; which of them begins alternates.
pub(crate) fn compare(path: &mut Path<'_>, rounds: usize) -> Comparison {
    let Path { name, against, goal_permille, subject, floor, .. } = path;
    for _ in 0..WARM_UP {
        subject();
        floor();
    }
    let counted = allocation_counter::measure(&mut *subject);
    let (mut subjects, mut floors, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let (subject_ns, floor_ns) = if round % 2 == 0 {
            let subject_ns = nanoseconds_each(subject);
            (subject_ns, nanoseconds_each(floor))
        } else {
            let floor_ns = nanoseconds_each(floor);
            (nanoseconds_each(subject), floor_ns)
        };
        subjects.push(subject_ns);
        floors.push(floor_ns);
        ratios.push(subject_ns * 1000 / floor_ns.max(1));
    }
    Comparison {
        name,
        against,
        goal_permille: *goal_permille,
        subject_ns: median(subjects),
        floor_ns: median(floors),
        ratio_permille: median(ratios),
        allocations: counted.count_total,
        bytes: counted.bytes_total,
    }
}

/// The same path as somebody else's SDK walks it, in a process of its own that reports its CPU
/// time, beside our floor.
pub(crate) fn compare_peer(
    path: &mut Path<'_>,
    peer: &mut Peer,
    rounds: usize,
) -> Result<Figure, String> {
    let mut question = path.question.clone();
    let (mut subjects, mut ratios) = (Vec::new(), Vec::new());
    question["times"] = PEER_WARM_UP.into();
    peer.ask(&question)?;
    for _ in 0..rounds {
        let floor_ns = nanoseconds_each(&mut path.floor);
        question["times"] = u64::try_from(ROUND_NS / floor_ns.max(1)).unwrap_or(1).max(1).into();
        let spent = match peer.ask(&question)? {
            Made::Value(ns) => ns.as_u64().ok_or_else(|| format!("{ns} is no time"))?,
            other => return Err(format!("{other:?}")),
        };
        subjects.push(u128::from(spent));
        ratios.push(u128::from(spent) * 1000 / floor_ns.max(1));
    }
    Ok(Figure {
        name: format!("{}.{}", path.name, peer.name()),
        value: thousandths(median(subjects)),
        unit: "µs/op",
        ratio: Some((median(ratios), path.against)),
        remark: String::new(),
    })
}

/// What the thread computes per operation, over at least one round.
pub(crate) fn nanoseconds_each(operation: &mut dyn FnMut()) -> u128 {
    let start = cpu_ns();
    let mut count = 0_u128;
    loop {
        for _ in 0..8 {
            operation();
            black_box(());
        }
        count += 8;
        let spent = cpu_ns() - start;
        if spent >= ROUND_NS {
            return spent / count;
        }
    }
}

/// The machine's time, from some instant on.
pub(crate) fn wall_ns() -> u128 {
    nanoseconds(ClockId::Monotonic)
}

/// CPU time of this process so far.
pub(crate) fn process_cpu_ns() -> u128 {
    nanoseconds(ClockId::ProcessCPUTime)
}

/// CPU time of this thread so far.
fn cpu_ns() -> u128 {
    nanoseconds(ClockId::ThreadCPUTime)
}

fn nanoseconds(clock: ClockId) -> u128 {
    let time = clock_gettime(clock);
    let part = |value: i64| u128::try_from(value).expect("such clocks start at zero");
    part(time.tv_sec) * 1_000_000_000 + part(time.tv_nsec)
}

fn median(mut values: Vec<u128>) -> u128 {
    values.sort_unstable();
    values[values.len() / 2]
}

impl Comparison {
    pub(crate) fn figures(&self) -> [Figure; 3] {
        let verdict = if self.ratio_permille <= self.goal_permille { "met" } else { "missed" };
        [
            Figure {
                name: self.name.to_owned(),
                value: thousandths(self.subject_ns),
                unit: "µs/op",
                ratio: Some((self.ratio_permille, self.against)),
                remark: format!("  (goal {} {verdict})", thousandths(self.goal_permille)),
            },
            Figure {
                name: format!("{}.floor", self.name),
                value: thousandths(self.floor_ns),
                unit: "µs/op",
                ratio: None,
                remark: String::new(),
            },
            Figure {
                name: format!("{}.allocations", self.name),
                value: self.allocations.to_string(),
                unit: "allocations/op",
                ratio: None,
                remark: format!("  ({} bytes)", self.bytes),
            },
        ]
    }
}

/// Nanoseconds as microseconds, thousandths as a ratio.
fn thousandths(value: u128) -> String {
    format!("{}.{:03}", value / 1000, value % 1000)
}

impl Figure {
    /// Something that stands for itself, in thousandths of its unit.
    pub(crate) fn alone(name: &str, value: u128, unit: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            value: thousandths(value),
            unit,
            ratio: None,
            remark: String::new(),
        }
    }

    /// The same beside a goal that it must not exceed.
    pub(crate) fn at_most(name: &str, value: u128, unit: &'static str, goal: u128) -> Self {
        let verdict = if value <= goal { "met" } else { "missed" };
        let remark = format!("  (goal at most {}: {verdict})", goal / 1000);
        Self { remark, ..Self::alone(name, value, unit) }
    }

    /// The same beside a goal that it must reach.
    pub(crate) fn at_least(name: &str, value: u128, unit: &'static str, goal: u128) -> Self {
        let verdict = if value >= goal { "met" } else { "missed" };
        let remark = format!("  (goal at least {}: {verdict})", goal / 1000);
        Self { remark, ..Self::alone(name, value, unit) }
    }

    /// How much dearer something is than in other circumstances; the ratio in thousandths.
    pub(crate) fn beside(self, ratio: u128, against: &'static str) -> Self {
        Self { ratio: Some((ratio, against)), ..self }
    }

    pub(crate) fn to_json(&self) -> String {
        let (ratio, against) = match self.ratio {
            Some((permille, against)) => (thousandths(permille), format!("\"{against}\"")),
            None => ("null".to_owned(), "null".to_owned()),
        };
        format!(
            r#"{{"name":"{}","value":{},"unit":"{}","ratio":{ratio},"against":{against}}}"#,
            self.name, self.value, self.unit,
        )
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<36} {:>10} {:<14}", self.name, self.value, self.unit)?;
        if let Some((permille, against)) = self.ratio {
            write!(f, "  {} × {against}", thousandths(permille))?;
        }
        f.write_str(&self.remark)
    }
}
