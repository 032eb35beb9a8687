//! The server's own key, kept beside the database: order tokens and user ids are made from it.

use std::{io, path::Path};

use suanpan_acts::{Nonces, token::TokenKey};

const FILE: &str = "token.key";

/// Reads the key, or makes one the first time.
pub(crate) fn load_or_create(folder: &Path, nonces: &dyn Nonces) -> io::Result<TokenKey> {
    let path = folder.join(FILE);
    match std::fs::read(&path) {
        Ok(bytes) => {
            let bytes: [u8; 32] = bytes.try_into().map_err(|_| {
                io::Error::new(io::ErrorKind::InvalidData, format!("{FILE} must have 32 bytes"))
            })?;
            Ok(TokenKey::new(&bytes))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(&path, nonces),
        Err(error) => Err(error),
    }
}

fn create(path: &Path, nonces: &dyn Nonces) -> io::Result<TokenKey> {
    let mut bytes = [0; 32];
    nonces.fill(&mut bytes);
    // Written aside and renamed: a crash leaves no key or a whole one.
    let aside = path.with_extension("new");
    write_private(&aside, &bytes)?;
    std::fs::rename(&aside, path)?;
    Ok(TokenKey::new(&bytes))
}

/// Writes a file that only its owner can read, durably.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SystemNonces;
    use suanpan_trade::{AccountId, OrderId};

    #[test]
    fn the_key_survives_a_restart_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let order_id = OrderId::mint(&AccountId::new("acme").unwrap(), [1; 16]);
        let token = load_or_create(folder.path(), &SystemNonces).unwrap().order_token(&order_id);
        assert!(load_or_create(folder.path(), &SystemNonces).unwrap().opens(&order_id, &token));
        let other = tempfile::tempdir().unwrap();
        assert!(!load_or_create(other.path(), &SystemNonces).unwrap().opens(&order_id, &token));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = folder.path().join(FILE).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_key_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), b"short").unwrap();
        assert!(load_or_create(folder.path(), &SystemNonces).is_err());
        assert_eq!(std::fs::read(folder.path().join(FILE)).unwrap(), b"short");
    }
}
