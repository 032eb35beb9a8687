use suanpan_server::config::LIVE_TEMPLATE;

use crate::{arguments::InitArguments, failure::Failure, private_file};

/// Writes the commented template. An existing file is never overwritten: it may hold decisions.
pub(crate) fn run(arguments: &InitArguments) -> Result<(), Failure> {
    let path = &arguments.config;
    let exists = || Failure::Exists { path: path.clone(), what: "name", flag: "--config" };
    private_file::write_new(path, LIVE_TEMPLATE.as_bytes(), exists)?;
    eprintln!("{} is written; its comments say what to replace.", path.display());
    eprintln!("Then: suanpan serve --config {}", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("suanpan.toml");
        let arguments = InitArguments { config: config.clone() };
        run(&arguments).unwrap();
        assert_eq!(std::fs::read_to_string(&config).unwrap(), LIVE_TEMPLATE);
        std::fs::write(&config, "mine").unwrap();
        assert!(matches!(run(&arguments), Err(Failure::Exists { .. })));
        assert_eq!(std::fs::read_to_string(&config).unwrap(), "mine");
    }
}
