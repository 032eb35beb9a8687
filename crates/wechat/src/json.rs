//! Reading JSON where it stands: only what keeps a text copies it.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// Reads a whole document. One look at all of it, whether it is UTF-8, is cheaper than one at each
/// text; where it is not, texts that nobody reads may still be anything.
pub(crate) fn read<'a, T: Deserialize<'a>>(document: &'a [u8]) -> serde_json::Result<T> {
    match std::str::from_utf8(document) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(document),
    }
}

/// Reads a text as `T`.
pub(crate) fn text<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: fmt::Display>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_str(Text(PhantomData))
}

/// WeChat leaves out what an unpaid order does not have, or sends an empty text.
pub(crate) fn empty_as_absent<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: fmt::Display>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_option(Absent(PhantomData))
}

/// Lists have been seen empty, absent and `null`, all for "none".
pub(crate) fn null_as_empty<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let list: Option<Vec<T>> = Deserialize::deserialize(deserializer)?;
    Ok(list.unwrap_or_default())
}

struct Text<T>(PhantomData<T>);

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

struct Absent<T>(PhantomData<T>);

impl<'de, T: FromStr<Err: fmt::Display>> Visitor<'de> for Absent<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or nothing")
    }

    fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_str(self)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<T>, E> {
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(E::custom) }
    }
}
