use std::{fs::OpenOptions, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use crate::failure::Failure;

/// Writes a file that only its owner can read. An existing one is never overwritten: it may hold
/// decisions or the only copy of a key.
pub(crate) fn write_new(
    path: &Path,
    content: &[u8],
    exists: impl FnOnce() -> Failure,
) -> Result<(), Failure> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = opened.map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => exists(),
        _ => Failure::File { path: path.to_owned(), source },
    })?;
    let failed = |source| Failure::File { path: path.to_owned(), source };
    file.write_all(content).map_err(failed)?;
    file.sync_all().map_err(failed)
}
