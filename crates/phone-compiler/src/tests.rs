//! Goal: a folder compiles to what the runtime expects, or is refused with a place and a reason.
//! Method: small folders written to disk; the bundle is read as text, since running it needs a browser.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::{Bundle, CompileError, Level, Limits, compile, compile_within, stamp};

const APP_JSON: &str = r#"{"pages":["pages/a/a"],"window":{"navigationBarTitleText":"茶"},"usingComponents":{"pill":"/c/pill"}}"#;

/// A program with one page and one component; `changes` replaces or adds files.
fn program(changes: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    let base = [
        ("app.json", APP_JSON),
        ("app.js", "App({})"),
        ("app.wxss", "page{color:red}"),
        ("pages/a/a.wxml", "<view class=\"x\"><pill/>{{n}}</view>"),
        ("pages/a/a.js", "Page({data:{n:1}})"),
        ("c/pill.wxml", "<text class=\"p\">p</text>"),
        ("c/pill.js", "Component({})"),
        ("c/pill.json", r#"{"component":true}"#),
        ("c/pill.wxss", ".p{width:75rpx} :host{display:block}"),
    ];
    for (name, content) in base.iter().chain(changes) {
        write(dir.path(), name, content);
    }
    dir
}

fn write(root: &Path, name: &str, content: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn compiled(changes: &[(&str, &str)]) -> Bundle {
    compile(program(changes).path()).unwrap()
}

fn refused(changes: &[(&str, &str)]) -> String {
    compile(program(changes).path()).unwrap_err().to_string()
}

#[test]
fn facts_of_app_json_are_reported() {
    let bundle = compiled(&[("project.config.json", r#"{"appid":"wx1234567890abcdef"}"#)]);
    assert_eq!(bundle.pages, ["pages/a/a"]);
    assert_eq!(bundle.window_title, "茶");
    assert_eq!(bundle.appid.as_deref(), Some("wx1234567890abcdef"));
    assert_eq!(bundle.warnings, []);
    assert!(bundle.javascript.starts_with("__suanpanBundle({"));
}

#[test]
fn rpx_becomes_vw_and_tags_and_component_classes_get_their_prefix() {
    let js = compiled(&[]).javascript;
    assert!(js.contains("10vw"), "75rpx of 750 is a tenth of the width");
    assert!(js.contains(".c-pill--p"));
    assert!(js.contains("wx-page"));
    assert!(js.contains(r#"scopes:{"c/pill":"c-pill"}"#));
}

#[test]
fn components_are_resolved_to_absolute_paths_and_npm_is_searched_upwards() {
    let js = compiled(&[
        ("pages/a/a.json", r#"{"usingComponents":{"kit-b":"kit/button"}}"#),
        ("miniprogram_npm/kit/button/index.wxml", "<view/>"),
        ("miniprogram_npm/kit/button/index.js", "Component({})"),
        ("miniprogram_npm/kit/button/index.json", r#"{"component":true}"#),
    ])
    .javascript;
    assert!(js.contains(r#""kit-b":"/miniprogram_npm/kit/button/index""#));
    assert!(js.contains(r#""pill":"/c/pill""#), "program-wide components reach every page");
}

#[test]
fn pages_of_subpackages_are_pages_of_the_program() {
    let app = r#"{"pages":["pages/a/a"],
        "subPackages":[{"root":"shop/","name":"s","pages":["b/b"]}],
        "subpackages":[{"root":"help","pages":["c"]}]}"#;
    let files = [
        ("app.json", app),
        ("shop/b/b.wxml", "<view/>"),
        ("shop/b/b.js", "Page({})"),
        ("help/c.wxml", "<view/>"),
        ("help/c.js", "Page({})"),
    ];
    let bundle = compiled(&files);
    assert_eq!(bundle.pages, ["pages/a/a", "shop/b/b", "help/c"]);
    assert!(bundle.javascript.contains(r#""pages":["pages/a/a","shop/b/b","help/c"]"#));
    assert!(refused(&files[..3]).contains("has no file help/c.wxml"));
}

#[test]
fn every_handler_is_called_through_the_runtime() {
    let js = compiled(&[("pages/a/a.wxml", "<view bindtap=\"t\"/>")]).javascript;
    assert!(js.contains("Q.C=globalThis.__suanpanHandle;"));
    assert!(
        js.contains("setEventListenerWrapper(Q.C)"),
        "the compiler still asks for it by that name"
    );
}

#[test]
fn imports_are_inlined_where_they_stand_and_keep_their_media_query() {
    let js = compiled(&[
        ("app.wxss", "@import \"./base/one.wxss\";\n@import '/base/two.wxss' screen;\n.z{top:0}"),
        ("base/one.wxss", "@import 'three.wxss'; .one{top:1px}"),
        ("base/two.wxss", ".two{top:2px}"),
        ("base/three.wxss", ".three{top:3px}"),
    ])
    .javascript;
    let at = |text: &str| js.find(text).unwrap_or_else(|| panic!("{text} is missing in {js}"));
    assert!(at(".three") < at(".one") && at(".one") < at(".two") && at(".two") < at(".z"));
    assert!(js.contains("@media screen"));
}

#[test]
fn imports_cannot_leave_the_folder_loop_or_miss() {
    let outside = refused(&[("app.wxss", "\n@import \"../secret.wxss\";")]);
    assert_eq!(outside, "app.wxss:2:1: @import \"../secret.wxss\" leads out of the mini program");
    let looped = refused(&[("app.wxss", "@import 'b.wxss';"), ("b.wxss", "@import 'app.wxss';")]);
    assert!(looped.contains("b.wxss:1:1") && looped.contains("imports itself"), "{looped}");
    assert!(refused(&[("app.wxss", "@import 'no.wxss';")]).contains("there is no no.wxss"));
}

#[test]
fn errors_name_file_line_and_column() {
    let error = compile(program(&[("pages/a/a.wxml", "<view>\n  {{ a + }}\n</view>")]).path());
    let Err(CompileError::Source { errors, .. }) = error else { panic!("{error:?}") };
    assert_eq!((errors[0].path.as_str(), errors[0].line), ("pages/a/a.wxml", 2));
    assert_eq!(errors[0].level, Level::Error);

    let json = refused(&[("pages/a/a.json", "{\n \"a\": }")]);
    assert!(json.starts_with("pages/a/a.json:2:"), "{json}");
    let using = "{\n\"usingComponents\":{\n\"gone\":\"/c/gone\"}}";
    let missing = refused(&[("pages/a/a.json", using)]);
    assert!(missing.starts_with("pages/a/a.json:3:1: the component <gone>"), "{missing}");
    assert!(refused(&[("app.json", r#"{"pages":["x/x"]}"#)]).contains("has no file x/x.wxml"));
}

#[test]
fn references_between_templates_must_exist() {
    let wxml = r#"<import src="../../t/t.wxml"/><wxs src="./m.wxs" module="m"/>{{m.f(1)}}"#;
    let files = [("pages/a/a.wxml", wxml), ("t/t.wxml", "<template name=\"q\"/>")];
    let wxs = ("pages/a/m.wxs", "module.exports={f:function(n){return n}}");
    assert!(refused(&files).contains("m.wxs"));
    assert!(refused(&[files[0], wxs]).contains("t/t.wxml"));
    let js = compiled(&[files[0], files[1], wxs]).javascript;
    assert!(js.contains("getRegExp"), "WXS sees its two globals");
}

#[test]
fn a_line_of_the_bundle_is_a_line_of_the_file() {
    let js = compiled(&[("app.js", "// one\nthrow 2")]).javascript;
    let lines: Vec<&str> = js.lines().collect();
    let marker = lines.iter().position(|line| line.ends_with("{//# file app.js")).unwrap();
    assert_eq!(lines[marker + 2], "throw 2");
}

#[test]
fn a_file_may_declare_what_is_around_it() {
    let js = compiled(&[("app.js", "const top = 1")]).javascript;
    assert!(
        js.contains("{return function(require,module,exports){//# file app.js\nconst top = 1\n}}")
    );
}

#[test]
fn module_syntax_is_warned_about() {
    let bundle = compiled(&[("app.js", "\nimport x from './x'")]);
    assert_eq!((bundle.warnings[0].line, bundle.warnings[0].level), (2, Level::Warning));
}

#[test]
fn a_key_named_proto_stays_a_key() {
    let js = compiled(&[("pages/a/a.json", r#"{"__proto__":{"x":1}}"#)]).javascript;
    assert!(js.contains(r#"["__proto__"]:{"x":1}"#));
}

#[test]
fn the_theme_is_read_when_the_program_has_a_dark_mode() {
    let app =
        |extra: &str| format!(r#"{{"pages":["pages/a/a"],"themeLocation":"theme.json"{extra}}}"#);
    let theme = ("theme.json", r##"{"light":{"bg":"#fff"},"dark":{"bg":"#000"}}"##);
    let dark = app(r#","darkmode":true"#);
    assert!(
        compiled(&[("app.json", &dark), theme]).javascript.contains(r##""dark":{"bg":"#000"}"##)
    );
    assert!(compiled(&[("app.json", &app("")), theme]).javascript.contains("theme:{},"));
    assert!(refused(&[("app.json", &dark)]).contains("there is no theme.json"));
}

#[test]
fn the_project_root_may_be_elsewhere_but_not_outside() {
    let dir = TempDir::new().unwrap();
    write(dir.path(), "p/project.config.json", r#"{"miniprogramRoot":"src/"}"#);
    write(dir.path(), "p/src/app.json", r#"{"pages":["i"]}"#);
    write(dir.path(), "p/src/i.wxml", "<view/>");
    write(dir.path(), "p/src/i.js", "Page({})");
    write(dir.path(), "p/src/logo.png", "x");
    let bundle = compile(&dir.path().join("p")).unwrap();
    assert_eq!(bundle.pages, ["i"]);
    assert_eq!(bundle.assets.keys().collect::<Vec<_>>(), ["logo.png"]);

    write(dir.path(), "p/project.config.json", r#"{"miniprogramRoot":"../../"}"#);
    let error = compile(&dir.path().join("p")).unwrap_err();
    assert!(matches!(error, CompileError::Escape { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn symbolic_links_cannot_leave_the_folder() {
    let outside = TempDir::new().unwrap();
    write(outside.path(), "secret.js", "1");
    let dir = program(&[]);
    std::os::unix::fs::symlink(outside.path().join("secret.js"), dir.path().join("s.js")).unwrap();
    let error = compile(dir.path()).unwrap_err();
    assert!(matches!(error, CompileError::Escape { ref from, .. } if from == "s.js"), "{error}");
}

#[test]
fn size_and_encoding_are_bounded() {
    let dir = program(&[]);
    let few = Limits { files: 3, ..Limits::default() };
    assert!(matches!(compile_within(dir.path(), &few), Err(CompileError::TooLarge(_))));
    let small = Limits { source_bytes: 10, ..Limits::default() };
    assert!(matches!(compile_within(dir.path(), &small), Err(CompileError::TooLarge(_))));
    let flat = Limits { depth: 1, ..Limits::default() };
    assert!(matches!(compile_within(dir.path(), &flat), Err(CompileError::TooLarge(_))));
    fs::write(dir.path().join("app.js"), b"\xff\xfe").unwrap();
    assert!(matches!(compile(dir.path()), Err(CompileError::NotUtf8(name)) if name == "app.js"));
    assert!(matches!(compile(TempDir::new().unwrap().path()), Err(CompileError::NoAppJson(_))));
}

#[test]
fn the_stamp_moves_when_a_file_does() {
    let dir = program(&[]);
    let before = stamp(dir.path()).unwrap();
    assert_eq!(before, stamp(dir.path()).unwrap());
    write(dir.path(), "pages/a/a.js", "Page({data:{n:2},more:true})");
    assert_ne!(before, stamp(dir.path()).unwrap());
}
