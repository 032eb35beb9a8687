//! The files a program is pointed at, in a folder that is gone afterwards.
//!
//! Every kind of program wants the local authority in a shape of its own, and most take theirs
//! *instead of* the system's. So each gets both together: what worked before keeps working.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tempfile::TempDir;

use super::{Ways, node, truststore};
use crate::failure::Failure;

/// The folder.
pub(super) struct Kit {
    folder: TempDir,
}

impl Kit {
    /// Writes everything.
    pub(super) fn lay_out(ways: &Ways, direct: &[String]) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("suanpan-run-").tempdir()?;
        let kit = Self { folder };
        let system = rustls_native_certs::load_native_certs();
        for error in &system.errors {
            tracing::debug!(%error, "an authority of the system is not taken along");
        }
        let bundle: String = system.certs.iter().map(|der| pem(der)).collect();
        kit.write(&kit.authority(), &ways.ca_pem)?;
        kit.write(&kit.bundle(), bundle + &ways.ca_pem)?;
        kit.write(&kit.preload(), node::preload(&ways.tls, &ways.hosts, direct))?;
        let own = der(&ways.ca_pem);
        let authorities = system.certs.iter().map(AsRef::as_ref).chain(own.as_deref());
        kit.write(&kit.truststore(), truststore::jks(authorities))?;
        fs::create_dir(kit.php()).map_err(|source| kit.failed(&kit.php(), source))?;
        let bundle = kit.bundle();
        let ini = format!("curl.cainfo=\"{0}\"\nopenssl.cafile=\"{0}\"\n", bundle.display());
        kit.write(&kit.php().join("suanpan.ini"), ini)?;
        Ok(kit)
    }

    /// The local authority alone, for programs that add it to theirs.
    pub(super) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The system's authorities and ours.
    pub(super) fn bundle(&self) -> PathBuf {
        self.folder.path().join("bundle.pem")
    }

    /// The same for Java.
    pub(super) fn truststore(&self) -> PathBuf {
        self.folder.path().join("trust.jks")
    }

    /// What Node loads first.
    pub(super) fn preload(&self) -> PathBuf {
        self.folder.path().join("node.cjs")
    }

    /// A folder of settings for PHP.
    pub(super) fn php(&self) -> PathBuf {
        self.folder.path().join("php")
    }

    fn write(&self, path: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
        fs::write(path, content).map_err(|source| self.failed(path, source))
    }

    fn failed(&self, path: &Path, source: std::io::Error) -> Failure {
        Failure::File { path: path.to_owned(), source }
    }
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("Base64 is ASCII"))
        .collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// The one certificate of a PEM text.
fn der(pem: &str) -> Option<Vec<u8>> {
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_survive_being_written_and_read() {
        let certificate: Vec<u8> = (0..=255).collect();
        assert_eq!(der(&pem(&certificate)), Some(certificate));
        assert_eq!(der("-----BEGIN CERTIFICATE-----\n!\n"), None);
    }
}
