//! The XML of v2: one root, one level of leaves (v2 §2).
//!
//! Read a second time here, apart from the reader merchants use, so that one mistake does not agree
//! with itself. What a client may choose is taken as WeChat takes it: any order, blanks between
//! elements, CDATA or escapes, empty elements, elements nobody knows. What no client of good faith
//! sends is refused: a document type, an entity of its own, attributes, a second level, a name that
//! occurs twice.

use std::{borrow::Cow, collections::BTreeMap};

use crate::world::v3::UNKNOWN_STATE;
use quick_xml::{Reader, escape::resolve_xml_entity, events::Event};

/// More elements than any call has; `batchreport` and refunds with coupons stay far below.
const FIELD_LIMIT: usize = 256;

/// The body is no document of v2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotXml;

/// What a merchant sent, by name. An empty value is the same as an absent one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(BTreeMap<String, String>);

impl Fields {
    pub(crate) fn read(text: &str) -> Result<Self, NotXml> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut reading = Reading { depth: 0, done: false, open: None, fields: Self::default() };
        loop {
            match reader.read_event().map_err(|_| NotXml)? {
                Event::Eof if reading.done => return Ok(reading.fields),
                Event::Eof => return Err(NotXml),
                event => reading.take(&event)?,
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Those that have a value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter(|(_, value)| !value.is_empty())
    }
}

struct Reading {
    depth: u8,
    done: bool,
    open: Option<(String, String)>,
    fields: Fields,
}

impl Reading {
    fn take(&mut self, event: &Event<'_>) -> Result<(), NotXml> {
        match event {
            Event::Start(start) => {
                if self.done || !start.attributes_raw().trim_ascii().is_empty() {
                    return Err(NotXml);
                }
                self.open(start.name().into_inner())
            }
            Event::End(_) => self.close(),
            Event::Text(text) => self.text(text),
            Event::CData(text) => self.value(text),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|_| NotXml)?;
                match character {
                    Some(character) => self.value(character.encode_utf8(&mut [0; 4])),
                    None => self.value(resolve_xml_entity(reference).ok_or(NotXml)?),
                }
            }
            Event::Decl(_) if self.depth == 0 && !self.done => Ok(()),
            Event::Comment(_) => Ok(()),
            Event::Decl(_) | Event::DocType(_) | Event::PI(_) => Err(NotXml),
            Event::Empty(_) | Event::Eof => Err(NotXml),
        }
    }

    fn open(&mut self, name: &str) -> Result<(), NotXml> {
        match self.depth {
            0 if name == "xml" => {}
            1 if self.fields.0.len() < FIELD_LIMIT && !self.fields.0.contains_key(name) => {
                self.open = Some((name.to_owned(), String::new()));
            }
            _ => return Err(NotXml),
        }
        self.depth += 1;
        Ok(())
    }

    /// That the names match is the tokeniser's to check.
    fn close(&mut self) -> Result<(), NotXml> {
        self.depth = self.depth.checked_sub(1).ok_or(NotXml)?;
        match self.open.take() {
            Some((name, value)) => {
                self.fields.0.insert(name, value);
            }
            None => self.done = true,
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), NotXml> {
        if self.open.is_none() && text.trim().is_empty() { Ok(()) } else { self.value(text) }
    }

    fn value(&mut self, piece: &str) -> Result<(), NotXml> {
        let (_, value) = self.open.as_mut().ok_or(NotXml)?;
        value.push_str(piece);
        Ok(())
    }
}

/// What WeChat writes: members in a fixed order, texts in CDATA, integers bare (v2 §2).
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Document(Vec<Member>);

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Member {
    name: Cow<'static, str>,
    value: String,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Form {
    CData,
    Bare,
}

impl Member {
    fn is_state(&self) -> bool {
        self.name == "trade_state" || self.name.starts_with("refund_status")
    }
}

impl Document {
    pub(crate) fn text(self, name: impl Into<Cow<'static, str>>, value: impl ToString) -> Self {
        self.with(name.into(), value.to_string(), Form::CData)
    }

    /// A member that stands only where there is a value.
    pub(crate) fn some_text(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    pub(crate) fn number(self, name: impl Into<Cow<'static, str>>, value: impl ToString) -> Self {
        self.with(name.into(), value.to_string(), Form::Bare)
    }

    fn with(mut self, name: Cow<'static, str>, value: String, form: Form) -> Self {
        self.0.push(Member { name, value, form });
        self
    }

    pub(crate) fn then(mut self, rest: Self) -> Self {
        self.0.extend(rest.0);
        self
    }

    /// Alphabetical, as notifications are.
    pub(crate) fn sorted(mut self) -> Self {
        self.0.sort_by(|one, other| one.name.cmp(&other.name));
        self
    }

    pub(crate) fn says_a_state(&self) -> bool {
        self.0.iter().any(Member::is_state)
    }

    /// A state of the future; clients keep it as they keep a timeout: unknown.
    pub(crate) fn say_an_unknown_state(&mut self) {
        if let Some(state) = self.0.iter_mut().find(|member| member.is_state()) {
            UNKNOWN_STATE.clone_into(&mut state.value);
        }
    }

    /// Names and values as a signature sees them.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|member| (member.name.as_ref(), member.value.as_str()))
    }

    pub(crate) fn to_xml(&self, root: &str) -> String {
        let mut xml = format!("<{root}>");
        for Member { name, value, form } in &self.0 {
            // A section cannot hold its own end: it is cut in two.
            let written = match form {
                Form::CData => {
                    format!("<![CDATA[{}]]>", value.replace("]]>", "]]]]><![CDATA[>"))
                }
                Form::Bare => value.clone(),
            };
            xml.extend(["<", name, ">", &written, "</", name, ">"]);
        }
        xml.extend(["</", root, ">"]);
        xml
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_may_write_as_they_please() {
        let pretty = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n  <b><![CDATA[<&]]></b>\n  \
                      <!-- by hand --><a>1&lt;&#20013;</a><empty/><none></none>\n</xml>\n";
        let fields = Fields::read(pretty).unwrap();
        assert_eq!(fields.iter().collect::<Vec<_>>(), [("a", "1<中"), ("b", "<&")]);
        assert_eq!((fields.get("empty"), fields.get("missing")), (None, None));
        let fields = Fields::read("<xml><a> x </a></xml>").unwrap();
        assert_eq!(fields.get("a"), Some(" x "), "blanks are data");
    }

    #[test]
    fn whatever_no_client_of_good_faith_sends_is_refused() {
        for odd in [
            "",
            "text",
            "<xml>",
            "<xml></xml><xml></xml>",
            "<xml></xml>tail",
            "<root><a>1</a></root>",
            "<xml><a>1</b></xml>",
            "<xml><a>1</a><a>2</a></xml>",
            "<xml><a><b>1</b></a></xml>",
            "<xml>loose<a>1</a></xml>",
            "<xml><a b=\"c\">1</a></xml>",
            "<xml><a>&who;</a></xml>",
            "<!DOCTYPE xml [<!ENTITY who \"me\">]><xml><a>1</a></xml>",
            "<xml><?php ?><a>1</a></xml>",
            "{\"a\":1}",
        ] {
            assert_eq!(Fields::read(odd), Err(NotXml), "{odd}");
        }
        let many: String = (0..=FIELD_LIMIT).map(|n| format!("<a{n}>1</a{n}>")).collect();
        assert_eq!(Fields::read(&format!("<xml>{many}</xml>")), Err(NotXml));
    }

    #[test]
    fn what_is_written_can_be_read() {
        let document = Document::default().text("b", "a]]>b<c>&").number("a", 7).text("c", "");
        let xml = document.to_xml("xml");
        assert_eq!(
            xml,
            "<xml><b><![CDATA[a]]]]><![CDATA[>b<c>&]]></b><a>7</a><c><![CDATA[]]></c></xml>"
        );
        let read = Fields::read(&xml).unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), [("a", "7"), ("b", "a]]>b<c>&")]);
    }
}
