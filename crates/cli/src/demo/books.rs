//! What the demo itself must remember between starts: the API key and the shop's webhook endpoint.
//! Both belong to the simulator, but they are kept as real ones would be: readable by the owner
//! alone.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The remembered values.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Remembered {
    pub(crate) api_key: String,
    pub(crate) api_key_sha256: String,
    pub(crate) endpoint: Option<Endpoint>,
}

/// The shop's webhook endpoint.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) url: String,
    pub(crate) secret: String,
}

/// The file they are in.
pub(crate) struct DemoBooks {
    path: PathBuf,
}

impl DemoBooks {
    pub(crate) fn open(data: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(data)
            .map_err(|error| Failure::of(&format!("{} cannot be made", data.display()), &error))?;
        Ok(Self { path: data.join("demo.json") })
    }

    pub(crate) fn read(&self) -> Result<Option<Remembered>, Failure> {
        match fs::read(&self.path) {
            Ok(json) => serde_json::from_slice(&json).map(Some).map_err(|error| {
                Failure::of(&format!("{} cannot be read", self.path.display()), &error)
                    .hint("move the data folder away to start anew")
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(Failure::of(&format!("{} cannot be read", self.path.display()), &error))
            }
        }
    }

    /// Writes beside the file and renames: a crash leaves the old values or the new ones.
    pub(crate) fn write(&self, remembered: &Remembered) -> Result<(), Failure> {
        let beside = self.path.with_extension("new");
        let json = serde_json::to_vec_pretty(remembered).expect("strings have a JSON form");
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)
            .and_then(|mut file| file.write_all(&json))
            .and_then(|()| fs::rename(&beside, &self.path))
            .map_err(|error| {
                Failure::of(&format!("{} cannot be written", self.path.display()), &error)
            })
    }
}
