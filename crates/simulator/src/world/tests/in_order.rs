//! WeChat lists the members of its answers alphabetically, at every level (v3 §1.13).

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value whose objects all list their members in order, each once.
struct InOrder;

impl<'de> Deserialize<'de> for InOrder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for InOrder {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut last = String::new();
        while let Some(name) = members.next_key::<String>()? {
            if name <= last {
                return Err(A::Error::custom(format!("{name} stands after {last}")));
            }
            members.next_value::<Self>()?;
            last = name;
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }
}

fn check(body: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<InOrder>(body).map(drop)
}

/// Demands it of an answer as it went over the wire; pages of nginx are none.
#[track_caller]
pub(super) fn demand(body: &str) {
    if body.starts_with('{') {
        check(body).unwrap_or_else(|error| panic!("{error}: {body}"));
    }
}

#[test]
fn order_is_looked_at_on_every_level() {
    assert!(check(r#"{"a":[{"b":1,"c":{"d":"x","e":true}}],"b":[]}"#).is_ok());
    for wrong in [r#"{"b":1,"a":2}"#, r#"{"a":[{"c":1,"b":2}]}"#, r#"{"a":1,"a":2}"#] {
        assert!(check(wrong).is_err(), "{wrong}");
    }
}
