//! Puts the parts together as one classic script.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::app::App;
use crate::diagnostic::{Diagnostic, Level};
use crate::source::Source;
use crate::style;

/// The global function that the bundle calls with its content.
pub const ENTRY: &str = "__suanpanBundle";

/// The names around a mini program's file, in the order in which the runtime passes them. The second
/// half exists in a browser and not in WeChat: shadowing it (the runtime passes nothing) shows
/// code that would break on a real phone. It is no security boundary; the guest's own origin is.
/// They belong to a function around the file's own, so that a file may declare any of them itself.
const AROUND: &str = "wx,App,Page,Component,Behavior,getApp,\
     getCurrentPages,global,globalThis,window,self,document,location,history,navigator,fetch,\
     XMLHttpRequest,WebSocket,EventSource,localStorage,sessionStorage,indexedDB,caches,parent,top,\
     frames,opener,frameElement,postMessage,alert,confirm,prompt,open,Worker,SharedWorker,Image,\
     requestAnimationFrame,cancelAnimationFrame";

pub(crate) fn assemble(
    app: &App,
    components: &BTreeMap<String, Map<String, Value>>,
    templates: &str,
    styles: &BTreeMap<String, String>,
    source: &Source,
) -> String {
    let scopes: Map<String, Value> = components
        .iter()
        .filter_map(|(name, config)| {
            Some((name.clone(), style::scope_of(name, Some(config))?.into()))
        })
        .collect();
    let mut out = format!("{ENTRY}({{\n");
    let mut part = |name: &str, value: &str| {
        writeln!(out, "{name}:{value},").expect("writing to a string does not fail");
    };
    part("app", &literal(&Value::Object(app.config.clone())));
    part("theme", &literal(&Value::Object(app.theme.clone())));
    part("components", &literal(&json!(components)));
    part("styles", &literal(&json!(styles)));
    part("scopes", &literal(&Value::Object(scopes)));
    part("templates", templates);
    part("modules", &modules(source));
    out.push_str("});\n");
    out
}

/// Every file as a function. The code starts on the line after its marker, so that a line of the
/// bundle can be told as a line of the file.
fn modules(source: &Source) -> String {
    let mut out = String::from("{\n");
    for (name, code) in &source.javascript {
        let key = literal(&Value::from(name.as_str()));
        writeln!(
            out,
            "{key}:function({AROUND}){{return function(require,module,exports){{//# file {name}.js\n\
             {code}\n}}}},"
        )
        .expect("writing to a string does not fail");
    }
    out.push('}');
    out
}

/// JSON as JavaScript. `__proto__` as a key of an object literal would set the prototype; and
/// `</script>` must not end a page that inlines the bundle.
fn literal(value: &Value) -> String {
    let text = value.to_string().replace("\"__proto__\":", "[\"__proto__\"]:");
    text.replace("</", "<\\/")
}

/// Warns of what WeChat's developer tool would translate and we do not.
pub(crate) fn check(source: &Source, diagnostics: &mut Vec<Diagnostic>) {
    for (name, code) in &source.javascript {
        let line = code.lines().position(|line| {
            line.starts_with("import ")
                || line.starts_with("import{")
                || line.starts_with("export ")
        });
        let Some(line) = line.and_then(|line| u32::try_from(line).ok()) else { continue };
        let message = "this looks like an ES module, which the developer tool would translate: \
                       use require and module.exports, or build to CommonJS first";
        let file = format!("{name}.js");
        diagnostics.push(Diagnostic::at(&file, line, 0, Level::Warning, message.to_owned()));
    }
}
