//! Tests of the length of source files.

use std::path::{Path, PathBuf};

/// Maximum number of lines of a Rust file, including its tests. No file is exempt, because no Rust file is
/// generated.
const LINES_MAX: usize = 400;

/// Returns every Rust file below `folder`, except for build output and hidden folders.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                found.extend(sources(&path));
            }
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn rust_files_have_at_most_four_hundred_lines() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let files = sources(root);
    assert!(files.len() > 500, "{} files", files.len());
    let lines = |path: &PathBuf| std::fs::read_to_string(path).unwrap().lines().count();
    let long: Vec<(usize, PathBuf)> =
        files.into_iter().map(|path| (lines(&path), path)).filter(|(lines, _)| *lines > LINES_MAX).collect();
    assert!(long.is_empty(), "split these by what they are about: {long:#?}");
}
