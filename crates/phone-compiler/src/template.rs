//! WXML and WXS, through WeChat's template compiler.

use glass_easel_template_compiler::TmplGroup;

use crate::diagnostic::{Diagnostic, Level};
use crate::source::Source;
use crate::{CompileError, path};

/// WXS has these two instead of `new RegExp` and `new Date`.
const WXS_GLOBALS: &str = "var getRegExp=function(p,f){return new RegExp(p,f)};\
     var getDate=function(){return new(Function.prototype.bind.apply(Date,\
     [null].concat(Array.prototype.slice.call(arguments))))};";

/// Through this function of the runtime's every event reaches its handler; the compiler's output asks
/// for it under the name `Q.C`.
const HANDLE: &str = "Q.C=globalThis.__suanpanHandle;";

/// All templates as one JavaScript expression: an object, path → generator.
pub(crate) fn compile(
    source: &Source,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<String, CompileError> {
    let mut group = TmplGroup::new();
    group.set_extra_runtime_script(&format!("{WXS_GLOBALS}{HANDLE}"));
    for (name, content) in &source.wxs {
        // `require` and `<wxs src>` may both leave the suffix out.
        group.add_script(name, content);
        group.add_script(name.trim_end_matches(".wxs"), content);
    }
    for (name, content) in &source.wxml {
        let file = format!("{name}.wxml");
        for found in group.add_tmpl(name, content) {
            let start = found.location.start;
            let level = Diagnostic::level_of(found.prevent_success());
            let message = found.kind.to_string();
            diagnostics.push(Diagnostic::at(&file, start.line, start.utf16_col, level, message));
        }
    }
    for name in source.wxml.keys() {
        check_references(&group, source, name, diagnostics)?;
    }
    group.get_tmpl_gen_object_groups().map_err(|error| CompileError::Internal(error.message))
}

/// Every `<import>`, `<include>` and `<wxs src>` must name a file of the program; the compiler itself
/// would only fail at run time.
fn check_references(
    group: &TmplGroup,
    source: &Source,
    name: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(), CompileError> {
    let internal =
        |error: glass_easel_template_compiler::TmplError| CompileError::Internal(error.message);
    let file = format!("{name}.wxml");
    let mut missing = |target: &str| {
        let message = format!("it refers to {target}, which is not in the mini program");
        diagnostics.push(Diagnostic::at(&file, 0, 0, Level::Error, message));
    };
    for target in group.direct_dependencies(name).map_err(internal)? {
        let bare = target.trim_end_matches(".wxml");
        if !path::resolve("app", bare).is_some_and(|at| source.wxml.contains_key(&at)) {
            missing(&format!("{bare}.wxml"));
        }
    }
    for target in group.script_dependencies(name).map_err(internal)? {
        let bare = target.trim_end_matches(".wxs");
        let script = format!("{bare}.wxs");
        if !source.wxs.contains_key(&script) {
            missing(&script);
        }
    }
    Ok(())
}
