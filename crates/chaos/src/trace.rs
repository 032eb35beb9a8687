//! What happened, line by line: always hashed, so that two runs of a seed can be compared, and
//! kept only when somebody wants to read it.

use std::fmt::{self, Write as _};

/// The lines of one run.
#[derive(Debug)]
pub(crate) struct Trace {
    hash: Fnv,
    lines: Option<Vec<String>>,
}

impl Trace {
    pub(crate) fn new(keep: bool) -> Self {
        Self { hash: Fnv(0xcbf2_9ce4_8422_2325), lines: keep.then(Vec::new) }
    }

    pub(crate) fn line(&mut self, now_ms: i64, what: fmt::Arguments<'_>) {
        let (days, rest) = (now_ms / 86_400_000, now_ms % 86_400_000);
        let (seconds, millis) = (rest / 1000, rest % 1000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let _ = writeln!(self.hash, "{now_ms} {what}");
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{days}d {hours:02}:{minutes:02}:{seconds:02}.{millis:03}  {what}"));
        }
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash.0
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }
}

/// FNV-1a: enough to tell two traces apart, without an allocation per line.
#[derive(Debug)]
struct Fnv(u64);

impl fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}
