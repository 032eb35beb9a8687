//! Just enough HTTP for one loopback conversation at a time: no dependency for two calls.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::work::{Attempt, Failure};

/// Nobody on loopback needs longer, and nobody may hold us longer.
const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST_BODY: usize = 1 << 20;
const LONGEST_LINE: u64 = 16 * 1024;

/// A message with its start line taken apart by whoever asked.
pub(super) struct Message {
    pub(super) start: String,
    /// Names in lower case.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

/// `GET` from a loopback server. HTTP/1.0, so that the body is not chunked and ends with the
/// connection.
pub(super) fn get(authority: &str, path: &str) -> Result<String, Failure> {
    let mut stream = TcpStream::connect(authority).attempt(format!("connect to {authority}"))?;
    be_patient(&stream)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {authority}\r\n\r\n").attempt("send a request")?;
    let answer = read(&stream)?;
    match answer.start.split(' ').nth(1) {
        Some("200") => Ok(answer.body),
        _ => Err(Failure(format!("GET {path}: {} {}", answer.start, answer.body))),
    }
}

/// Reads one message; a body without a length ends with the connection.
pub(super) fn read(stream: &TcpStream) -> Result<Message, Failure> {
    be_patient(stream)?;
    let mut reader = BufReader::new(stream);
    let start = line(&mut reader)?;
    let mut headers = BTreeMap::new();
    loop {
        let header = line(&mut reader)?;
        match header.split_once(':') {
            Some((name, value)) => {
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned())
            }
            None => break,
        };
    }
    let body = body(&mut reader, headers.get("content-length"))?;
    Ok(Message { start, headers, body })
}

fn line(reader: &mut impl BufRead) -> Result<String, Failure> {
    let mut line = String::new();
    reader.take(LONGEST_LINE).read_line(&mut line).attempt("read a line")?;
    Ok(line.trim_end().to_owned())
}

fn body(reader: &mut impl Read, length: Option<&String>) -> Result<String, Failure> {
    let announced = length.map(|length| length.parse::<usize>().attempt("a content length"));
    let mut bytes = Vec::new();
    match announced.transpose()? {
        Some(length) if length > LONGEST_BODY => return Err(Failure("a body too long".into())),
        Some(length) => {
            bytes.resize(length, 0);
            reader.read_exact(&mut bytes).attempt("read a body")?;
        }
        None => {
            let mut bounded = reader.take(LONGEST_BODY as u64);
            bounded.read_to_end(&mut bytes).attempt("read a body")?;
        }
    }
    String::from_utf8(bytes).attempt("a body of text")
}

fn be_patient(stream: &TcpStream) -> Result<(), Failure> {
    stream.set_read_timeout(Some(PATIENCE)).attempt("set a timeout")?;
    stream.set_write_timeout(Some(PATIENCE)).attempt("set a timeout")
}
