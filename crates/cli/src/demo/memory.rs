//! What the demo itself must remember between starts: the API key, the shop's webhook endpoint and
//! the ports it drew. It guards no money, and is kept as real secrets would be: readable by its
//! owner alone.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use suanpan_server::{
    SystemNonces,
    config::{ApiKey, Environment},
};

use crate::failure::Failure;

/// What stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Memory {
    pub(crate) api_key: String,
    pub(crate) api_key_sha256: String,
    pub(crate) endpoint: Option<Endpoint>,
    #[serde(default)]
    pub(crate) ports: Ports,
    #[serde(skip)]
    path: PathBuf,
}

/// The shop's webhook endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) url: String,
    pub(crate) secret: String,
}

/// The ports of the last start. Addresses outlive a process: they stand in orders at the simulator
/// and in the registered webhook, so a port that was once drawn is asked for again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Ports {
    pub(crate) server: u16,
    pub(crate) shop: u16,
    pub(crate) protocol: u16,
    pub(crate) proxy: u16,
    pub(crate) management: u16,
    pub(crate) tls: u16,
}

impl Memory {
    /// Reads the file, or begins it.
    pub(crate) fn open(data: &Path, account: &str) -> Result<Self, Failure> {
        let path = data.join("demo.json");
        let failed = |source| Failure::File { path: path.clone(), source };
        fs::create_dir_all(data).map_err(failed)?;
        match fs::read(&path) {
            Ok(json) => {
                let memory: Memory = serde_json::from_slice(&json).map_err(|error| {
                    failed(io::Error::new(
                        ErrorKind::InvalidData,
                        format!("{error}; move the data folder away to start anew"),
                    ))
                })?;
                Ok(Self { path, ..memory })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let key = ApiKey::mint(Environment::Simulator, account, &SystemNonces)?;
                let memory = Self {
                    api_key: key.expose().to_owned(),
                    api_key_sha256: key.sha256.clone(),
                    endpoint: None,
                    ports: Ports::default(),
                    path,
                };
                memory.save()?;
                Ok(memory)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Writes beside the file and renames: a crash leaves the old values or the new ones.
    pub(crate) fn save(&self) -> Result<(), Failure> {
        let beside = self.path.with_extension("new");
        let json = serde_json::to_vec_pretty(self).expect("strings and numbers have a JSON form");
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)
            .and_then(|mut file| file.write_all(&json).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&beside, &self.path))
            .map_err(|source| Failure::File { path: self.path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_second_start_remembers_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Memory::open(folder.path(), "demo").unwrap();
        first.ports.shop = 1234;
        first.endpoint = Some(Endpoint { url: "http://a".into(), secret: "whsec_".into() });
        first.save().unwrap();
        assert_eq!(Memory::open(folder.path(), "demo").unwrap(), first);
        let mode = folder.path().join("demo.json").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_memory_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.json");
        std::fs::write(&path, "{").unwrap();
        let error = Memory::open(folder.path(), "demo").unwrap_err();
        assert!(error.to_string().contains("move the data folder away"), "{error}");
        assert_eq!(std::fs::read_to_string(path).unwrap(), "{");
    }
}
