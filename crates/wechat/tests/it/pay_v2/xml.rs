//! Threat h07: XML that expands, fetches, hides or repeats.

use proptest::prelude::*;
use suanpan_wechat::pay_v2::xml::{
    DOCUMENT_LIMIT, FIELD_LIMIT, Fields, NAME_LIMIT, VALUE_LIMIT, XmlError,
};

use crate::pay_v2::world::fields;

fn read(document: &str) -> Result<Fields, XmlError> {
    Fields::read(document.as_bytes())
}

fn in_root(inside: &str) -> Result<Fields, XmlError> {
    read(&format!("<xml>{inside}</xml>"))
}

#[test]
fn h07_documents_that_expand_or_fetch_are_refused() {
    let laughs = "<!DOCTYPE xml [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">\
                  <!ENTITY c \"&b;&b;&b;&b;\">]><xml><a>&c;</a></xml>";
    let external = "<!DOCTYPE xml [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>\
                    <xml><a>&a;</a></xml>";
    for doctype in [
        laughs,
        external,
        "<!DOCTYPE xml><xml/>",
        "<!doctype xml><xml/>",
        "<?xml version=\"1.0\"?><!DOCTYPE xml SYSTEM \"http://x.example/x.dtd\"><xml/>",
        "<xml><!DOCTYPE a><a>1</a></xml>",
        "<xml><a>1</a></xml><!DOCTYPE xml>",
    ] {
        assert!(read(doctype).is_err(), "{doctype}");
    }
    assert_eq!(read(laughs), Err(XmlError::Forbidden { what: "a document type" }));
    assert_eq!(in_root("<a>&c;</a>"), Err(XmlError::Forbidden { what: "an entity" }));
    assert_eq!(in_root("<a>&nbsp;</a>"), Err(XmlError::Forbidden { what: "an entity" }));
}

#[test]
fn h07_what_the_protocol_never_uses_is_refused() {
    for (inside, error) in [
        ("<a>1<!-- --></a>", XmlError::Forbidden { what: "a comment" }),
        ("<!-- --><a>1</a>", XmlError::Forbidden { what: "a comment" }),
        ("<a>1<?x y?></a>", XmlError::Forbidden { what: "a processing instruction" }),
        ("<a b=\"c\">1</a>", XmlError::Forbidden { what: "an attribute" }),
        ("<a><b>1</b></a>", XmlError::Nested),
        ("<a>1<b/></a>", XmlError::Nested),
        ("<a>1</a><a>1</a>", XmlError::Duplicate),
        ("<sign></sign><sign>x</sign>", XmlError::Duplicate),
        ("<sign>x</sign><sign/>", XmlError::Duplicate),
    ] {
        assert_eq!(in_root(inside), Err(error), "{inside}");
    }
    assert_eq!(read("<root><a>1</a></root>"), Err(XmlError::Root { expected: "xml" }));
    assert_eq!(read("<xml a=\"b\"/>"), Err(XmlError::Forbidden { what: "an attribute" }));
    for name in ["a:b", "a.b", "a-b", "1a", "名", "xmlns:a"] {
        assert!(in_root(&format!("<{name}>1</{name}>")).is_err(), "{name}");
    }
    assert!(read("<xml><a>1</a></xml>").is_ok(), "nothing else was wrong with them");
}

#[test]
fn h07_broken_documents_are_refused() {
    for broken in [
        "",
        " ",
        "text",
        "{}",
        "<",
        "<xml",
        "<xml>",
        "</xml>",
        "<xml><a>1</xml>",
        "<xml><a>1</b></xml>",
        "<xml><a>1</a>",
        "<xml>text<a>1</a></xml>",
        "<xml><![CDATA[1]]><a>1</a></xml>",
        "<xml>&lt;<a>1</a></xml>",
        "<xml><a>1</a></xml>text",
        "<xml><a>1</a></xml><xml/>",
        "<xml/><xml/>",
        "text<xml/>",
        "<xml><a>1 & 2</a></xml>",
        "<xml><a>&amp</a></xml>",
        "<xml><a>&#;</a></xml>",
        "<xml><a>&#0;</a></xml>",
        "<xml><a>&#x1F;</a></xml>",
        "<xml><a>&#xD800;</a></xml>",
        "<xml><a>&#x110000;</a></xml>",
        "<xml><a><![CDATA[1</a></xml>",
        "<xml><a>\0</a></xml>",
        "<xml><a><![CDATA[\0]]></a></xml>",
        "<xml><a>\u{b}</a></xml>",
        "<xml><a>\u{ffff}</a></xml>",
        "\u{feff}<xml/>",
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?><xml/>",
        "<?xml version=\"1.0\" encoding=\"UTF-7\"?><xml/>",
        "<?xml version=\"1.0\" encoding=\"GBK\"?><xml/>",
        "<?xml version=\"1.1\"?><xml/>",
        " <?xml version=\"1.0\"?><xml/>",
        "<?xml version=\"1.0\"?><?xml version=\"1.0\"?><xml/>",
        "<xml><?xml version=\"1.0\"?></xml>",
        "<html><body>502 Bad Gateway</body></html>",
    ] {
        assert!(read(broken).is_err(), "{broken:?}");
    }
    let utf16: Vec<u8> = "<xml/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert!(Fields::read(&utf16).is_err());
    assert_eq!(Fields::read(b"<xml><a>\xff</a></xml>"), Err(XmlError::NotText));
}

#[test]
fn h07_everything_has_a_limit() {
    let field = |name: usize, value: usize| {
        let name = "n".repeat(name);
        in_root(&format!("<{name}>{}</{name}>", "v".repeat(value)))
    };
    assert!(field(NAME_LIMIT, VALUE_LIMIT).is_ok());
    assert_eq!(field(NAME_LIMIT + 1, 1), Err(XmlError::TooLarge));
    assert_eq!(field(1, VALUE_LIMIT + 1), Err(XmlError::TooLarge));
    let many = |count: usize| -> String { (0..count).map(|n| format!("<a{n}/>")).collect() };
    assert_eq!(in_root(&many(FIELD_LIMIT)).map(|fields| fields.iter().count()), Ok(0));
    assert_eq!(in_root(&many(FIELD_LIMIT + 1)), Err(XmlError::TooLarge));
    let padding = " ".repeat(DOCUMENT_LIMIT - "<xml></xml>".len());
    assert!(in_root(&padding).is_ok());
    assert_eq!(in_root(&format!("{padding} ")), Err(XmlError::TooLarge));
    let deep = "<a>".repeat(20_000);
    assert_eq!(in_root(&deep), Err(XmlError::Nested));
}

#[test]
fn a_value_may_be_written_in_many_ways() {
    let expected = fields(&[("a", "1<2 & \"3\" ]]> 中"), ("b", " x "), ("c", "")]);
    for same in [
        "<xml><a>1&lt;2 &amp; &quot;3&quot; ]]&gt; &#20013;</a><b> x </b><c/></xml>",
        "<xml>\n <c></c>\n <b><![CDATA[ x ]]></b>\n <a><![CDATA[1<2 & \"3\" ]]]]><![CDATA[> 中]]></a>\n</xml>\n",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<xml><c><![CDATA[]]></c><b>&#32;x&#x20;</b>\
         <a>1<![CDATA[<]]>2 <![CDATA[&]]> &#x22;3\" ]]&gt; 中</a></xml>",
    ] {
        assert_eq!(read(same), Ok(expected.clone()), "{same}");
    }
    assert_eq!(expected.get("c"), None, "empty is absent");
    assert_eq!(read(&expected.to_xml()), Ok(expected));
}

#[test]
fn s02_fields_show_their_names_only() {
    let shown = format!("{:?}", fields(&[("openid", "canary"), ("sign", "canary")]));
    assert_eq!(shown, "Fields{\"openid\", \"sign\"}");
}

proptest! {
    #[test]
    fn h07_any_bytes_are_fields_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Fields::read(&bytes);
    }

    #[test]
    fn h07_any_markup_is_fields_or_an_error(
        pieces in proptest::collection::vec(
            prop::sample::select(vec![
                "<xml>", "</xml>", "<a>", "</a>", "<b/>", "<![CDATA[", "]]>", "&amp;", "&x;", "&#9;",
                "<!--", "-->", "<?", "?>", "<!DOCTYPE", "[", ">", "<", "text", " ", "\"", "=", "\0",
            ]),
            0..12,
        ),
    ) {
        let document = pieces.concat();
        if let Ok(fields) = read(&document) {
            prop_assert_eq!(read(&fields.to_xml()), Ok(fields), "{}", document);
        }
    }

    #[test]
    fn what_is_written_is_read(values in proptest::collection::btree_map("[A-Za-z_][A-Za-z0-9_]{0,20}", "\\PC{0,40}", 0..20)) {
        let mut written = Fields::default();
        for (name, value) in &values {
            written.insert(name, value.as_str()).unwrap();
        }
        prop_assert_eq!(read(&written.to_xml()), Ok(written));
    }
}

/// A reader that keeps to XML makes `\n` of `\r\n` and of `\r`, but not of a character reference.
fn normalised(document: &str) -> String {
    document.replace("\r\n", "\n").replace('\r', "\n")
}

#[test]
fn a_carriage_return_is_what_was_signed_for_a_conforming_reader_too() {
    let written = fields(&[("attach", "a\r\nb\rc<d>&]]>")]);
    let xml = written.to_xml();
    assert_eq!(xml, "<xml><attach>a&#13;\nb&#13;c&lt;d&gt;&amp;]]&gt;</attach></xml>");
    assert_eq!(read(&xml).unwrap(), written);
    assert_eq!(read(&normalised(&xml)).unwrap(), written);
}

proptest! {
    #[test]
    fn what_is_written_is_read_by_every_conforming_reader(value in "[a\r\n\t<>&;#13\\]中'\" ]{0,40}") {
        let written = fields(&[("attach", value.as_str())]);
        prop_assert_eq!(read(&normalised(&written.to_xml())).unwrap(), written);
    }
}
