//! The XML of the v2 protocol: one root, one level of leaves, and nothing else XML can do.
//!
//! A message is a set of named texts. [`Fields`] keeps every one of them, known or not, because the
//! signature covers every one of them. What is read is much less than XML (threat h07): a document
//! type, an entity of its own, a comment, a processing instruction, an attribute, a second level
//! or a name that occurs twice refuses the whole document. WeChat sends none of these, and each has
//! been the tool of an attack somewhere. Nothing is ever fetched or expanded.
//!
//! ```
//! use suanpan_wechat::pay_v2::xml::{Fields, XmlError};
//!
//! let answer = b"<xml><return_code><![CDATA[SUCCESS]]></return_code><total_fee>1</total_fee></xml>";
//! let fields = Fields::read(answer)?;
//! assert_eq!(fields.get("return_code"), Some("SUCCESS"));
//!
//! let twice = b"<xml><total_fee>1</total_fee><total_fee>100</total_fee></xml>";
//! assert_eq!(Fields::read(twice), Err(XmlError::Duplicate));
//! # Ok::<(), XmlError>(())
//! ```

use std::{collections::BTreeMap, fmt};

use quick_xml::{
    Reader, XmlVersion,
    escape::{partial_escape, resolve_xml_entity},
    events::{BytesDecl, BytesRef, BytesStart, Event},
};

/// The longest document that is read. Real notifications have less than ten KiB, the longest
/// answers (ten refunds with their coupons) a few dozen.
pub const DOCUMENT_LIMIT: usize = 128 * 1024;

/// The most fields a document may have: ten refunds with twenty coupons each stay below.
pub const FIELD_LIMIT: usize = 1024;

/// The longest name of a field.
pub const NAME_LIMIT: usize = 64;

/// The longest value in bytes: `detail` and `promotion_detail` have 6000 characters.
pub const VALUE_LIMIT: usize = 32 * 1024;

/// Why a document is not one of this protocol. Says nothing about its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// More bytes, fields, or characters in a name or value than any real message has.
    #[error("the document is too large")]
    TooLarge,
    /// Not UTF-8, with a byte order mark, or with a character XML forbids.
    #[error("the document is not plain UTF-8 text")]
    NotText,
    /// Not well-formed.
    #[error("the document is not well-formed XML")]
    Syntax,
    /// Well-formed, but with something this protocol does not use.
    #[error("the document contains {what}")]
    Forbidden {
        /// What it is.
        what: &'static str,
    },
    /// The root element has another name.
    #[error("the root element is not {expected}")]
    Root {
        /// The name it should have.
        expected: &'static str,
    },
    /// A field inside a field.
    #[error("the document is nested")]
    Nested,
    /// A name that occurs twice: signer and reader could take different ones.
    #[error("a field occurs twice")]
    Duplicate,
}

/// The fields of one message, in the order the signature wants them: by name, byte by byte.
///
/// An empty value is the same as an absent one, as in the signature. [`fmt::Debug`] shows names
/// only, because values are people's.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Reads a document whose root is `xml`.
    ///
    /// # Errors
    /// See [`XmlError`].
    pub fn read(document: &[u8]) -> Result<Self, XmlError> {
        Self::read_rooted(document, "xml")
    }

    /// Reads a document with another root: the inside of a refund notification has `root`.
    pub(crate) fn read_rooted(document: &[u8], root: &'static str) -> Result<Self, XmlError> {
        if document.len() > DOCUMENT_LIMIT {
            return Err(XmlError::TooLarge);
        }
        let text = std::str::from_utf8(document).map_err(|_| XmlError::NotText)?;
        if text.starts_with('\u{feff}') || !text.chars().all(is_character) {
            return Err(XmlError::NotText);
        }
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut reading = Reading { root, place: Place::Start, fields: Fields::default() };
        loop {
            match reader.read_event().map_err(|_| XmlError::Syntax)? {
                Event::Eof => break,
                event => reading.take(event)?,
            }
        }
        if reading.place == Place::AfterRoot { Ok(reading.fields) } else { Err(XmlError::Syntax) }
    }

    /// The document, with fields in alphabetical order. Values that contain markup stand in CDATA,
    /// but for those with a carriage return: a reader that keeps to XML makes a line feed of it and
    /// would then sign something else, unless it comes as `&#13;`, which CDATA cannot hold.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = String::from("<xml>");
        for (name, value) in &self.0 {
            xml.extend(["<", name, ">"]);
            if value.contains('\r') {
                xml.push_str(&partial_escape(value.as_str()).replace('\r', "&#13;"));
            } else if value.contains(['<', '>', '&']) {
                // A section cannot contain its own end: that is cut in two.
                let value = value.replace("]]>", "]]]]><![CDATA[>");
                xml.extend(["<![CDATA[", &value, "]]>"]);
            } else {
                xml.push_str(value);
            }
            xml.extend(["</", name, ">"]);
        }
        xml.push_str("</xml>");
        xml
    }

    /// The value of a field; `None` when it is absent or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All fields that have a value, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(_, value)| !value.is_empty())
    }

    /// Adds a field.
    ///
    /// # Errors
    /// When the field is there already, or could not be read back.
    pub fn insert(&mut self, name: &str, value: impl Into<String>) -> Result<(), XmlError> {
        let value = value.into();
        if name.len() > NAME_LIMIT || value.len() > VALUE_LIMIT || self.0.len() >= FIELD_LIMIT {
            return Err(XmlError::TooLarge);
        }
        if !is_name(name) {
            return Err(XmlError::Forbidden { what: "a name that is not one of a field" });
        }
        if !value.chars().all(is_character) {
            return Err(XmlError::NotText);
        }
        match self.0.entry(name.to_owned()) {
            std::collections::btree_map::Entry::Occupied(_) => Err(XmlError::Duplicate),
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(value);
                Ok(())
            }
        }
    }

    /// Writes over whatever stood there.
    pub(crate) fn set(&mut self, name: &'static str, value: impl fmt::Display) {
        self.0.insert(name.to_owned(), value.to_string());
    }

    /// Adds a field of ours: the name is a constant, the value comes from a type that validates.
    pub(crate) fn put(&mut self, name: &'static str, value: impl fmt::Display) {
        self.insert(name, value.to_string())
            .expect("our own fields have distinct names and validated values");
    }

    /// Adds a field that may be left out.
    pub(crate) fn put_some(&mut self, name: &'static str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fields")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    Start,
    BeforeRoot,
    InRoot,
    InField { name: String, value: String },
    AfterRoot,
}

struct Reading {
    root: &'static str,
    place: Place,
    fields: Fields,
}

impl Reading {
    fn take(&mut self, event: Event<'_>) -> Result<(), XmlError> {
        match event {
            Event::Start(start) => self.start(&start),
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text),
            Event::CData(text) => self.value(&text),
            Event::GeneralRef(reference) => self.value(&resolved(&reference)?),
            Event::Decl(declaration) => self.declaration(&declaration),
            Event::DocType(_) => Err(XmlError::Forbidden { what: "a document type" }),
            Event::Comment(_) => Err(XmlError::Forbidden { what: "a comment" }),
            Event::PI(_) => Err(XmlError::Forbidden { what: "a processing instruction" }),
            Event::Empty(_) | Event::Eof => Err(XmlError::Syntax),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), XmlError> {
        if !start.attributes_raw().trim_ascii().is_empty() {
            return Err(XmlError::Forbidden { what: "an attribute" });
        }
        let name = start.name().into_inner();
        match self.place {
            Place::Start | Place::BeforeRoot if name == self.root => self.place = Place::InRoot,
            Place::Start | Place::BeforeRoot => return Err(XmlError::Root { expected: self.root }),
            Place::InRoot => {
                self.place = Place::InField { name: name.to_owned(), value: String::new() };
            }
            Place::InField { .. } => return Err(XmlError::Nested),
            Place::AfterRoot => return Err(XmlError::Syntax),
        }
        Ok(())
    }

    /// That the names match is the tokeniser's to check.
    fn end(&mut self) -> Result<(), XmlError> {
        match std::mem::replace(&mut self.place, Place::InRoot) {
            Place::InField { name, value } => self.fields.insert(&name, value),
            Place::InRoot => {
                self.place = Place::AfterRoot;
                Ok(())
            }
            _ => Err(XmlError::Syntax),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        let is_between = !matches!(self.place, Place::InField { .. });
        if is_between && text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
            if self.place == Place::Start {
                self.place = Place::BeforeRoot;
            }
            return Ok(());
        }
        self.value(text)
    }

    /// Whitespace is data, and a value may come in any number of pieces.
    fn value(&mut self, piece: &str) -> Result<(), XmlError> {
        let Place::InField { value, .. } = &mut self.place else { return Err(XmlError::Syntax) };
        if value.len() + piece.len() > VALUE_LIMIT {
            return Err(XmlError::TooLarge);
        }
        value.push_str(piece);
        Ok(())
    }

    /// Only at the very start, and only for what the bytes have been checked to be.
    fn declaration(&mut self, declaration: &BytesDecl<'_>) -> Result<(), XmlError> {
        if self.place != Place::Start {
            return Err(XmlError::Syntax);
        }
        self.place = Place::BeforeRoot;
        let is_utf8 = match declaration.encoding() {
            None => true,
            Some(encoding) => encoding.is_ok_and(|name| name.eq_ignore_ascii_case("utf-8")),
        };
        let is_known = declaration.xml_version().is_ok_and(|version| {
            matches!(version, XmlVersion::Explicit1_0 | XmlVersion::Implicit1_0)
        });
        if is_utf8 && is_known {
            Ok(())
        } else {
            Err(XmlError::Forbidden { what: "another encoding or version" })
        }
    }
}

fn resolved(reference: &BytesRef<'_>) -> Result<String, XmlError> {
    let character = reference.resolve_char_ref().map_err(|_| XmlError::Syntax)?;
    match character {
        Some(character) if is_character(character) => Ok(character.to_string()),
        Some(_) => Err(XmlError::NotText),
        None => resolve_xml_entity(reference)
            .map(str::to_owned)
            .ok_or(XmlError::Forbidden { what: "an entity" }),
    }
}

/// Letters, digits and `_`, as in every name of the protocol; no prefix, no dot, no dash.
fn is_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// `Char` of XML 1.0 (<https://www.w3.org/TR/xml/#charsets>).
fn is_character(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        _ => character >= ' ',
    }
}
