//! Takes WeChat's notifications for the stories and keeps each as it came.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;

use serde_json::json;

use super::loopback;
use crate::work::{Attempt, Failure};

/// Listens until the program ends. Each story has its own address and its own file.
pub(super) struct Inbox {
    port: u16,
    folder: PathBuf,
}

impl Inbox {
    pub(super) fn open(folder: PathBuf) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).attempt("open the inbox")?;
        let port = listener.local_addr().attempt("read the inbox's address")?.port();
        let kept_in = folder.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Err(Failure(reason)) = receive(&stream, &kept_in) {
                    eprintln!("conformance inbox: {reason}");
                }
            }
        });
        Ok(Self { port, folder })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn address_for(&self, story: &str) -> String {
        format!("http://127.0.0.1:{}/{story}", self.port)
    }

    pub(super) fn file_for(&self, story: &str) -> PathBuf {
        self.folder.join(format!("{story}.notification.json"))
    }
}

fn receive(mut stream: &TcpStream, folder: &Path) -> Result<(), Failure> {
    let message = loopback::read(stream)?;
    let story = message.start.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let is_story = story.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if !is_story || story.is_empty() {
        return Err(Failure(format!("not a story's address: {}", message.start)));
    }
    let kept = json!({ "headers": message.headers, "body": message.body }).to_string();
    // Readers poll for the file, so it must appear whole.
    let unfinished = folder.join(format!("{story}.unfinished"));
    fs::write(&unfinished, kept).attempt("keep a notification")?;
    fs::rename(&unfinished, folder.join(format!("{story}.notification.json")))
        .attempt("keep a notification")?;
    stream.write_all(acknowledgement(&message.body).as_bytes()).attempt("acknowledge")
}

/// v3 looks at the status alone, v2 at nothing but its own words.
fn acknowledgement(body: &str) -> String {
    if !body.starts_with("<xml>") {
        return "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".to_owned();
    }
    let thanks = "<xml><return_code>SUCCESS</return_code></xml>";
    let length = thanks.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{thanks}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place;
    use std::io::Read;

    fn inbox() -> Inbox {
        let folder = place::logs().join("inbox-test");
        fs::create_dir_all(&folder).unwrap();
        Inbox::open(folder).expect("a free port")
    }

    fn posted(inbox: &Inbox, request: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, inbox.port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn a_notification_is_kept_byte_for_byte() {
        let inbox = inbox();
        let request =
            "POST /story-a HTTP/1.1\r\nWechatpay-Nonce: n\r\nContent-Length: 9\r\n\r\n{\"a\": 1}\n";
        let answer = posted(&inbox, request);
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
        let kept: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(inbox.file_for("story-a")).unwrap()).unwrap();
        assert_eq!(kept["body"], "{\"a\": 1}\n");
        assert_eq!(kept["headers"]["wechatpay-nonce"], "n");
    }
    #[test]
    fn a_notification_of_v2_is_answered_in_its_words() {
        let request = "POST /story-b HTTP/1.1\r\nContent-Length: 11\r\n\r\n<xml></xml>";
        let answer = posted(&inbox(), request);
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(
            answer.ends_with("\r\n\r\n<xml><return_code>SUCCESS</return_code></xml>"),
            "{answer}"
        );
    }
}
