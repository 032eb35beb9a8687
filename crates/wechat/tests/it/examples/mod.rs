//! Every documented body, member by member (docs/evidence/examples.md).
//!
//! A body is read, and then read again with each of its members changed, one after the other. Each
//! time something else must come out, or a refusal: a member whose change changes nothing is not
//! read. Those that are left out on purpose are named beside the body, so that neither a forgotten
//! member nor a list that has grown old passes.

mod open;
mod v2;
mod v3;

use std::{collections::BTreeSet, fmt::Debug};

use serde_json::Value;
use suanpan_wechat::pay_v2::xml::Fields;

/// A documented body in JSON.
pub(crate) struct Example<'a> {
    pub(crate) body: &'a str,
    /// Members whose values WeChat adds to: a new one must be kept (JSON pointers).
    pub(crate) open: &'a [&'a str],
    /// Members that are left out on purpose.
    pub(crate) unread: &'a [&'a str],
}

impl Example<'_> {
    pub(crate) fn check<T: PartialEq + Debug>(&self, read: impl Fn(&[u8]) -> Option<T>) {
        let document: Value = serde_json::from_str(self.body).unwrap();
        let read = |document: &Value| read(document.to_string().as_bytes());
        let plain = read(&document).unwrap_or_else(|| panic!("not read: {}", self.body));

        let mut unread = BTreeSet::new();
        for pointer in leaves(&document) {
            let mut other = document.clone();
            let leaf = other.pointer_mut(&pointer).unwrap();
            *leaf = changed(leaf);
            if read(&other).as_ref() == Some(&plain) {
                unread.insert(pointer);
            }
        }
        let expected: BTreeSet<_> = self.unread.iter().map(ToString::to_string).collect();
        assert_eq!(unread, expected, "members that nobody reads");

        for pointer in self.open {
            let mut new = document.clone();
            *new.pointer_mut(pointer).unwrap() = "BRAND_NEW".into();
            let read = read(&new).unwrap_or_else(|| panic!("a new {pointer} is refused"));
            assert!(format!("{read:?}").contains("BRAND_NEW"), "{pointer}: {read:?}");
        }

        let mut more = document.clone();
        add_members(&mut more);
        assert_eq!(read(&more), Some(plain), "members that WeChat may add");
    }
}

/// Where the values stand that have no members of their own.
fn leaves(document: &Value) -> Vec<String> {
    let below = |name: &str, value: &Value| {
        leaves(value).into_iter().map(|leaf| format!("/{name}{leaf}")).collect::<Vec<_>>()
    };
    match document {
        Value::Object(members) => {
            members.iter().flat_map(|(name, value)| below(name, value)).collect()
        }
        Value::Array(values) => values
            .iter()
            .enumerate()
            .flat_map(|(at, value)| below(&at.to_string(), value))
            .collect(),
        _ => vec![String::new()],
    }
}

/// Another value of the same kind.
fn changed(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(format!("{text}1")),
        Value::Number(number) => (number.as_i64().unwrap() + 1).into(),
        Value::Bool(yes) => (!yes).into(),
        other => panic!("an example has no {other}"),
    }
}

fn add_members(document: &mut Value) {
    match document {
        Value::Object(members) => {
            members.values_mut().for_each(add_members);
            members.insert("brand_new".to_owned(), serde_json::json!({ "deep": [1, "x", true] }));
        }
        Value::Array(values) => values.iter_mut().for_each(add_members),
        _ => {}
    }
}

/// As [`Example::check`], for the fields of a v2 message.
pub(crate) fn check_fields<T: PartialEq + Debug>(
    body: &[(&str, &str)],
    open: &[&str],
    unread: &[&str],
    read: impl Fn(&Fields) -> Option<T>,
) {
    let document = |changed: &str, value: &str| {
        let mut document = Fields::default();
        for (name, own) in body {
            document.insert(name, if *name == changed { value } else { own }).unwrap();
        }
        document
    };
    let plain = read(&document("", "")).unwrap_or_else(|| panic!("not read: {body:?}"));
    let is_unread = |name: &&str, value: &str| {
        read(&document(name, &format!("{value}1"))).as_ref() == Some(&plain)
    };
    let found: Vec<&str> =
        body.iter().filter(|(name, value)| is_unread(name, value)).map(|(name, _)| *name).collect();
    assert_eq!(found, unread, "fields that nobody reads");
    for name in open {
        let read = read(&document(name, "BRAND_NEW"));
        let read = read.unwrap_or_else(|| panic!("a new {name} is refused"));
        assert!(format!("{read:?}").contains("BRAND_NEW"), "{name}: {read:?}");
    }
    let mut more = document("", "");
    more.insert("brand_new", "1").unwrap();
    assert_eq!(read(&more), Some(plain), "fields that WeChat may add");
}

/// The control: a reader that forgets a member is caught.
#[test]
#[should_panic(expected = "members that nobody reads")]
fn a_forgotten_member_is_noticed() {
    let forgetful = |body: &[u8]| {
        let body: Value = serde_json::from_slice(body).ok()?;
        body["amount"]["total"].as_i64()
    };
    let body = r#"{"amount":{"total":1,"payer_total":1}}"#;
    Example { body, open: &[], unread: &[] }.check(forgetful);
}

/// The control: an old list of what is left out is caught too.
#[test]
#[should_panic(expected = "members that nobody reads")]
fn a_list_of_unread_members_that_grew_old_is_noticed() {
    let read = |body: &[u8]| serde_json::from_slice::<Value>(body).ok()?["total"].as_i64();
    Example { body: r#"{"total":1}"#, open: &[], unread: &["/total"] }.check(read);
}

#[test]
#[should_panic(expected = "fields that nobody reads")]
fn a_forgotten_field_is_noticed() {
    let body = [("total_fee", "1"), ("cash_fee", "1")];
    check_fields(&body, &[], &[], |fields| fields.get("total_fee").map(str::to_owned));
}
