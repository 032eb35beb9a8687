//! What the world has decided and somebody else works out.
//!
//! A signature costs more than all that is left of an answer, and the reason for a refused one many
//! times that. Both follow from what the world decided and from nothing else, so the world
//! hands the question out, and whoever first looks at the value answers it: the shell on its way to
//! the wire, when the world is free again; a test at once. All who hold the value, the journal
//! among them, see the same.

use std::{
    fmt,
    ops::Deref,
    sync::{Arc, LazyLock},
};

/// A value that is worked out when it is first looked at, once, wherever that is.
///
/// Showing, comparing and storing it look at it. What it was worked out from is then forgotten.
pub struct Deferred<T>(Arc<LazyLock<T, Work<T>>>);

type Work<T> = Box<dyn FnOnce() -> T + Send>;

impl<T> Deferred<T> {
    /// The work sees nothing but what is given to it.
    pub(crate) fn new(work: impl FnOnce() -> T + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(work))))
    }
}

impl<T> Deref for Deferred<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Clone for Deferred<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: fmt::Debug> fmt::Debug for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: PartialEq> PartialEq for Deferred<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Deferred<T> {}

impl<T: serde::Serialize> serde::Serialize for Deferred<T> {
    fn serialize<S: serde::Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(into)
    }
}

impl<'de, T> serde::Deserialize<'de> for Deferred<T>
where
    T: serde::Deserialize<'de> + Send + 'static,
{
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let known = T::deserialize(from)?;
        Ok(Self::new(move || known))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn work_is_done_once_and_only_when_somebody_looks() {
        let done = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&done);
        let deferred = Deferred::new(move || counter.fetch_add(1, Ordering::Relaxed) + 41);
        let copy = deferred.clone();
        assert_eq!(done.load(Ordering::Relaxed), 0);
        assert_eq!((*deferred, *copy), (41, 41));
        assert_eq!(done.load(Ordering::Relaxed), 1);
        assert_eq!(Arc::strong_count(&done), 1, "what it was made of is gone");
    }

    #[test]
    fn in_a_file_it_is_its_value() {
        let deferred = Deferred::new(|| "signed".to_owned());
        let text = serde_json::to_string(&deferred).unwrap();
        assert_eq!(text, r#""signed""#);
        assert_eq!(serde_json::from_str::<Deferred<String>>(&text).unwrap(), deferred);
    }
}
