//! The digests of the open platform's signatures, in lower-case hex.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

/// SHA-1 over the parts, one after the other. WeChat's choice; with a secret inside, what is known
/// against SHA-1 does not forge it.
pub(crate) fn sha1(parts: &[&str]) -> String {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    for part in parts {
        context.update(part.as_bytes());
    }
    hex::encode(context.finish())
}
