//! The source tree, for the tests that hold its rules.

use std::path::{Path, PathBuf};

/// Every Rust file below a folder, in order; the build script has rules of its own.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("build.rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The file without its comments.
pub fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}
