//! A program of somebody else's SDK, spoken to in lines of JSON.
//!
//! It is told what to do and answers what its SDK makes of it: `{"ok": …}`, `{"no": "why"}` when
//! the SDK refused, or `{"cannot": true}` when it has no such function. The programs stand beside
//! the stories in `conformance/`.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;

/// A running peer; it ends when its input does.
pub(crate) struct Peer {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// What the SDK made of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Made {
    Value(Value),
    /// Refused, with the SDK's own words.
    Refused(String),
    /// It does not do such things.
    Cannot,
}

impl Peer {
    /// Starts a program with the script that holds the SDK.
    pub(crate) fn start(name: &str, program: &str, script: &str) -> Result<Self, String> {
        let mut child = Command::new(program)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name} does not start: {error}"))?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("standard output is piped"));
        Ok(Self { name: name.to_owned(), child, input, output })
    }

    /// Tells it who it and we are; it has to understand that.
    pub(crate) fn introduce(&mut self, introduction: &Value) -> Result<(), String> {
        match self.ask(introduction)? {
            Made::Value(_) => Ok(()),
            other => Err(format!("{} cannot be introduced: {other:?}", self.name)),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// One question, one answer.
    pub(crate) fn ask(&mut self, question: &Value) -> Result<Made, String> {
        let input = self.input.as_mut().expect("open until it is dropped");
        writeln!(input, "{question}").map_err(|error| format!("{}: {error}", self.name))?;
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|error| format!("{}: {error}", self.name))?;
        let mut answer: Value = serde_json::from_str(&line)
            .map_err(|_| format!("{} said {line:?} to {question}", self.name))?;
        if let Some(reason) = answer["no"].as_str() {
            return Ok(Made::Refused(reason.to_owned()));
        }
        if answer["cannot"] == true {
            return Ok(Made::Cannot);
        }
        match answer.get_mut("ok") {
            Some(value) => Ok(Made::Value(value.take())),
            None => Err(format!("{} said {line:?} to {question}", self.name)),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.input.take());
        drop(self.child.wait());
    }
}
