//! The files of the project as a clone has them.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// A text file of the tree.
pub(crate) struct TextFile {
    /// Relative to the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn extension(&self) -> &str {
        extension(&self.path)
    }

    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.split('.').next().unwrap_or_default()
    }

    /// The syntax tree.
    ///
    /// # Panics
    /// When the file does not parse, which no compiling tree contains.
    pub(crate) fn parsed(&self) -> syn::File {
        syn::parse_file(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.path))
    }

    /// All tokens in order, groups opened, so that the insides of macros are seen too.
    pub(crate) fn tokens(&self) -> Vec<TokenTree> {
        let stream: TokenStream =
            self.text.parse().unwrap_or_else(|error| panic!("{}: {error}", self.path));
        let mut flat = Vec::new();
        flatten(stream, &mut flat);
        flat
    }
}

/// A made-up file, to show what a rule finds.
pub(crate) fn example(path: &str, text: &str) -> TextFile {
    TextFile { path: path.to_owned(), text: text.to_owned() }
}

pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask is a folder of the workspace").to_path_buf()
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every path in the tree, folders of builds left out.
pub(crate) fn paths() -> Vec<String> {
    let mut found = Vec::new();
    walk(&root(), "", &mut found);
    found.sort();
    found
}

/// Every file that people write and read.
pub(crate) fn texts() -> Vec<TextFile> {
    paths()
        .into_iter()
        .filter(|path| is_text(path))
        .map(|path| TextFile { text: read(&path), path })
        .collect()
}

/// Every Rust source, compile-fail examples left out: those are wrong on purpose.
pub(crate) fn rust() -> Vec<TextFile> {
    let wrong_on_purpose =
        |path: &str| path.contains("/tests/ui/") || path.contains("compile_fail");
    texts()
        .into_iter()
        .filter(|file| file.extension() == "rs" && !wrong_on_purpose(&file.path))
        .collect()
}

/// Fails with all findings at once, so that one run shows the whole work.
pub(crate) fn demand_none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{prefix}: {error}"));
    for entry in entries {
        let entry = entry.expect("a readable folder entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let is_folder = entry.file_type().expect("a file type").is_dir();
        if is_folder && !is_built(&path, &name) {
            walk(&entry.path(), &path, found);
        } else if !is_folder {
            found.push(path);
        }
    }
}

/// What `.gitignore` names, and the history itself.
fn is_built(path: &str, name: &str) -> bool {
    matches!(path, "target" | "data" | ".git")
        || matches!(name, "node_modules" | "__pycache__" | "dist" | ".swc")
}

fn is_text(path: &str) -> bool {
    if path.ends_with("package-lock.json") {
        return false;
    }
    let known = [
        "rs", "toml", "md", "json", "ts", "mts", "js", "jsx", "mjs", "cjs", "vue", "css", "html",
        "sql", "py", "wxml", "wxss", "wxs", "sh", "svg",
    ];
    known.contains(&extension(path)) || path.starts_with(".ci/")
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn flatten(stream: TokenStream, flat: &mut Vec<TokenTree>) {
    for token in stream {
        match token {
            TokenTree::Group(group) => flatten(group.stream(), flat),
            other => flat.push(other),
        }
    }
}
