//! WXSS, through WeChat's style sheet compiler: `rpx` becomes `vw`, tags become `wx-*`, classes of an
//! isolated component get its prefix, and every `@import` is put in its place.

use std::collections::BTreeMap;

use glass_easel_stylesheet_compiler::error::ParseErrorKind;
use glass_easel_stylesheet_compiler::{StyleSheetOptions, StyleSheetTransformer};
use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Level};
use crate::path;
use crate::source::Source;

const MAX_IMPORT_DEPTH: usize = 16;
/// Imports may repeat, so depth alone does not bound the output.
const MAX_OUTPUT_BYTES: usize = 8 * 1024 * 1024;

/// The style sheets that a component or the app loads: path without suffix → CSS.
pub(crate) fn compile(
    source: &Source,
    components: &BTreeMap<String, Map<String, Value>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, String> {
    let sign = unused_sign(source);
    let mut styles = BTreeMap::new();
    for name in source.wxss.keys() {
        let bare = name.trim_end_matches(".wxss");
        if bare != "app" && !components.contains_key(bare) {
            continue;
        }
        let mut sheet = Sheet {
            source,
            sign: &sign,
            scope: scope_of(bare, components.get(bare)),
            host: bare,
            open: Vec::new(),
            bytes_left: MAX_OUTPUT_BYTES,
            diagnostics,
        };
        let css = sheet.file(name);
        styles.insert(bare.to_owned(), css);
    }
    styles
}

/// The class prefix of a component whose styles stay its own. The runtime derives the same name.
pub(crate) fn scope_of(name: &str, config: Option<&Map<String, Value>>) -> Option<String> {
    let config = config?;
    let is_component = config.get("component") == Some(&Value::Bool(true));
    let isolation = config.get("styleIsolation").and_then(Value::as_str);
    let isolated = match isolation {
        Some(mode) => !matches!(mode, "shared" | "page-shared"),
        None => is_component,
    };
    (isolated).then(|| name.replace('/', "-"))
}

/// The compiler leaves each import as a comment that starts with a sign; it must not occur in a source.
fn unused_sign(source: &Source) -> String {
    let mut sign = String::from("suanpan-import");
    while source.wxss.values().any(|content| content.contains(&sign)) {
        sign.push('-');
    }
    sign
}

struct Sheet<'a> {
    source: &'a Source,
    sign: &'a str,
    scope: Option<String>,
    host: &'a str,
    /// The files being inlined, outermost first.
    open: Vec<String>,
    bytes_left: usize,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Sheet<'_> {
    /// `name` compiled, its imports included.
    fn file(&mut self, name: &str) -> String {
        let source = self.source;
        let Some(content) = source.wxss.get(name) else {
            return String::new();
        };
        self.open.push(name.to_owned());
        let css = self.transform(name, content);
        let css = self.inline_imports(name, content, &css);
        self.open.pop();
        self.bytes_left = self.bytes_left.saturating_sub(css.len());
        css
    }

    fn transform(&mut self, name: &str, content: &str) -> String {
        let mut transformer = StyleSheetTransformer::from_css(
            name,
            content,
            StyleSheetOptions {
                tag_name_prefix: Some("wx-".to_owned()),
                class_prefix: self.scope.clone(),
                import_sign: Some(self.sign.to_owned()),
                convert_host: true,
                host_is: Some(self.host.to_owned()),
                ..StyleSheetOptions::default()
            },
        );
        for found in transformer.take_warnings() {
            // WXSS, unlike CSS, allows several imports and allows them anywhere.
            if found.kind == ParseErrorKind::IllegalImportPosition {
                continue;
            }
            let start = found.location.start;
            let level = Diagnostic::level_of(found.prevent_success());
            let message = found.kind.to_string();
            let found = Diagnostic::at(name, start.line, start.utf16_col, level, message);
            self.diagnostics.push(found);
        }
        let (normal, low_priority) = transformer.output_and_low_priority_output();
        let mut css = String::new();
        // Rules of `:host` come first, so that a class of the page wins over them.
        for part in [&low_priority, &normal] {
            part.write_str(&mut css).expect("writing to a string does not fail");
        }
        css
    }

    fn inline_imports(&mut self, name: &str, content: &str, css: &str) -> String {
        let mark = format!("/*{} ", self.sign);
        let mut pieces = css.split(mark.as_str());
        let mut out = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (target, rest) = piece.split_once("*/").unwrap_or((piece, ""));
            let target = percent_decoded(target.trim());
            match self.import(name, &target) {
                Ok(imported) => out.push_str(&imported),
                Err(message) => {
                    let line = content.lines().position(|line| line.contains(&target));
                    let line = u32::try_from(line.unwrap_or(0)).unwrap_or(u32::MAX);
                    let found = Diagnostic::at(name, line, 0, Level::Error, message);
                    self.diagnostics.push(found);
                }
            }
            out.push_str(rest);
        }
        out
    }

    fn import(&mut self, name: &str, target: &str) -> Result<String, String> {
        let Some(at) = path::resolve(name, target) else {
            return Err(format!("@import \"{target}\" leads out of the mini program"));
        };
        if !self.source.wxss.contains_key(&at) {
            return Err(format!("@import \"{target}\": there is no {at}"));
        }
        if self.open.contains(&at) {
            return Err(format!("@import \"{target}\" imports itself"));
        }
        if self.open.len() >= MAX_IMPORT_DEPTH || self.bytes_left == 0 {
            return Err(format!("@import \"{target}\": the imports are too deep or too large"));
        }
        Ok(self.file(&at))
    }
}

/// Undoes the percent-encoding the compiler puts on an import's path.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = (*first == b'%').then(|| tail.get(..2)).flatten();
        let byte = hex
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
