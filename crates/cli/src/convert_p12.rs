use std::path::Path;

use p12_keystore::Pkcs12Archive;
use pem::{EncodeConfig, LineEnding, Pem, encode_config};
use suanpan_wechat::{id::Mchid, key::MerchantKey};
use zeroize::Zeroizing;

use crate::{arguments::ConvertP12Arguments, failure::Failure, private_file};

/// Reads the legacy container and writes the pair in it. Old ciphers are read here and nowhere
/// else: the server and its crates take PEM.
pub(crate) fn run(arguments: &ConvertP12Arguments) -> Result<(), Failure> {
    let path = &arguments.p12;
    let mchid = Mchid::new(arguments.mchid.as_str())?;
    let file =
        std::fs::read(path).map_err(|source| Failure::File { path: path.clone(), source })?;
    let password = arguments.password.as_deref().unwrap_or(mchid.as_str());
    let pair = open(path, &file, password, &mchid)?;
    let key = arguments.out.join("apiclient_key.pem");
    let certificate = arguments.out.join("apiclient_cert.pem");
    let exists =
        |path: &Path| Failure::Exists { path: path.to_owned(), what: "folder", flag: "--out" };
    // Both or none: half a pair beside half of another one would be worse than either.
    if let Some(path) = [&key, &certificate].into_iter().find(|path| path.exists()) {
        return Err(exists(path));
    }
    private_file::write_new(&key, pair.private_key.as_bytes(), || exists(&key))?;
    private_file::write_new(&certificate, pair.certificate.as_bytes(), || exists(&certificate))?;
    eprintln!("{} and {} are written.", key.display(), certificate.display());
    Ok(())
}

struct Pair {
    private_key: Zeroizing<String>,
    certificate: String,
}

/// Finds the certificate that belongs to the private key; the file may hold its issuers too.
fn open(path: &Path, file: &[u8], password: &str, mchid: &Mchid) -> Result<Pair, Failure> {
    let archive = Pkcs12Archive::from_pkcs12(file, password)
        .map_err(|error| Failure::P12 { path: path.to_owned(), reason: error.to_string() })?;
    let mut reason = "it is empty".to_owned();
    for key in &archive.keys {
        let private_key = Zeroizing::new(encode("PRIVATE KEY", key.key.as_der()));
        for certificate in &archive.certs {
            let certificate = encode("CERTIFICATE", certificate.cert.as_der());
            match MerchantKey::from_pem(mchid.clone(), &private_key, &certificate) {
                Ok(_) => return Ok(Pair { private_key, certificate }),
                Err(error) => reason = error.to_string(),
            }
        }
    }
    Err(Failure::P12Content { path: path.to_owned(), reason })
}

fn encode(label: &str, der: &[u8]) -> String {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    encode_config(&Pem::new(label, der), config)
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt as _, path::PathBuf};

    use super::*;

    const P12: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../wechat/tests/vectors/apiclient_cert.p12",);

    fn arguments(out: &Path) -> ConvertP12Arguments {
        ConvertP12Arguments {
            p12: PathBuf::from(P12),
            mchid: "1900007291".to_owned(),
            password: None,
            out: out.to_owned(),
        }
    }

    #[test]
    fn an_old_file_becomes_a_pair_only_its_owner_can_read() {
        let folder = tempfile::tempdir().unwrap();
        run(&arguments(folder.path())).unwrap();
        let read = |name: &str| {
            let path = folder.path().join(name);
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
            std::fs::read_to_string(path).unwrap()
        };
        let (key, certificate) = (read("apiclient_key.pem"), read("apiclient_cert.pem"));
        let vectors = Path::new(P12).parent().unwrap();
        let expected = std::fs::read_to_string(vectors.join("go_certificate.pem")).unwrap();
        let base64 = |pem: &str| pem.split_whitespace().collect::<String>();
        assert_eq!(base64(&certificate), base64(&expected));
        let mchid = Mchid::new("1900007291").unwrap();
        assert!(MerchantKey::from_pem(mchid, &key, &certificate).is_ok());
    }

    #[test]
    fn existing_keys_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let [key, certificate] =
            ["apiclient_key.pem", "apiclient_cert.pem"].map(|name| folder.path().join(name));
        for (there, other) in [(&key, &certificate), (&certificate, &key)] {
            std::fs::write(there, "mine").unwrap();
            let refused = run(&arguments(folder.path()));
            assert!(matches!(refused, Err(Failure::Exists { .. })), "{refused:?}");
            assert_eq!(std::fs::read_to_string(there).unwrap(), "mine");
            assert!(!other.exists());
            std::fs::remove_file(there).unwrap();
        }
    }

    #[test]
    fn what_does_not_open_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let other =
            ConvertP12Arguments { mchid: "1900007292".to_owned(), ..arguments(folder.path()) };
        assert!(matches!(run(&other), Err(Failure::P12 { .. })));
        let password = Some("1900007291".to_owned());
        assert!(run(&ConvertP12Arguments { password, ..other }).is_ok());
        let garbage = folder.path().join("garbage.p12");
        std::fs::write(&garbage, "not a container").unwrap();
        let out = folder.path().join("elsewhere");
        let broken = ConvertP12Arguments { p12: garbage, ..arguments(&out) };
        assert!(matches!(run(&broken), Err(Failure::P12 { .. })));
        assert!(!out.exists());
    }
}
