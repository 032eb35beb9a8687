//! QR codes: those in pictures that stand for what the camera sees, and those the phone shows.
//!
//! The page decodes the picture, as browsers do best, and sends its brightness.

use axum::{
    Json,
    extract::{Query, Request},
    response::Response,
};
use fast_qr::convert::svg::SvgBuilder;
use http::{StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, Limited};

use super::fresh;
use crate::http::management::Problem;

/// The longest side of a picture.
const SIDE_LIMIT: usize = 2000;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Size {
    width: usize,
    height: usize,
}

#[derive(serde::Serialize)]
pub(super) struct Texts {
    /// One for each code that can be read.
    texts: Vec<String>,
}

/// One byte of brightness for each pixel, row by row.
pub(super) async fn read(
    Query(Size { width, height }): Query<Size>,
    request: Request,
) -> Result<Json<Texts>, Problem> {
    // Pages of other origins cannot send this type without asking first.
    if request.headers().get(CONTENT_TYPE).is_none_or(|value| value != "application/octet-stream") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "NOT_BYTES",
            "the body must be application/octet-stream",
        ));
    }
    if !(1..=SIDE_LIMIT).contains(&width) || !(1..=SIDE_LIMIT).contains(&height) {
        return Err(Problem::bad_request("width and height must lie between 1 and 2000"));
    }
    let body = Limited::new(request.into_body(), width * height).collect().await;
    let luma = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    if luma.len() != width * height {
        return Err(Problem::bad_request("the body must have width times height bytes"));
    }
    // A reader of strangers' pictures may panic; that means no code, not no answer.
    let reading = tokio::task::spawn_blocking(move || texts(width, height, &luma));
    Ok(Json(Texts { texts: reading.await.unwrap_or_default() }))
}

/// The longest text of a code on the phone's screen.
const TEXT_LIMIT: usize = 512;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shown {
    text: String,
}

/// A code as an SVG picture.
pub(super) async fn draw(Query(Shown { text }): Query<Shown>) -> Result<Response, Problem> {
    if text.len() > TEXT_LIMIT {
        return Err(Problem::bad_request("a code holds at most 512 bytes"));
    }
    let code = fast_qr::QRBuilder::new(text.into_bytes()).build();
    let code = code.map_err(|_| Problem::bad_request("this text does not fit into a code"))?;
    let picture = SvgBuilder::default().to_str(&code);
    Ok(fresh("image/svg+xml", "default-src 'none'", picture))
}

fn texts(width: usize, height: usize, luma: &[u8]) -> Vec<String> {
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| luma[y * width + x]);
    let found = picture.detect_grids();
    found.iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect()
}
