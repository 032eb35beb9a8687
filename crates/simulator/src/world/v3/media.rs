//! Uploads: pictures, documents and films (v3 §1.5, §5.7).
//!
//! Only the JSON text of the part `meta` is signed; its digest vouches for the file. Clients frame
//! the two parts in every way there is, so the framing is read leniently.

use aws_lc_rs::digest;
use memchr::memmem;

use super::{
    answer::Answer,
    error::ApiError,
    gate::Caller,
    operation::{self, Route, post},
    schema::{self, Field, Pattern, bytes, matching, required},
};
use crate::world::{
    exchange::{HttpRequest, Times},
    state::World,
};

const MIB: usize = 1024 * 1024;

/// Files with these endings, up to so many bytes.
type Kinds = &'static [(&'static [&'static str], usize)];

const IMAGES: &[&str] = &["jpg", "jpeg", "bmp", "png"];

/// The limits of films are from older documents; unconfirmed.
const FILMS: &[&str] = &["avi", "wmv", "mpeg", "mp4", "mov", "mkv", "flv", "f4v", "m4v", "rmvb"];

/// How an uploaded file is named afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    MediaId,
    MediaUrl,
}

struct Upload {
    kinds: Kinds,
    named: Named,
}

/// The four paths that take files.
pub(crate) fn route(path: &[&str]) -> Option<Route> {
    let (kinds, named): (Kinds, _) = match *path {
        ["merchant", "media", "upload"] => {
            (&[(IMAGES, 5 * MIB), (&["pdf"], 15 * MIB / 2)], Named::MediaId)
        }
        ["merchant", "media", "video_upload"] => (&[(FILMS, 5 * MIB)], Named::MediaId),
        ["merchant-service", "images", "upload"] => (&[(IMAGES, 2 * MIB)], Named::MediaId),
        ["marketing", "favor", "media", "image-upload"] => (&[(IMAGES, 2 * MIB)], Named::MediaUrl),
        _ => return None,
    };
    Some(post(Upload { kinds, named }))
}

/// What the signature of a request covers: `meta` of an upload, the whole body of all others.
pub(crate) fn signed_part(request: &HttpRequest) -> &[u8] {
    let form = if request.is_form() { Form::read(request) } else { None };
    form.map_or(&request.body, |form| form.meta)
}

static META: &[Field] = &[
    required("filename", "商户上传的文件名", bytes(128)),
    required("sha256", "文件摘要", matching(64, 64, &HEX)),
];

static HEX: Pattern = Pattern {
    regex: "^[0-9a-fA-F]*$",
    matches: |text| text.bytes().all(|b| b.is_ascii_hexdigit()),
};

impl operation::Operation for Upload {
    fn perform(
        &self,
        world: &mut World,
        _caller: &Caller,
        request: &HttpRequest,
        _now: Times,
    ) -> Result<Answer, ApiError> {
        let form = Form::read(request).ok_or(ApiError::BODY_NOT_JSON)?;
        let meta = schema::read(form.meta, &[META])?;
        let filename = schema::text(&meta, "/filename").expect("the table demands it");
        let ending = filename.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        let limit = self.kinds.iter().find_map(|(endings, limit)| {
            endings.contains(&ending.as_deref().unwrap_or_default()).then_some(*limit)
        });
        let limit = limit.ok_or(ApiError::BAD_FILE_KIND)?;
        if form.file.is_empty() || form.file.len() > limit {
            return Err(ApiError::BAD_FILE_SIZE);
        }
        if !form.names_file || !form.has_media_type {
            return Err(ApiError::BAD_FILE_KIND);
        }
        let found = hex::encode(digest::digest(&digest::SHA256, form.file));
        let claimed = schema::text(&meta, "/sha256").expect("the table demands it");
        if !claimed.eq_ignore_ascii_case(&found) {
            return Err(ApiError::BAD_FILE_HASH);
        }
        let name = world.state.chance.alphanumeric(80);
        let (front, back) = name.split_at(40);
        Ok(match self.named {
            Named::MediaId => Answer::json(&MediaId { media_id: format!("{front}-{back}_") }),
            Named::MediaUrl => {
                Answer::json(&MediaUrl { media_url: format!("https://qpic.cn/{front}/0") })
            }
        })
    }
}

#[derive(serde::Serialize)]
struct MediaId {
    media_id: String,
}

#[derive(serde::Serialize)]
struct MediaUrl {
    media_url: String,
}

/// The two parts of an upload.
struct Form<'a> {
    meta: &'a [u8],
    file: &'a [u8],
    /// The file's part carries `filename`.
    names_file: bool,
    /// And a media type that says something.
    has_media_type: bool,
}

impl<'a> Form<'a> {
    fn read(request: &'a HttpRequest) -> Option<Self> {
        let body = request.body.as_slice();
        let delimiter = delimiter(request.header("Content-Type"), body)?;
        let (mut meta, mut file) = (None, None);
        for part in parts(body, &delimiter) {
            let headers = String::from_utf8_lossy(part.0).to_ascii_lowercase();
            if headers.contains("name=\"meta\"") || headers.contains("name=meta") {
                meta = Some(part.1);
            } else if headers.contains("name=\"file\"") || headers.contains("name=file") {
                file = Some((headers, part.1));
            }
        }
        let (headers, file) = file?;
        let has_media_type = headers.lines().any(|line| {
            line.strip_prefix("content-type:")
                .is_some_and(|said| said.contains('/') && !said.contains("octet-stream"))
        });
        let names_file = headers.contains("filename=");
        Some(Self { meta: meta?, file, names_file, has_media_type })
    }
}

/// A well-used client names no boundary, so the first line of the body stands in for it.
fn delimiter(content_type: Option<&str>, body: &[u8]) -> Option<Vec<u8>> {
    let named = content_type.and_then(|value| {
        value.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let boundary = value.trim().trim_matches('"');
            (name.trim().eq_ignore_ascii_case("boundary") && !boundary.is_empty())
                .then(|| format!("--{boundary}").into_bytes())
        })
    });
    named.or_else(|| {
        let line = &body[..memmem::find(body, b"\r\n")?];
        (line.len() > 2 && line.starts_with(b"--")).then(|| line.to_vec())
    })
}

/// Headers and content of every part.
fn parts<'a>(body: &'a [u8], delimiter: &[u8]) -> Vec<(&'a [u8], &'a [u8])> {
    let starts: Vec<usize> = memmem::find_iter(body, delimiter).collect();
    let between = starts.windows(2).filter_map(|pair| body.get(pair[0] + delimiter.len()..pair[1]));
    between
        .filter_map(|part| {
            let part = part.strip_prefix(b"\r\n")?.strip_suffix(b"\r\n")?;
            let end = memmem::find(part, b"\r\n\r\n")?;
            Some((&part[..end], &part[end + 4..]))
        })
        .collect()
}
