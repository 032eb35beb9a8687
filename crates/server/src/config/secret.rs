//! Where a secret is: in a file, in an environment variable, or (for simulators) in the text.

use std::path::{Path, PathBuf};

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::ConfigError;

/// Larger than any key file; a wrong path is noticed before it is read into memory.
const FILE_LIMIT: u64 = 64 * 1024;

/// One secret's place, written `{ file = "…" }`, `{ env = "…" }` or `{ inline = "…" }`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretSource {
    /// A file only its owner may read (mode 0600 or stricter), relative to the configuration file.
    File(PathBuf),
    /// An environment variable.
    Env(String),
    /// The secret itself; refused in environment `live`.
    Inline(SecretText),
}

/// A secret as text: wiped when dropped, and shown by nothing.
#[derive(Clone, Zeroize, ZeroizeOnDrop, serde::Deserialize)]
pub struct SecretText(String);

impl SecretText {
    /// Takes the text as it is.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

/// Tells whether two configurations are the same; nothing an outsider can ask for.
impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.0.as_bytes(), other.0.as_bytes()).into()
    }
}

impl Eq for SecretText {}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(..)")
    }
}

impl SecretSource {
    /// The secret itself, in the text.
    #[must_use]
    pub fn inline(text: impl Into<String>) -> Self {
        Self::Inline(SecretText::new(text))
    }

    /// Fetches the secret, without the line break most editors put at the end of a file.
    pub(crate) fn read(&self, folder: &Path) -> Result<SecretText, ConfigError> {
        match self {
            SecretSource::File(path) => read_private(&folder.join(path)),
            SecretSource::Env(name) => {
                variable(name).ok_or_else(|| ConfigError::NoVariable { name: name.clone() })
            }
            SecretSource::Inline(text) => Ok(text.clone()),
        }
    }

    pub(crate) fn is_inline(&self) -> bool {
        matches!(self, SecretSource::Inline(_))
    }
}

#[expect(clippy::disallowed_methods, reason = "secrets may be handed in by the environment")]
fn variable(name: &str) -> Option<SecretText> {
    std::env::var(name).ok().map(SecretText)
}

fn read_private(path: &Path) -> Result<SecretText, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.len() > FILE_LIMIT {
        let too_large = std::io::Error::new(std::io::ErrorKind::FileTooLarge, "not a key file");
        return Err(unreadable(too_large));
    }
    if !is_private(&metadata) {
        return Err(ConfigError::OpenToOthers { path: path.to_owned() });
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    Ok(SecretText(text.trim_end_matches(['\r', '\n']).to_owned()))
}

#[cfg(unix)]
fn is_private(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 == 0
}

#[cfg(not(unix))]
fn is_private(_: &std::fs::Metadata) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn s01_secret_files_that_others_can_read_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("api_v3_key");
        std::fs::write(&path, "canary\n").unwrap();
        let source = SecretSource::File("api_v3_key".into());
        for (mode, accepted) in
            [(0o644, false), (0o640, false), (0o604, false), (0o600, true), (0o400, true)]
        {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            let secret = source.read(folder.path());
            assert_eq!(secret.is_ok(), accepted, "{mode:o}");
            assert!(secret.is_err() || secret.unwrap().expose() == "canary");
        }
    }

    #[test]
    fn s02_inline_secrets_are_not_shown() {
        assert!(!format!("{:?}", SecretSource::inline("canary")).contains("canary"));
    }
}
