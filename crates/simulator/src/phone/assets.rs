//! The built pages: embedded in a release, read from disk in a development build.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../target/assets/phone"]
struct Built;

/// A built file, by its path below the assets folder.
pub(super) fn file(path: &str) -> Option<Cow<'static, [u8]>> {
    Built::get(path).map(|file| file.data)
}
