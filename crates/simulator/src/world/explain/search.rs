//! Trying mistakes: one at a time, then two together, then three.
//!
//! A canonical string is a few lines and a way to join them. Each line, the joining, and what
//! happens before hashing can each be wrong in known ways; the search goes through the
//! combinations with the fewest mistakes first, so that the simplest story wins. It is bounded by
//! bytes hashed, because a caller chooses how long a body is.

use super::mistake::Mistake;

/// The most mistakes one story may have.
const MOST_MISTAKES: usize = 3;

/// What a try costs besides its bytes.
const COST_OF_A_TRY: usize = 64;

/// A wrong form of one line.
#[derive(Debug, Clone)]
pub(crate) struct Variant {
    /// What was done to get it.
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) bytes: Vec<u8>,
    /// One of many like it (the 1000 milliseconds of a second): not combined with other mistakes.
    pub(crate) alone: bool,
}

/// One line of the string: as it must be, and as it might have been written.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) right: Vec<u8>,
    wrong: Vec<Variant>,
}

impl Line {
    pub(crate) fn new(right: impl Into<Vec<u8>>) -> Self {
        Self { right: right.into(), wrong: Vec::new() }
    }

    /// Adds a wrong form; one that is right, or known already with as few mistakes, is not added.
    pub(crate) fn or(&mut self, mistake: Mistake, bytes: impl Into<Vec<u8>>) {
        self.or_all(vec![mistake], bytes.into());
    }

    pub(crate) fn or_all(&mut self, mistakes: Vec<Mistake>, bytes: Vec<u8>) {
        self.push(Variant { mistakes, bytes, alone: false });
    }

    /// Adds a wrong form that is only tried by itself.
    pub(crate) fn or_alone(&mut self, mistake: Mistake, bytes: impl Into<Vec<u8>>) {
        self.wrong.push(Variant { mistakes: vec![mistake], bytes: bytes.into(), alone: true });
    }

    /// Every form the line may have, the right one too.
    pub(crate) fn forms(&self) -> impl Iterator<Item = &[u8]> {
        let wrong = self.wrong.iter().map(|variant| variant.bytes.as_slice());
        std::iter::once(self.right.as_slice()).chain(wrong)
    }

    fn push(&mut self, variant: Variant) {
        let known = |known: &Variant| {
            known.bytes == variant.bytes && known.mistakes.len() <= variant.mistakes.len()
        };
        if variant.bytes != self.right && !self.wrong.iter().any(known) {
            self.wrong.push(variant);
        }
    }
}

/// Makes one string of the lines.
pub(crate) type Join = fn(&[&[u8]]) -> Vec<u8>;

/// What a client did to the string before its library hashed it.
pub(crate) type Fold = fn(&[u8]) -> Vec<u8>;

/// A canonical string with the ways to get it wrong.
#[derive(Debug, Clone)]
pub(crate) struct Canonical {
    pub(crate) lines: Vec<Line>,
    pub(crate) join: Join,
    pub(crate) other_joins: Vec<(Mistake, Join)>,
    pub(crate) folds: Vec<(Mistake, Fold)>,
}

impl Canonical {
    pub(crate) fn right(&self) -> Vec<u8> {
        let lines: Vec<&[u8]> = self.lines.iter().map(|line| line.right.as_slice()).collect();
        (self.join)(&lines)
    }

    /// The names of everything that can be found.
    pub(crate) fn mistakes(&self) -> Vec<&'static str> {
        let lines = self.lines.iter().flat_map(|line| &line.wrong);
        let mut names: Vec<_> = lines
            .flat_map(|variant| &variant.mistakes)
            .chain(self.other_joins.iter().map(|(mistake, _)| mistake))
            .chain(self.folds.iter().map(|(mistake, _)| mistake))
            .map(|mistake| mistake.name)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// A string that fits.
#[derive(Debug)]
pub(crate) struct Hit {
    /// In the order of the lines.
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) message: Vec<u8>,
}

/// How much work is left, over all searches about one signature.
#[derive(Debug)]
pub(crate) struct Effort {
    bytes: usize,
    pub(crate) tried: usize,
}

impl Effort {
    pub(crate) const fn of(bytes: usize) -> Self {
        Self { bytes, tried: 0 }
    }

    pub(crate) const fn is_spent(&self) -> bool {
        self.bytes == 0
    }

    fn spend(&mut self, length: usize) {
        self.tried += 1;
        self.bytes = self.bytes.saturating_sub(length + COST_OF_A_TRY);
    }
}

/// Finds the string with the fewest mistakes that `fits`, which may name further mistakes.
pub(crate) fn search(
    canonical: &Canonical,
    effort: &mut Effort,
    fits: &dyn Fn(&[u8]) -> Option<Vec<Mistake>>,
) -> Option<Hit> {
    let mut walk = Walk { canonical, effort, fits, lines: Vec::new(), mistakes: Vec::new() };
    (0..=MOST_MISTAKES).find_map(|weight| walk.lines(weight))
}

struct Walk<'a, 'e> {
    canonical: &'a Canonical,
    effort: &'e mut Effort,
    fits: &'a dyn Fn(&[u8]) -> Option<Vec<Mistake>>,
    lines: Vec<&'a [u8]>,
    mistakes: Vec<Mistake>,
}

impl Walk<'_, '_> {
    /// Chooses the next line and all after it, with exactly `weight` mistakes. A line that is wrong
    /// is the likelier story than lines joined wrongly, where both give the same string.
    fn lines(&mut self, weight: usize) -> Option<Hit> {
        let canonical = self.canonical;
        let Some(line) = canonical.lines.get(self.lines.len()) else {
            return self.joined(weight);
        };
        for variant in line.wrong.iter().filter(|variant| variant.mistakes.len() <= weight) {
            let own = variant.mistakes.len();
            let has_company = !self.mistakes.is_empty() || own < weight;
            if variant.alone && has_company {
                continue;
            }
            if self.effort.is_spent() {
                return None;
            }
            self.lines.push(&variant.bytes);
            self.mistakes.extend(&variant.mistakes);
            let found = self.lines(weight - own);
            self.mistakes.truncate(self.mistakes.len() - own);
            self.lines.pop();
            if found.is_some() {
                return found;
            }
        }
        self.lines.push(&line.right);
        let found = self.lines(weight);
        self.lines.pop();
        found
    }

    fn joined(&mut self, weight: usize) -> Option<Hit> {
        let canonical = self.canonical;
        let found = self.folded((canonical.join)(&self.lines), weight);
        if found.is_some() || weight == 0 {
            return found;
        }
        canonical.other_joins.iter().find_map(|(mistake, join)| {
            self.mistakes.push(*mistake);
            let found = self.folded(join(&self.lines), weight - 1);
            self.mistakes.pop();
            found
        })
    }

    fn folded(&mut self, message: Vec<u8>, weight: usize) -> Option<Hit> {
        match weight {
            0 => {
                let also = self.fitting(&message)?;
                Some(self.hit(also, message))
            }
            1 => {
                let canonical = self.canonical;
                let (mistake, also) = canonical.folds.iter().find_map(|(mistake, fold)| {
                    self.fitting(&fold(&message)).map(|also| (*mistake, also))
                })?;
                let mut hit = self.hit(also, message);
                hit.mistakes.push(mistake);
                Some(hit)
            }
            _ => None,
        }
    }

    fn fitting(&mut self, message: &[u8]) -> Option<Vec<Mistake>> {
        if self.effort.is_spent() {
            return None;
        }
        self.effort.spend(message.len());
        (self.fits)(message)
    }

    fn hit(&self, also: Vec<Mistake>, message: Vec<u8>) -> Hit {
        let mut mistakes = self.mistakes.clone();
        mistakes.extend(also);
        Hit { mistakes, message }
    }
}
