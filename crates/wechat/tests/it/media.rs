//! Uploads: what leaves, what of it is signed, and what is never sent.

use suanpan_wechat::{
    call::{Call, ContentType, Request},
    media::{FavorUpload, InvalidFile, Upload},
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\r\n--not a boundary--\r\n\x00\xff";

/// Cuts a body into `(headers, content)` of its parts, as a server does.
fn parts(request: &Request) -> Vec<(String, Vec<u8>)> {
    let ContentType::Upload { boundary, .. } = &request.content_type else { panic!("an upload") };
    let border = format!("\r\n--{boundary}");
    let body = [b"\r\n", &request.body[..]].concat();
    let mut rest = &body[..];
    let mut found = Vec::new();
    while let Some(at) = rest.windows(border.len()).position(|window| window == border.as_bytes()) {
        found.push(&rest[..at]);
        rest = &rest[at + border.len()..];
    }
    assert_eq!(rest, b"--\r\n", "the body ends with its last border");
    assert_eq!(found.remove(0), b"", "the body begins with its first border");
    found
        .into_iter()
        .map(|part| {
            let end = part.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
            let headers = std::str::from_utf8(&part[..end]).unwrap().trim_start().to_owned();
            (headers, part[end + 4..].to_vec())
        })
        .collect()
}

#[test]
fn an_upload_has_a_signed_meta_and_the_file_as_it_is() {
    let upload = Upload::merchant_image("执照 1.PNG", PNG.to_vec()).unwrap();
    let request = upload.request();
    assert_eq!((request.method.as_str(), &*request.target), ("POST", "/v3/merchant/media/upload"));
    let [(meta_headers, meta), (file_headers, file)] = &parts(&request)[..] else {
        panic!("two parts")
    };
    assert_eq!(request.signed_body(), meta, "meta is signed as it is sent, and nothing else is");
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, PNG);
    let expected = format!(r#"{{"filename":"执照 1.PNG","sha256":"{}"}}"#, hex::encode(hash));
    assert_eq!(std::str::from_utf8(meta).unwrap(), expected);
    assert_eq!(
        meta_headers,
        "Content-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json"
    );
    assert_eq!(
        file_headers,
        "Content-Disposition: form-data; name=\"file\"; filename=\"执照 1.PNG\"\r\nContent-Type: image/png"
    );
    assert_eq!(file, PNG);
    assert_eq!(upload.request(), request, "a repeat is the same bytes");
}

#[test]
fn every_kind_of_file_has_its_place() {
    let target = |upload: Result<Upload, InvalidFile>| upload.unwrap().request().target;
    let content = || b"x".to_vec();
    assert_eq!(target(Upload::merchant_image("a.pdf", content())), "/v3/merchant/media/upload");
    assert_eq!(
        target(Upload::merchant_video("a.mp4", content())),
        "/v3/merchant/media/video_upload"
    );
    assert_eq!(
        target(Upload::complaint_image("a.bmp", content())),
        "/v3/merchant-service/images/upload"
    );
    let favor = FavorUpload::new("a.jpg", content()).unwrap();
    assert_eq!(favor.request().target, "/v3/marketing/favor/media/image-upload");
    let answer = favor.read(200, br#"{"media_url":"https://qpic.cn/xxx"}"#).unwrap();
    assert_eq!(answer.media_url, "https://qpic.cn/xxx");
    let upload = Upload::merchant_image("a.jpg", content()).unwrap();
    let answer = upload.read(200, br#"{"media_id":"6uqyGjGrCf2GtyXP8bxrbuH9-aAoTjH-rKeSl3Lf4"}"#);
    assert_eq!(answer.unwrap().media_id.as_str(), "6uqyGjGrCf2GtyXP8bxrbuH9-aAoTjH-rKeSl3Lf4");
    assert!(upload.read(200, br#"{"media_url":"x"}"#).is_err());
}

#[test]
fn what_wechat_refuses_is_not_sent() {
    const MIB: usize = 1024 * 1024;
    let image = |name: &str, length| Upload::merchant_image(name, vec![0; length]).err();
    assert_eq!(image("a.png", 5 * MIB), None);
    assert_eq!(image("a.png", 5 * MIB + 1), Some(InvalidFile::Length { limit: 5 * MIB }));
    assert_eq!(image("a.pdf", 15 * MIB / 2), None);
    assert_eq!(image("a.png", 0), Some(InvalidFile::Length { limit: 5 * MIB }));
    for name in ["a.gif", "a", "a.png.exe", "png", "a.mp4"] {
        assert_eq!(image(name, 1), Some(InvalidFile::Kind), "{name}");
    }
    let long = format!("{}.png", "x".repeat(125));
    for name in [".png", "a\r\nX: y.png", "a\".png", "a\\.png", "../a.png", "a\u{1F600}.png", &long]
    {
        assert_eq!(image(name, 1), Some(InvalidFile::Name), "{name:?}");
    }
    assert!(Upload::complaint_image("a.png", vec![0; 2 * MIB + 1]).is_err());
    assert!(Upload::complaint_image("a.pdf", vec![0; 1]).is_err());
    assert!(FavorUpload::new("a.png", vec![0; 2 * MIB + 1]).is_err());
    assert!(Upload::merchant_video("a.png", vec![0; 1]).is_err());
}

#[test]
fn a_file_is_not_printed() {
    let shown = format!("{:?}", Upload::merchant_image("a.png", b"canary".to_vec()).unwrap());
    assert_eq!(shown, "Upload(/v3/merchant/media/upload, \"a.png\", 6 bytes)");
}
