//! One finding of a compiler: where, how bad, what.

use std::fmt;

/// How bad a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The program compiles, but probably does not do what its author meant.
    Warning,
    /// The program cannot be compiled.
    Error,
}

/// A finding at a place in a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Path inside the mini program, with `/`.
    pub path: String,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in UTF-16 units, counted from 1, as editors show it.
    pub column: u32,
    /// Whether it stops the compilation.
    pub level: Level,
    /// What is wrong.
    pub message: String,
}

impl Diagnostic {
    /// `line` and `column` are counted from 0 by the compilers, from 1 by people.
    pub(crate) fn at(path: &str, line: u32, column: u32, level: Level, message: String) -> Self {
        Self {
            path: path.to_owned(),
            line: line.saturating_add(1),
            column: column.saturating_add(1),
            level,
            message,
        }
    }

    pub(crate) fn level_of(prevents_success: bool) -> Level {
        if prevents_success { Level::Error } else { Level::Warning }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.path, self.line, self.column, self.message)
    }
}
