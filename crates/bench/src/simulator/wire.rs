//! As little HTTP/1.1 as a load generator needs, so that it costs little beside what it loads.

use std::{
    io::{BufRead, BufReader, Read as _, Write as _},
    net::TcpStream,
};

/// One connection.
pub(super) struct Wire {
    host: String,
    stream: BufReader<TcpStream>,
}

impl Wire {
    pub(super) fn open(host: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(host).map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(Self { host: host.to_owned(), stream: BufReader::new(stream) })
    }

    pub(super) fn blocking_get(&mut self, target: &str) -> Result<(u16, Vec<u8>), String> {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", self.host);
        self.exchange(request.as_bytes())
    }

    pub(super) fn post_json(&mut self, target: &str, body: &str) -> Result<(u16, Vec<u8>), String> {
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            body.len(),
        );
        self.exchange(request.as_bytes())
    }

    /// Sends a request as it is and reads the answer.
    pub(super) fn exchange(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>), String> {
        self.stream.get_mut().write_all(request).map_err(|error| error.to_string())?;
        let Some((first, body)) = read_message(&mut self.stream)? else {
            return Err("the connection was closed".to_owned());
        };
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        Ok((status.ok_or_else(|| format!("no status in {first:?}"))?, body))
    }
}

/// The first line and the body of a request or an answer; `None` at the end of the connection.
pub(super) fn read_message(
    stream: &mut BufReader<TcpStream>,
) -> Result<Option<(String, Vec<u8>)>, String> {
    let (mut first, mut length) = (String::new(), 0);
    if stream.read_line(&mut first).map_err(|error| error.to_string())? == 0 {
        return Ok(None);
    }
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).map_err(|error| error.to_string())?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(|_| format!("no length: {line:?}"))?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).map_err(|error| error.to_string())?;
    Ok(Some((first, body)))
}
