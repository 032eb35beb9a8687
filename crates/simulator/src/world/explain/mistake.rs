//! What a mistake is: a name for programs and a clause in both languages for people.

/// One known way to get a signature wrong.
///
/// The clauses complete "…; the string signed differs: …", so they begin small and have no stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Stable; begins with what it is about (`url_…`, `body_…`).
    pub(crate) name: &'static str,
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
}

/// Declares the mistakes of a file, and `ALL` with every one of them.
macro_rules! mistakes {
    ($($id:ident = $name:literal, $zh:literal, $en:literal;)*) => {
        $(pub(super) const $id: super::mistake::Mistake =
            super::mistake::Mistake { name: $name, zh: $zh, en: $en };)*

        /// Every mistake of this family.
        pub(super) const ALL: &[super::mistake::Mistake] = &[$($id),*];
    };
}

pub(super) use mistakes;
