//! Paths inside a mini program: always with `/`, never leading out.

/// Resolves `target` as written in `from`: absolute from the program's root, otherwise relative to
/// the file's folder. `None` when it would leave the root.
pub(crate) fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = if target.starts_with('/') {
        Vec::new()
    } else {
        from.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect()
    };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The folders in which WeChat looks for the npm package `name` used in `from`: `miniprogram_npm`
/// beside the file first, then upwards.
pub(crate) fn npm_candidates(from: &str, name: &str) -> Vec<String> {
    let folders: Vec<&str> = from.split('/').collect();
    (0..folders.len())
        .rev()
        .map(|depth| {
            let mut parts = folders[..depth].to_vec();
            parts.push("miniprogram_npm");
            parts.push(name);
            parts.join("/")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_and_absolute_paths_resolve_inside_the_root() {
        assert_eq!(resolve("pages/a/a.wxss", "../b.wxss").as_deref(), Some("pages/b.wxss"));
        assert_eq!(resolve("pages/a/a.wxss", "/app.wxss").as_deref(), Some("app.wxss"));
        assert_eq!(resolve("app.json", "./c/c").as_deref(), Some("c/c"));
    }

    #[test]
    fn a_path_that_leaves_the_root_is_refused_even_when_it_returns() {
        assert_eq!(resolve("a.wxss", "../a.wxss"), None);
        assert_eq!(resolve("p/a.wxss", "../../root/p/b.wxss"), None);
        assert_eq!(resolve("p/a.wxss", "/../etc"), None);
    }

    #[test]
    fn npm_packages_are_looked_up_from_the_file_upwards() {
        assert_eq!(
            npm_candidates("pages/a/a", "@x/y"),
            ["pages/a/miniprogram_npm/@x/y", "pages/miniprogram_npm/@x/y", "miniprogram_npm/@x/y"]
        );
    }
}
