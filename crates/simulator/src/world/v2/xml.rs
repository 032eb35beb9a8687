//! The XML of v2: one root, one level of leaves (v2 §2).
//!
//! Read a second time here, apart from the reader merchants use, so that one mistake does not agree
//! with itself. What a client may choose is taken as WeChat takes it: any order, blanks between
//! elements, CDATA or escapes, empty elements, elements nobody knows. What no client of good faith
//! sends is refused: a document type, an entity of its own, attributes, a second level, a name that
//! occurs twice.

use std::{borrow::Cow, collections::BTreeMap};

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Document(Vec<(Cow<'static, str>, Leaf)>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Leaf {
    Text(String),
    Number(i64),
}

impl Document {
    pub(crate) fn text(mut self, name: impl Into<Cow<'static, str>>, value: impl ToString) -> Self {
        self.0.push((name.into(), Leaf::Text(value.to_string())));
        self
    }

    /// A member that stands only where there is a value.
    pub(crate) fn some_text(self, name: &'static str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    pub(crate) fn number(mut self, name: impl Into<Cow<'static, str>>, value: i64) -> Self {
        self.0.push((name.into(), Leaf::Number(value)));
        self
    }

    pub(crate) fn then(mut self, rest: Self) -> Self {
        self.0.extend(rest.0);
        self
    }

    /// Alphabetical, as the inside of a refund's notification is.
    pub(crate) fn sorted(mut self) -> Self {
        self.0.sort_by(|(one, _), (other, _)| one.cmp(other));
        self
    }

    /// Names and values as a signature sees them.
    pub(crate) fn pairs(&self) -> Vec<(&str, Cow<'_, str>)> {
        let value = |leaf: &'_ Leaf| match leaf {
            Leaf::Text(text) => Cow::Borrowed(text.as_str()).into_owned(),
            Leaf::Number(number) => number.to_string(),
        };
        self.0.iter().map(|(name, leaf)| (name.as_ref(), Cow::Owned(value(leaf)))).collect()
    }

    pub(crate) fn to_xml(&self, root: &str) -> String {
        let mut xml = format!("<{root}>");
        for (name, leaf) in &self.0 {
            let value = match leaf {
                // A section cannot hold its own end: it is cut in two.
                Leaf::Text(text) => {
                    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
                }
                Leaf::Number(number) => number.to_string(),
            };
            xml.push_str(&format!("<{name}>{value}</{name}>"));
        }
        xml.push_str(&format!("</{root}>"));
        xml
    }
}
