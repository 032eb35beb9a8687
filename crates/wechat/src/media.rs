//! Uploads of pictures, films and documents: `POST /v3/merchant/media/upload` and its neighbours
//! (<https://pay.weixin.qq.com/doc/v3/merchant/4012081709>).
//!
//! The body has two parts: `meta`, a line of JSON with the file's name and SHA-256, and `file`.
//! Only `meta` is signed; the digest in it vouches for the file. The same file gives the same
//! bytes each time. WeChat does not promise that a repeat gives the same `media_id`; one too many
//! costs nobody anything.
//!
//! ```
//! use suanpan_wechat::{call::Call, media::Upload};
//!
//! let upload = Upload::merchant_image("licence.png", b"\x89PNG...".to_vec())?;
//! let request = upload.request();
//! assert_eq!(request.target, "/v3/merchant/media/upload");
//! assert!(request.signed_body().starts_with(br#"{"filename":"licence.png","sha256":""#));
//! # Ok::<(), suanpan_wechat::media::InvalidFile>(())
//! ```

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};

use crate::{
    call::{Call, ContentType, Malformed, Request},
    id::MediaId,
    pay::read,
    text::is_plain,
};

const MIB: usize = 1024 * 1024;

/// **Unconfirmed**: the longest file name, in bytes.
const FILENAME_BYTES: usize = 128;

/// A kind of file: its ending, its media type, and its largest length in bytes.
type Kind = (&'static str, &'static str, usize);

const MERCHANT_IMAGES: &[Kind] = &[
    ("jpg", "image/jpeg", 5 * MIB),
    ("bmp", "image/bmp", 5 * MIB),
    ("png", "image/png", 5 * MIB),
    ("pdf", "application/pdf", 15 * MIB / 2),
];

/// **Unconfirmed**: the limit, which stands on older pages only.
const MERCHANT_VIDEOS: &[Kind] = &[
    ("avi", "video/x-msvideo", 5 * MIB),
    ("wmv", "video/x-ms-wmv", 5 * MIB),
    ("mpeg", "video/mpeg", 5 * MIB),
    ("mp4", "video/mp4", 5 * MIB),
    ("mov", "video/quicktime", 5 * MIB),
    ("mkv", "video/x-matroska", 5 * MIB),
    ("flv", "video/x-flv", 5 * MIB),
    ("f4v", "video/x-f4v", 5 * MIB),
    ("m4v", "video/x-m4v", 5 * MIB),
    ("rmvb", "application/vnd.rn-realmedia-vbr", 5 * MIB),
];

const SMALL_IMAGES: &[Kind] =
    &[("jpg", "image/jpeg", 2 * MIB), ("bmp", "image/bmp", 2 * MIB), ("png", "image/png", 2 * MIB)];

/// The file cannot be uploaded there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidFile {
    /// The name cannot stand in the form.
    #[error("a file name must have 1 to 128 bytes without quotes, slashes, emoji or line breaks")]
    Name,
    /// Files with this ending are not taken there.
    #[error("files of this kind are not taken here")]
    Kind,
    /// Empty, or larger than files of this kind may be.
    #[error("the file must have 1 to {limit} bytes")]
    Length {
        /// The largest length.
        limit: usize,
    },
}

/// A file for a document of the merchant, which is then named by its `media_id`.
#[derive(Clone, PartialEq, Eq)]
pub struct Upload {
    target: &'static str,
    form: Form,
}

impl Upload {
    /// A picture or document about a merchant: `jpg`, `bmp`, `png` up to 5 MiB, `pdf` up to
    /// 7.5 MiB.
    ///
    /// # Errors
    /// See [`InvalidFile`].
    pub fn merchant_image(
        filename: impl Into<String>,
        content: Vec<u8>,
    ) -> Result<Self, InvalidFile> {
        let form = Form::new(MERCHANT_IMAGES, filename.into(), content)?;
        Ok(Self { target: "/v3/merchant/media/upload", form })
    }

    /// A film about a merchant, up to 5 MiB.
    ///
    /// # Errors
    /// See [`InvalidFile`].
    pub fn merchant_video(
        filename: impl Into<String>,
        content: Vec<u8>,
    ) -> Result<Self, InvalidFile> {
        let form = Form::new(MERCHANT_VIDEOS, filename.into(), content)?;
        Ok(Self { target: "/v3/merchant/media/video_upload", form })
    }

    /// A picture in the answer to a complaint: `jpg`, `bmp`, `png` up to 2 MiB.
    ///
    /// # Errors
    /// See [`InvalidFile`].
    pub fn complaint_image(
        filename: impl Into<String>,
        content: Vec<u8>,
    ) -> Result<Self, InvalidFile> {
        let form = Form::new(SMALL_IMAGES, filename.into(), content)?;
        Ok(Self { target: "/v3/merchant-service/images/upload", form })
    }
}

/// What an uploaded file is called from then on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Uploaded {
    /// Names the file in later requests.
    pub media_id: MediaId,
}

impl Call for Upload {
    type Answer = Uploaded;
    const NAME: &'static str = "media.upload";

    fn request(&self) -> Request {
        self.form.request(self.target)
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<Uploaded, Malformed> {
        read(body, "the answer to an upload")
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upload({}, {:?})", self.target, self.form)
    }
}

/// A picture for a coupon, which is then shown from its address: `jpg`, `bmp`, `png` up to 2 MiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FavorUpload(Form);

impl FavorUpload {
    /// # Errors
    /// See [`InvalidFile`].
    pub fn new(filename: impl Into<String>, content: Vec<u8>) -> Result<Self, InvalidFile> {
        Form::new(SMALL_IMAGES, filename.into(), content).map(Self)
    }
}

/// Where a coupon's picture lies.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct FavorUploaded {
    /// A public address at WeChat.
    pub media_url: String,
}

impl Call for FavorUpload {
    type Answer = FavorUploaded;
    const NAME: &'static str = "media.favor_upload";

    fn request(&self) -> Request {
        self.0.request("/v3/marketing/favor/media/image-upload")
    }

    fn read(&self, _status: u16, body: &[u8]) -> Result<FavorUploaded, Malformed> {
        read(body, "the answer to an upload")
    }
}

/// A file and the name it goes by.
#[derive(Clone, PartialEq, Eq)]
struct Form {
    filename: String,
    media_type: &'static str,
    content: Vec<u8>,
}

#[derive(serde::Serialize)]
struct Meta<'a> {
    filename: &'a str,
    sha256: &'a str,
}

impl Form {
    fn new(kinds: &[Kind], filename: String, content: Vec<u8>) -> Result<Self, InvalidFile> {
        // Quotes, slashes and line breaks would end the header the name stands in, or mean a path.
        let clean = !filename.contains(['"', '\\', '/']) && is_plain(&filename);
        if filename.len() > FILENAME_BYTES || !clean {
            return Err(InvalidFile::Name);
        }
        let (stem, ending) = filename.rsplit_once('.').ok_or(InvalidFile::Kind)?;
        if stem.is_empty() {
            return Err(InvalidFile::Name);
        }
        let kind = kinds.iter().find(|(known, ..)| known.eq_ignore_ascii_case(ending));
        let (_, media_type, limit) = *kind.ok_or(InvalidFile::Kind)?;
        if content.is_empty() || content.len() > limit {
            return Err(InvalidFile::Length { limit });
        }
        Ok(Self { filename, media_type, content })
    }

    fn request(&self, target: &str) -> Request {
        let sha256 = hex::encode(digest(&SHA256, &self.content));
        let meta = serde_json::to_vec(&Meta { filename: &self.filename, sha256: &sha256 })
            .expect("two texts are JSON");
        let boundary = Boundary::absent_from(&self.content, &sha256);
        let mut body = Vec::with_capacity(self.content.len() + meta.len() + 512);
        for piece in [
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"meta\"\r\n\
                 Content-Type: application/json\r\n\r\n"
            )
            .as_bytes(),
            &meta,
            format!(
                "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; \
                 filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
                self.filename, self.media_type
            )
            .as_bytes(),
            &self.content,
            format!("\r\n--{boundary}--\r\n").as_bytes(),
        ] {
            body.extend_from_slice(piece);
        }
        let content_type = ContentType::Upload { boundary, meta };
        Request { content_type, ..Request::post(target, body) }
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {} bytes", self.filename, self.content.len())
    }
}

/// What stands between the parts of an upload: letters and digits that the file does not contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary(String);

impl Boundary {
    /// Chance is not needed: a boundary made from the file's digest is as good, and the same each
    /// time. The file is searched all the same, because a file that contains its own boundary ends
    /// early at WeChat.
    fn absent_from(content: &[u8], sha256: &str) -> Self {
        (0_u64..)
            .map(|turn| format!("suanpan{turn}x{}", &sha256[..32]))
            .find(|boundary| memchr::memmem::find(content, boundary.as_bytes()).is_none())
            .map(Self)
            .expect("no file contains every number")
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_is_never_in_the_file() {
        let sha256 = "0123456789abcdef".repeat(4);
        let first = Boundary::absent_from(b"", &sha256);
        let second = Boundary::absent_from(first.to_string().as_bytes(), &sha256);
        assert_ne!(first, second);
        let both = format!("{first} {second}");
        let third = Boundary::absent_from(both.as_bytes(), &sha256);
        assert!(!both.contains(&third.to_string()));
        assert!(third.to_string().bytes().all(|b| b.is_ascii_alphanumeric()));
        assert!(third.to_string().len() <= 70, "the longest that MIME allows");
    }
}
