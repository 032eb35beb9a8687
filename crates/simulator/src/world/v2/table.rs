//! What the members of a call may look like, as data (v2 §6.1 and the like).
//!
//! The first violation in the order of a table wins. Members no table names are taken: WeChat
//! tolerates them, and the signature covers them all the same.

use super::{failure::Failure, time, xml::Fields};

/// One member of a call.
pub(crate) struct Field {
    name: &'static str,
    required: bool,
    rule: Rule,
}

/// What a value may be; lengths count characters.
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    Text(usize),
    Matching(usize, fn(&str) -> bool),
    OneOf(&'static [&'static str]),
    /// Fen or a count, without sign or decimals.
    Integer {
        min: i64,
    },
    /// `yyyyMMddHHmmss`, a moment that exists.
    Time,
}

pub(crate) const fn required(name: &'static str, rule: Rule) -> Field {
    Field { name, required: true, rule }
}

pub(crate) const fn optional(name: &'static str, rule: Rule) -> Field {
    Field { name, required: false, rule }
}

/// Checks a call against the tables that together name what it needs.
pub(crate) fn check(fields: &Fields, tables: &[&'static [Field]]) -> Result<(), Failure> {
    for field in tables.iter().copied().flatten() {
        match fields.get(field.name) {
            Some(value) if field.rule.allows(value) => {}
            Some(_) => return Err(Failure::malformed(field.name)),
            None if field.required => return Err(Failure::missing(field.name)),
            None => {}
        }
    }
    Ok(())
}

impl Rule {
    fn allows(self, value: &str) -> bool {
        match self {
            Self::Text(max) => value.chars().count() <= max,
            Self::Matching(max, matches) => value.chars().count() <= max && matches(value),
            Self::OneOf(known) => known.contains(&value),
            Self::Integer { min } => integer(value).is_some_and(|number| number >= min),
            Self::Time => time::read(value).is_some(),
        }
    }
}

/// An amount or a count as a call writes it.
pub(crate) fn integer(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    static TABLE: &[Field] = &[
        required("first", Rule::Text(2)),
        optional("count", Rule::Integer { min: 1 }),
        optional("which", Rule::OneOf(&["A", "B"])),
        optional("when", Rule::Time),
    ];

    #[test]
    fn the_first_violation_wins_and_unknown_members_are_taken() {
        let fields = |inside: &str| Fields::read(&format!("<xml>{inside}</xml>")).unwrap();
        let refused = |inside: &str| check(&fields(inside), &[TABLE]).unwrap_err();
        assert_eq!(check(&fields("<first>龙井</first><else>1</else>"), &[TABLE]), Ok(()));
        assert_eq!(refused("<count>0</count>"), Failure::missing("first"));
        assert_eq!(refused("<first>龙井茶</first><count>0</count>"), Failure::malformed("first"));
        for bad in ["<count>0</count>", "<count>1.00</count>", "<count>-1</count>"] {
            assert_eq!(refused(&format!("<first>x</first>{bad}")), Failure::malformed("count"));
        }
        assert_eq!(refused("<first>x</first><which>a</which>"), Failure::malformed("which"));
        for bad in ["20260230120000", "2026-03-01 12", "20260301120"] {
            let inside = format!("<first>x</first><when>{bad}</when>");
            assert_eq!(refused(&inside), Failure::malformed("when"), "{bad}");
        }
    }
}
