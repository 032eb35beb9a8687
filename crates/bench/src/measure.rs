use std::{fmt, hint::black_box, time::Instant};

/// One measured path beside its floor.
pub(crate) struct Figure {
    name: &'static str,
    against: &'static str,
    /// Nanoseconds per operation, median of the rounds.
    subject_ns: u128,
    floor_ns: u128,
}

/// How long each side is run per round: long against timer and scheduler noise.
const ROUND_NS: u128 = 150_000_000;

/// Measures two functions in turn. Single-threaded and CPU-bound, so wall time is CPU time as long
/// as the machine has a core for us.
pub(crate) fn compare(
    name: &'static str,
    against: &'static str,
    rounds: usize,
    mut subject: impl FnMut(),
    mut floor: impl FnMut(),
) -> Figure {
    let (mut subjects, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        subjects.push(nanoseconds_each(&mut subject));
        floors.push(nanoseconds_each(&mut floor));
    }
    Figure { name, against, subject_ns: median(subjects), floor_ns: median(floors) }
}

fn nanoseconds_each(operation: &mut impl FnMut()) -> u128 {
    #[expect(clippy::disallowed_methods, reason = "measuring time is what a benchmark is for")]
    let start = Instant::now();
    let mut count = 0_u128;
    loop {
        for _ in 0..16 {
            operation();
            black_box(());
        }
        count += 16;
        let elapsed = start.elapsed().as_nanos();
        if elapsed >= ROUND_NS {
            return elapsed / count;
        }
    }
}

fn median(mut values: Vec<u128>) -> u128 {
    values.sort_unstable();
    values[values.len() / 2]
}

impl Figure {
    /// Thousandths, so that no float is needed to print a ratio.
    fn ratio_permille(&self) -> u128 {
        self.subject_ns * 1000 / self.floor_ns.max(1)
    }

    fn ratio(&self) -> String {
        format!("{}.{:03}", self.ratio_permille() / 1000, self.ratio_permille() % 1000)
    }

    fn microseconds(nanoseconds: u128) -> String {
        format!("{}.{:03}", nanoseconds / 1000, nanoseconds % 1000)
    }

    pub(crate) fn to_json(&self) -> String {
        format!(
            r#"{{"name":"{}","value":{},"unit":"µs/op","ratio":{},"against":"{}"}}"#,
            self.name,
            Self::microseconds(self.subject_ns),
            self.ratio(),
            self.against,
        )
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<24} {:>10} µs/op   {} × {} ({} µs)",
            self.name,
            Self::microseconds(self.subject_ns),
            self.ratio(),
            self.against,
            Self::microseconds(self.floor_ns),
        )
    }
}
