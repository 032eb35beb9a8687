//! Why a folder could not be compiled.

use std::path::PathBuf;

use crate::Diagnostic;

/// Ordered by whose fault it is: the folder named, its content, the machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The folder holds no `app.json`. Name the folder that has it, or set `miniprogramRoot` in
    /// `project.config.json`.
    #[error("{0} is not a mini program: it has no app.json")]
    NoAppJson(PathBuf),
    /// A path or symbolic link leads out of the mini program. Copy the file into the folder.
    #[error("{from} refers to {target}, which is outside the mini program")]
    Escape {
        /// The file that refers to it.
        from: String,
        /// What it says.
        target: String,
    },
    /// The folder is larger than [`crate::Limits`] allows. Is it really the mini program's folder?
    #[error("the mini program is too large: {0}")]
    TooLarge(String),
    /// A source file is not UTF-8. Save it as UTF-8.
    #[error("{0} is not UTF-8")]
    NotUtf8(String),
    /// A JSON file cannot be read, or lacks something the phone needs.
    #[error("{path}:{line}:{column}: {message}")]
    Json {
        /// Path inside the mini program.
        path: String,
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// The source has errors; all of them are listed.
    #[error("{}", list(.errors))]
    Source {
        /// What stops the compilation.
        errors: Vec<Diagnostic>,
        /// What else was found.
        warnings: Vec<Diagnostic>,
    },
    /// The file system would not let us.
    #[error("cannot read {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A compiler failed on input it had accepted: a defect in it or in us.
    #[error("the template compiler failed: {0}")]
    Internal(String),
}

impl CompileError {
    pub(crate) fn json(path: &str, message: impl Into<String>) -> Self {
        Self::Json { path: path.to_owned(), line: 1, column: 1, message: message.into() }
    }
}

fn list(errors: &[Diagnostic]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
