//! JSON as clients write it: the same document in the forms their libraries give it.
//!
//! A tree of its own, because the order of members and the spelling of numbers must survive.

use std::{collections::BTreeSet, fmt::Write as _};

/// Deeper documents are left alone.
const DEEPEST: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Json {
    /// A number, `true`, `false` or `null`, as written.
    Plain(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Where a library puts blanks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spacing {
    Compact,
    /// `", "` and `": "`, as Python.
    Spaced,
    /// Line by line, indented by so many blanks.
    Pretty(usize),
    /// Line by line, indented by tabs.
    Tabs,
    /// As `Pretty`, but no blank after the colon's own line is saved: `"a" : 1` (Jackson).
    Jackson,
}

/// What a library does to characters beyond ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unicode {
    Raw,
    LowerEscapes,
    UpperEscapes,
}

/// The order of members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Given,
    Sorted,
    /// That of Java's `HashMap`.
    Hashed,
}

/// How a library writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) spacing: Spacing,
    pub(super) unicode: Unicode,
    /// `<`, `>` and `&` as escapes, as Go.
    pub(super) html: bool,
    /// `\/`, as PHP.
    pub(super) slashes: bool,
    pub(super) order: Order,
    /// Members that are `null` are left out.
    pub(super) no_nulls: bool,
}

impl Style {
    pub(super) const PLAIN: Self = Self {
        spacing: Spacing::Compact,
        unicode: Unicode::Raw,
        html: false,
        slashes: false,
        order: Order::Given,
        no_nulls: false,
    };

    /// Every style there is.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let spacings = [
            Spacing::Compact,
            Spacing::Spaced,
            Spacing::Pretty(2),
            Spacing::Pretty(4),
            Spacing::Tabs,
            Spacing::Jackson,
        ];
        let unicodes = [Unicode::Raw, Unicode::LowerEscapes, Unicode::UpperEscapes];
        let orders = [Order::Given, Order::Sorted, Order::Hashed];
        let flags = 0..8_u8;
        spacings.into_iter().flat_map(move |spacing| {
            let flags = flags.clone();
            unicodes.into_iter().flat_map(move |unicode| {
                let flags = flags.clone();
                orders.into_iter().flat_map(move |order| {
                    flags.clone().map(move |flags| Self {
                        spacing,
                        unicode,
                        order,
                        html: flags & 1 != 0,
                        slashes: flags & 2 != 0,
                        no_nulls: flags & 4 != 0,
                    })
                })
            })
        })
    }

    /// In how many respects two styles differ.
    pub(super) fn distance(self, other: Self) -> usize {
        [
            self.spacing != other.spacing,
            self.unicode != other.unicode,
            self.html != other.html,
            self.slashes != other.slashes,
            self.order != other.order,
            self.no_nulls != other.no_nulls,
        ]
        .into_iter()
        .filter(|differs| *differs)
        .count()
    }
}

impl Json {
    /// `None` for anything but one document.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let document = reader.value(0)?;
        reader.blanks();
        reader.rest.is_empty().then_some(document)
    }

    pub(super) fn write(&self, style: Style) -> String {
        let mut written = String::new();
        self.write_to(&mut written, style, 0);
        written
    }

    fn write_to(&self, out: &mut String, style: Style, depth: usize) {
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::Text(text) => write_text(out, text, style),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(|item| (None, item)).collect();
                write_members(out, ('[', ']'), &items, style, depth);
            }
            Self::Object(members) => {
                let is_kept =
                    |value: &Self| !style.no_nulls || *value != Self::Plain("null".into());
                let mut members: Vec<_> = members
                    .iter()
                    .filter(|(_, value)| is_kept(value))
                    .map(|(name, value)| (Some(name.as_str()), value))
                    .collect();
                match style.order {
                    Order::Given => {}
                    Order::Sorted => members.sort_by_key(|(name, _)| *name),
                    Order::Hashed => as_hash_map(&mut members),
                }
                write_members(out, ('{', '}'), &members, style, depth);
            }
        }
    }

    /// `a=1&b=2` of an object's members; inner objects as JSON.
    pub(super) fn as_form(&self, encode: impl Fn(&str) -> String) -> Option<String> {
        let Self::Object(members) = self else { return None };
        let pairs = members.iter().map(|(name, value)| {
            let value = match value {
                Self::Text(text) => text.clone(),
                other => other.write(Style::PLAIN),
            };
            format!("{name}={}", encode(&value))
        });
        Some(pairs.collect::<Vec<_>>().join("&"))
    }

    /// What Python's `str()` makes of a dict.
    pub(super) fn as_python(&self) -> String {
        match self {
            Self::Plain(text) => match text.as_str() {
                "true" => "True".to_owned(),
                "false" => "False".to_owned(),
                "null" => "None".to_owned(),
                number => number.to_owned(),
            },
            Self::Text(text) => format!("'{text}'"),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::as_python).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Object(members) => {
                let pairs = members.iter();
                let pairs = pairs.map(|(name, value)| format!("'{name}': {}", value.as_python()));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// What Java's `toString()` makes of a map.
    pub(super) fn as_java(&self) -> String {
        match self {
            Self::Plain(text) | Self::Text(text) => text.clone(),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::as_java).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Object(members) => {
                let pairs = members.iter();
                let pairs = pairs.map(|(name, value)| format!("{name}={}", value.as_java()));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// The same with every number as text, or every text of digits as a number.
    pub(super) fn with_numbers(&self, as_text: bool) -> Self {
        match self {
            Self::Plain(text) if as_text && text.parse::<i64>().is_ok() => Self::Text(text.clone()),
            Self::Text(text) if !as_text && text.parse::<i64>().is_ok() => {
                Self::Plain(text.clone())
            }
            Self::Plain(_) | Self::Text(_) => self.clone(),
            Self::List(items) => {
                Self::List(items.iter().map(|item| item.with_numbers(as_text)).collect())
            }
            Self::Object(members) => {
                let members = members.iter();
                let members =
                    members.map(|(name, value)| (name.clone(), value.with_numbers(as_text)));
                Self::Object(members.collect())
            }
        }
    }

    /// Every text in the document whose member's name is one of these.
    pub(super) fn texts_named(&self, names: &[&str]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        match self {
            Self::Object(members) => {
                for (name, value) in members {
                    match value {
                        Self::Text(text) if names.contains(&name.as_str()) => {
                            found.insert(text.clone());
                        }
                        inner => found.extend(inner.texts_named(names)),
                    }
                }
            }
            Self::List(items) => {
                found.extend(items.iter().flat_map(|item| item.texts_named(names)));
            }
            Self::Plain(_) | Self::Text(_) => {}
        }
        found
    }
}

type Member<'a> = (Option<&'a str>, &'a Json);

fn write_members(
    out: &mut String,
    (open, close): (char, char),
    members: &[Member<'_>],
    style: Style,
    depth: usize,
) {
    let indent = match style.spacing {
        Spacing::Compact | Spacing::Spaced => None,
        Spacing::Pretty(width) => Some(" ".repeat(width)),
        Spacing::Tabs => Some("\t".to_owned()),
        Spacing::Jackson => Some("  ".to_owned()),
    };
    let line = |out: &mut String, depth: usize| {
        if let Some(indent) = &indent {
            out.push('\n');
            out.push_str(&indent.repeat(depth));
        }
    };
    out.push(open);
    for (at, (name, value)) in members.iter().enumerate() {
        if at > 0 {
            out.push_str(if style.spacing == Spacing::Spaced { ", " } else { "," });
        }
        line(out, depth + 1);
        if let Some(name) = name {
            write_text(out, name, style);
            out.push_str(match style.spacing {
                Spacing::Compact => ":",
                Spacing::Jackson => " : ",
                Spacing::Spaced | Spacing::Pretty(_) | Spacing::Tabs => ": ",
            });
        }
        value.write_to(out, style, depth + 1);
    }
    if !members.is_empty() {
        line(out, depth);
    }
    out.push(close);
}

fn write_text(out: &mut String, text: &str, style: Style) {
    let quoted = serde_json::to_string(text).expect("a text is JSON");
    for letter in quoted.chars() {
        match letter {
            '<' | '>' | '&' if style.html => escape(out, letter, Unicode::LowerEscapes),
            '/' if style.slashes => out.push_str("\\/"),
            _ if !letter.is_ascii() && style.unicode != Unicode::Raw => {
                escape(out, letter, style.unicode);
            }
            _ => out.push(letter),
        }
    }
}

fn escape(out: &mut String, letter: char, unicode: Unicode) {
    for unit in letter.encode_utf16(&mut [0; 2]) {
        let written = if unicode == Unicode::UpperEscapes {
            write!(out, "\\u{unit:04X}")
        } else {
            write!(out, "\\u{unit:04x}")
        };
        written.expect("a String takes everything");
    }
}

/// The order in which Java's `HashMap` hands out its members: by bucket, then as they came.
fn as_hash_map(members: &mut [Member<'_>]) {
    let mut buckets: u32 = 16;
    while members.len() * 4 > usize::try_from(buckets).unwrap_or(usize::MAX) * 3 {
        buckets *= 2;
    }
    members.sort_by_key(|(name, _)| {
        let units = name.unwrap_or_default().encode_utf16();
        let hash =
            units.fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
        (hash ^ (hash >> 16)) & (buckets - 1)
    });
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn take(&mut self, letter: char) -> Option<()> {
        self.blanks();
        self.rest = self.rest.strip_prefix(letter)?;
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        self.blanks();
        match self.rest.chars().next()? {
            _ if depth > DEEPEST => None,
            '"' => self.text().map(Json::Text),
            '[' => self.list(depth),
            '{' => self.object(depth),
            _ => {
                let end = self.rest.find([',', ']', '}', ' ', '\t', '\r', '\n']);
                let (plain, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                serde_json::from_str::<serde_json::Value>(plain).ok()?;
                self.rest = rest;
                Some(Json::Plain(plain.to_owned()))
            }
        }
    }

    fn text(&mut self) -> Option<String> {
        self.take('"')?;
        let mut escaped = false;
        let end = self.rest.find(|letter| {
            let ends = letter == '"' && !escaped;
            escaped = letter == '\\' && !escaped;
            ends
        })?;
        let text = serde_json::from_str(&format!("\"{}\"", &self.rest[..end])).ok()?;
        self.rest = &self.rest[end + 1..];
        Some(text)
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        self.take('[')?;
        let mut items = Vec::new();
        if self.take(']').is_some() {
            return Some(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take(']').is_some() {
                return Some(Json::List(items));
            }
            self.take(',')?;
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        self.take('{')?;
        let mut members = Vec::new();
        if self.take('}').is_some() {
            return Some(Json::Object(members));
        }
        loop {
            self.blanks();
            let name = self.text()?;
            self.take(':')?;
            members.push((name, self.value(depth + 1)?));
            if self.take('}').is_some() {
                return Some(Json::Object(members));
            }
            self.take(',')?;
        }
    }
}
