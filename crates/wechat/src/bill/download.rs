//! What an announced bill says about its file, and the plan for getting it.

use std::fmt;

use aws_lc_rs::digest;

use super::{Limits, Proof, Reader, Row};
use crate::call::{Malformed, Request};

/// How a file travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Form {
    /// As text.
    Plain,
    /// As a gzip file, a tenth of the size.
    #[default]
    Gzip,
}

/// A digest of a whole file, unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileHash {
    /// The only one WeChat uses. It finds damage; who could make two files of one digest could
    /// also have written the bill.
    Sha1([u8; 20]),
}

impl FileHash {
    /// Reads `hash_type` and `hash_value`; `None` for a type that cannot be checked.
    #[must_use]
    pub fn read(hash_type: &str, hash_value: &str) -> Option<Self> {
        let mut hash = [0; 20];
        let known = hash_type == "SHA1" && hex::decode_to_slice(hash_value, &mut hash).is_ok();
        known.then_some(Self::Sha1(hash))
    }
}

/// The digest of a file that comes in pieces.
#[derive(Clone)]
pub(crate) struct FileDigest(digest::Context);

impl FileDigest {
    pub(crate) fn new() -> Self {
        Self(digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> FileHash {
        let digest = self.0.finish();
        FileHash::Sha1(digest.as_ref().try_into().expect("a SHA-1 has 20 bytes"))
    }
}

impl fmt::Debug for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileDigest(..)")
    }
}

/// Where a file lies, for some minutes. The address contains a token that opens it, so it is not
/// printed.
#[derive(Clone, PartialEq, Eq)]
pub struct DownloadUrl {
    origin: String,
    target: String,
}

/// Not an absolute address that can be signed and sent as it stands. It is not repeated: it may
/// contain a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a download_url must be an absolute http(s) address of at most 2048 visible ASCII characters"
)]
pub struct InvalidUrl;

impl DownloadUrl {
    /// # Errors
    /// When `url` has no scheme, host and path, has a user or a fragment, is longer than 2048
    /// bytes, or has characters that would have to be encoded on the way.
    pub fn new(url: &str) -> Result<Self, InvalidUrl> {
        let visible = url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'#' | b'\\'));
        let after_scheme = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let host = after_scheme.and_then(|rest| rest.split_once('/')).map(|(host, _)| host);
        match host {
            Some(host) if visible && url.len() <= 2048 && is_host(host) => {
                let scheme = if url.starts_with("https:") { "https://" } else { "http://" };
                let (origin, target) = url.split_at(scheme.len() + host.len());
                Ok(Self { origin: origin.to_ascii_lowercase(), target: target.to_owned() })
            }
            _ => Err(InvalidUrl),
        }
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The request for the file, if it lies at one of `ours`. The target leaves in no other way.
    pub(crate) fn request(&self, ours: &[&str]) -> Result<Request, ForeignHost> {
        if ours.iter().any(|origin| origin.eq_ignore_ascii_case(&self.origin)) {
            Ok(Request::get(self.target.clone()))
        } else {
            Err(ForeignHost { origin: self.origin.clone() })
        }
    }
}

impl std::str::FromStr for DownloadUrl {
    type Err = InvalidUrl;
    fn from_str(url: &str) -> Result<Self, InvalidUrl> {
        Self::new(url)
    }
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
}

impl fmt::Debug for DownloadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DownloadUrl({}..)", self.origin)
    }
}

/// A bill that is ready: the signed answer to an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// Where the file lies.
    pub download_url: DownloadUrl,
    /// The digest of the file, unpacked.
    pub hash: FileHash,
    /// What was asked for.
    pub form: Form,
}

#[derive(serde::Deserialize)]
struct Answer {
    download_url: String,
    hash_type: String,
    hash_value: String,
}

impl Announced {
    pub(crate) fn read(body: &[u8], form: Form) -> Result<Self, Malformed> {
        let malformed = Malformed { expected: "the announcement of a bill" };
        let answer: Answer = serde_json::from_slice(body).map_err(|_| malformed)?;
        Ok(Self {
            download_url: DownloadUrl::new(&answer.download_url).map_err(|_| malformed)?,
            hash: FileHash::read(&answer.hash_type, &answer.hash_value).ok_or(malformed)?,
            form,
        })
    }

    /// The plan for getting the file. `ours` are the origins requests of this merchant go to,
    /// such as `https://api.mch.weixin.qq.com`.
    ///
    /// # Errors
    /// When the file lies elsewhere. The request carries a signature of the merchant and the token
    /// of the file, and neither is for anybody else.
    pub fn download(&self, ours: &[&str]) -> Result<Download, ForeignHost> {
        let request = self.download_url.request(ours)?;
        Ok(Download { target: request.target, form: self.form, hash: self.hash })
    }
}

/// A file lies at an address that is not WeChat's, as far as we were told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the file lies at {origin}, where nothing of ours is sent")]
pub struct ForeignHost {
    /// Where it lies.
    pub origin: String,
}

/// What to ask for, and what must come.
///
/// The request is signed like every other one. The answer is **not** signed: a status other than
/// 200 proves nothing, and 200 brings bytes that only the reader's verdict makes a bill.
#[derive(Clone, PartialEq, Eq)]
pub struct Download {
    target: String,
    form: Form,
    hash: FileHash,
}

impl Download {
    /// The request for the file. It lives as long as the address, some minutes: apply again rather
    /// than keep it.
    #[must_use]
    pub fn request(&self) -> Request {
        Request::get(self.target.clone())
    }

    /// How the file travels.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The reader the answer's body goes through.
    #[must_use]
    pub fn reader<R: Row>(&self, limits: Limits) -> Reader<R> {
        Reader::new(self.form, Proof::Digest(self.hash), limits)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.target.split('?').next().unwrap_or_default();
        write!(f, "Download({path}?.., {:?}, {:?})", self.form, self.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str =
        "https://api.mch.weixin.qq.com/v3/billdownload/file?token=canary&tartype=gzip";

    fn announced(url: &str) -> Result<Announced, Malformed> {
        let body = serde_json::json!({
            "download_url": url, "hash_type": "SHA1",
            "hash_value": "9bb6cd819be348f17a9cbcedddc8eb62fefbd790",
        });
        Announced::read(body.to_string().as_bytes(), Form::Gzip)
    }

    #[test]
    fn a_token_goes_to_wechat_and_nowhere_else() {
        let bill = announced(URL).unwrap();
        let ours = ["https://api2.mch.weixin.qq.com", "https://api.mch.weixin.qq.com"];
        let request = bill.download(&ours).unwrap().request();
        assert_eq!(request.target, "/v3/billdownload/file?token=canary&tartype=gzip");
        assert!(request.body.is_empty());
        for elsewhere in [
            "https://api.mch.weixin.qq.com.evil.example/v3/billdownload/file?token=t",
            "http://api.mch.weixin.qq.com/v3/billdownload/file?token=t",
            "https://api.mch.weixin.qq.com:8443/v3/billdownload/file?token=t",
            "https://evil.example/?https://api.mch.weixin.qq.com/",
        ] {
            let refused = announced(elsewhere).unwrap().download(&ours).unwrap_err();
            assert!(!refused.to_string().contains("token"), "{refused}");
        }
    }

    #[test]
    fn addresses_that_would_not_travel_as_signed_are_malformed() {
        for bad in [
            "",
            "/v3/billdownload/file",
            "ftp://api.mch.weixin.qq.com/x",
            "https:///x",
            "https://api.mch.weixin.qq.com",
            "https://api.mch.weixin.qq.com@evil.example/x",
            "https://evil.example\\@api.mch.weixin.qq.com/",
            "https://h/a b",
            "https://h/ü",
            "https://h/a#b",
            "https://h/a\nb",
            "https://h?x=/",
        ] {
            assert!(announced(bad).is_err(), "{bad}");
        }
        assert!(announced(&format!("https://h/{}", "x".repeat(2048))).is_err());
    }

    #[test]
    fn a_digest_that_cannot_be_checked_is_malformed() {
        let hex = "9bb6cd819be348f17a9cbcedddc8eb62fefbd790";
        assert!(matches!(FileHash::read("SHA1", hex), Some(FileHash::Sha1([0x9b, ..]))));
        assert_eq!(FileHash::read("SHA1", &hex.to_uppercase()), FileHash::read("SHA1", hex));
        for (hash_type, value) in [("SHA256", hex), ("", hex), ("SHA1", ""), ("SHA1", &hex[1..])] {
            assert_eq!(FileHash::read(hash_type, value), None, "{hash_type} {value}");
        }
    }

    #[test]
    fn s02_the_token_of_a_file_is_not_printed() {
        let bill = announced(URL).unwrap();
        let plan = bill.download(&["https://api.mch.weixin.qq.com"]).unwrap();
        let shown = format!("{bill:?} {plan:?}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}
