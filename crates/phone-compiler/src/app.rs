//! `app.json`, and the configuration of every page and component it leads to.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Level};
use crate::source::Source;
use crate::{CompileError, path};

/// What `app.json` says.
pub(crate) struct App {
    pub(crate) pages: Vec<String>,
    pub(crate) config: Map<String, Value>,
    /// `theme.json`: what `@name` in a configuration means in light and in dark mode. Empty unless the
    /// program says `darkmode`.
    pub(crate) theme: Map<String, Value>,
}

impl App {
    pub(crate) fn read(source: &Source) -> Result<Self, CompileError> {
        let mut config = object(source, "app")?;
        let mut pages = names(&config);
        if pages.is_empty() {
            return Err(CompileError::json("app.json", "`pages` must name at least one page"));
        }
        pages.extend(packaged(&config));
        // Nothing is downloaded here, so the pages of a subpackage are pages like the others.
        config.insert("pages".to_owned(), pages.clone().into());
        for page in &pages {
            for (kind, has) in [
                ("wxml", source.wxml.contains_key(page)),
                ("js", source.javascript.contains_key(page)),
            ] {
                if !has {
                    let message = format!("the page {page} has no file {page}.{kind}");
                    return Err(CompileError::json("app.json", message));
                }
            }
        }
        let theme = theme(source, &config)?;
        Ok(Self { pages, config, theme })
    }

    pub(crate) fn window_title(&self) -> String {
        let title = self.config.get("window").and_then(|w| w.get("navigationBarTitleText"));
        title.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The configuration of every WXML file, with `usingComponents` made absolute. A program-wide
    /// component is visible everywhere except in itself.
    pub(crate) fn components(
        &self,
        source: &Source,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<BTreeMap<String, Map<String, Value>>, CompileError> {
        let shared = resolved(source, "app", &self.config, diagnostics)?;
        let mut components = BTreeMap::new();
        for name in source.wxml.keys() {
            let mut config =
                if source.json.contains_key(name) { object(source, name)? } else { Map::new() };
            let mut using = shared.clone();
            using.extend(resolved(source, name, &config, diagnostics)?);
            using.retain(|_, target| target != name);
            let using = using.into_iter().map(|(tag, at)| (tag, Value::from(format!("/{at}"))));
            config.insert("usingComponents".to_owned(), using.collect::<Map<_, _>>().into());
            components.insert(name.clone(), config);
        }
        Ok(components)
    }
}

/// The texts of the member `pages`.
fn names(object: &Map<String, Value>) -> Vec<String> {
    let pages = object.get("pages").and_then(Value::as_array);
    let pages = pages.into_iter().flatten();
    pages.filter_map(|page| page.as_str().map(str::to_owned)).collect()
}

/// The pages of all subpackages, by their full paths. WeChat reads both spellings.
fn packaged(config: &Map<String, Value>) -> Vec<String> {
    let lists = ["subPackages", "subpackages"].map(|name| config.get(name));
    let packages = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
    let mut found = Vec::new();
    for package in packages.filter_map(Value::as_object) {
        let root = package.get("root").and_then(Value::as_str).unwrap_or_default();
        let root = root.trim_matches('/');
        found.extend(names(package).into_iter().map(|page| format!("{root}/{page}")));
    }
    found
}

fn theme(source: &Source, config: &Map<String, Value>) -> Result<Map<String, Value>, CompileError> {
    let location = config.get("themeLocation").and_then(Value::as_str);
    let Some(location) = location.filter(|_| config.get("darkmode") == Some(&Value::Bool(true)))
    else {
        return Ok(Map::new());
    };
    let escape =
        || CompileError::Escape { from: "app.json".to_owned(), target: location.to_owned() };
    let name = path::resolve("app.json", location).ok_or_else(escape)?;
    let name = name.trim_end_matches(".json");
    if source.json.contains_key(name) {
        object(source, name)
    } else {
        Err(CompileError::json("app.json", format!("there is no {location} (themeLocation)")))
    }
}

fn object(source: &Source, name: &str) -> Result<Map<String, Value>, CompileError> {
    let text = source.json.get(name).map_or("{}", String::as_str);
    serde_json::from_str(text).map_err(|error| CompileError::Json {
        path: format!("{name}.json"),
        line: error.line(),
        column: error.column(),
        message: error.to_string(),
    })
}

/// `usingComponents` of one file: tag → path of the component inside the program.
fn resolved(
    source: &Source,
    name: &str,
    config: &Map<String, Value>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<BTreeMap<String, String>, CompileError> {
    let mut found = BTreeMap::new();
    let using = config.get("usingComponents").and_then(Value::as_object);
    for (tag, target) in using.into_iter().flatten() {
        let target = target.as_str().unwrap_or_default();
        let direct = path::resolve(name, target);
        let mut places = vec![];
        places.extend(direct.clone());
        places.extend(path::npm_candidates(name, target));
        let with_index = places.iter().flat_map(|at| [at.clone(), format!("{at}/index")]);
        if let Some(at) = with_index.into_iter().find(|at| source.wxml.contains_key(at)) {
            found.insert(tag.clone(), at);
            continue;
        }
        if direct.is_none() {
            let from = format!("{name}.json");
            return Err(CompileError::Escape { from, target: target.to_owned() });
        }
        diagnostics.push(missing(source, name, tag, target));
    }
    Ok(found)
}

fn missing(source: &Source, name: &str, tag: &str, target: &str) -> Diagnostic {
    let text = source.json.get(name).map_or("", String::as_str);
    let line = text.lines().position(|line| line.contains(&format!("\"{tag}\""))).unwrap_or(0);
    let message = format!("the component <{tag}> is not at {target}: no such .wxml file");
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    Diagnostic::at(&format!("{name}.json"), line, 0, Level::Error, message)
}
