use super::*;

const PATH: &str = "/v3/merchant/media/upload";

/// How clients frame the same two parts.
struct Framing {
    content_type: &'static str,
    meta_headers: &'static str,
}

const FRAMINGS: [Framing; 3] = [
    Framing {
        content_type: "multipart/form-data; boundary=frame",
        meta_headers: "Content-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json",
    },
    // Ends the value with a stray semicolon, and quotes the boundary.
    Framing {
        content_type: "multipart/form-data; boundary=\"frame\"",
        meta_headers: "Content-Disposition: form-data; name=\"meta\";",
    },
    // Names no boundary at all.
    Framing {
        content_type: "multipart/form-data",
        meta_headers: "Content-Disposition: form-data; name=\"meta\"",
    },
];

impl Till {
    fn upload(&self, framing: &Framing, meta: &str, file: &[u8], file_type: &str) -> HttpRequest {
        let mut request = self.signed_request("POST", PATH, meta, self.now);
        request.headers.push(("Content-Type".to_owned(), framing.content_type.to_owned()));
        let front = format!(
            "--frame\r\n{}\r\n\r\n{meta}\r\n--frame\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: {file_type}\r\n\r\n",
            framing.meta_headers
        );
        request.body = [front.as_bytes(), file, b"\r\n--frame--\r\n"].concat();
        request
    }
}

fn meta(filename: &str, file: &[u8]) -> String {
    let hash = hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, file));
    format!(r#"{{ "filename": "{filename}", "sha256": "{hash}" }}"#)
}

#[test]
fn an_upload_is_taken_however_its_parts_are_framed() {
    let mut till = Till::open();
    let file = b"\x89PNG\r\n\r\n\0 -- not really";
    for framing in &FRAMINGS {
        let request = till.upload(framing, &meta("a.png", file), file, "image/png");
        let seen = till.send(&request);
        assert_eq!(seen.status, 200, "{}: {}", framing.content_type, seen.body);
        assert!(seen.json()["media_id"].as_str().unwrap().contains('-'));
    }
}

#[test]
fn the_signature_covers_meta_and_the_digest_the_file() {
    let mut till = Till::open();
    let file = b"a picture".as_slice();
    let good = till.upload(&FRAMINGS[0], &meta("a.png", file), file, "image/png");

    let mut other_meta = good.clone();
    let at = memchr::memmem::find(&other_meta.body, b"a.png").unwrap();
    other_meta.body[at] = b'b';
    assert_eq!(till.send(&other_meta).status, 401);

    let mut other_file = good.clone();
    let at = memchr::memmem::find(&other_file.body, b"a picture").unwrap();
    other_file.body[at] = b'b';
    let seen = till.send(&other_file);
    assert_eq!((seen.status, seen.code()), (400, "PARAM_ERROR".to_owned()));

    let mut whole =
        till.signed_request("POST", PATH, &String::from_utf8_lossy(&good.body), till.now);
    whole.headers.push(("Content-Type".to_owned(), FRAMINGS[0].content_type.to_owned()));
    assert_eq!(till.send(&whole).status, 401, "signed over the whole body");
}

#[test]
fn kinds_and_sizes_are_limited() {
    let mut till = Till::open();
    let picture = b"a picture".as_slice();
    for (name, file_type) in [("a.gif", "image/gif"), ("a.png", "application/octet-stream")] {
        let request = till.upload(&FRAMINGS[0], &meta(name, picture), picture, file_type);
        assert_eq!(till.send(&request).status, 400, "{name} {file_type}");
    }
    let large = vec![0; 5 * 1024 * 1024 + 1];
    let request = till.upload(&FRAMINGS[0], &meta("a.png", &large), &large, "image/png");
    assert_eq!(till.send(&request).status, 400, "above 5 MiB");
    let request = till.upload(&FRAMINGS[0], &meta("a.pdf", &large), &large, "application/pdf");
    assert_eq!(till.send(&request).status, 200, "documents may be larger");
    let mut nothing = till.signed_request("POST", PATH, "", till.now);
    nothing.headers.push(("Content-Type".to_owned(), "multipart/form-data".to_owned()));
    assert_eq!(till.send(&nothing).status, 400);
}
