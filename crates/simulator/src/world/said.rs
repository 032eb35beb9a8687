//! What a merchant said first, to be compared with what it says again.

use serde_json::Value;

/// The first request under a number; a repeat must say the same.
///
/// Kept as text: as a tree it was four tenths of an order, and a world may hold a million.
/// In a file it is the document it was.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said(Box<str>);

impl Said {
    /// The text member a pointer leads to.
    pub(crate) fn text(&self, pointer: &str) -> Option<String> {
        Some(self.document().pointer(pointer)?.as_str()?.to_owned())
    }

    /// The text a pointer leads to, or those of the list there.
    pub(crate) fn words(&self, pointer: &str) -> Vec<String> {
        let document = self.document();
        let there = document.pointer(pointer);
        let listed = there.and_then(Value::as_array).map(Vec::as_slice);
        let words = listed.or(there.map(std::slice::from_ref)).unwrap_or_default();
        words.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Whether a pointer leads to `true`.
    pub(crate) fn is_true(&self, pointer: &str) -> bool {
        self.document().pointer(pointer) == Some(&Value::Bool(true))
    }

    fn document(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl From<Value> for Said {
    fn from(document: Value) -> Self {
        Self(document.to_string().into())
    }
}

impl PartialEq for Said {
    /// The same members in another order say the same.
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.document() == other.document()
    }
}

impl serde::Serialize for Said {
    fn serialize<S: serde::Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        self.document().serialize(into)
    }
}

impl<'de> serde::Deserialize<'de> for Said {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        <Value as serde::Deserialize>::deserialize(from).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_said_is_compared_and_stored_as_a_document() {
        let said = Said::from(json!({"b": {"c": true}, "a": "一"}));
        assert_eq!(said, Said(r#"{"b":{"c":true},"a":"一"}"#.into()), "in another order");
        assert_ne!(said, Said::from(json!({"b": {"c": true}})));
        assert_eq!((said.text("/a").as_deref(), said.is_true("/b/c")), (Some("一"), true));
        assert_eq!((said.text("/b"), said.is_true("/a")), (None, false));
        assert_eq!(Said::from(json!({"a": ["x", 1, "y"]})).words("/a"), ["x", "y"]);
        assert_eq!((said.words("/a"), said.words("/z")), (vec!["一".to_owned()], vec![]));
        let file = serde_json::to_value(&said).unwrap();
        assert_eq!(file["b"]["c"], true);
        assert_eq!(serde_json::from_value::<Said>(file).unwrap(), said);
        assert_eq!(serde_json::to_value(Said::default()).unwrap(), Value::Null);
    }
}
