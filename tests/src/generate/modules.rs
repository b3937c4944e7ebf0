//! Generated `mod` lines of test folders, in which a test needs nothing but its own file.

use std::collections::BTreeSet;
use std::path::Path;

use super::{File, read, root};

/// Folders whose `mod.rs` is generated, each with the visibility of its modules. Subfolders are included.
const FOLDERS: [(&str, &str); 2] = [("tests/tests/api", ""), ("tests/src/contract", "pub ")];

/// Returns the `mod.rs` of each folder: the committed text, with one `mod` line for each file and folder
/// beside it.
pub fn files() -> Vec<File> {
    let mut files = Vec::new();
    for (folder, visibility) in FOLDERS {
        add(folder, visibility, &mut files);
    }
    files
}

fn add(folder: &str, visibility: &str, files: &mut Vec<File>) {
    let (mut names, mut folders) = (BTreeSet::new(), Vec::new());
    for entry in std::fs::read_dir(root().join(folder)).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("its name is text").to_owned();
        if path.is_dir() {
            folders.push(format!("{folder}/{name}"));
        } else if name == "mod" || path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        names.insert(name);
    }
    let path = format!("{folder}/mod.rs");
    let title = Path::new(folder).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let before = read(&path).unwrap_or_else(|| format!("//! Tests of {}.\n", title.replace('_', " ")));
    let lines: Vec<String> = names.iter().map(|name| format!("{visibility}mod {name};")).collect();
    files.push(File { text: with_modules(&before, &lines), path });
    for folder in folders {
        add(&folder, visibility, files);
    }
}

/// Returns `text` with `lines` in place of its block of `mod` lines.
fn with_modules(text: &str, lines: &[String]) -> String {
    let is_module = |line: &str| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.starts_with("mod ") && line.ends_with(';')
    };
    let mut parts: Vec<&str> = text.lines().collect();
    let first = parts.iter().position(|line| is_module(line)).unwrap_or_else(|| {
        let heading = parts.iter().take_while(|line| line.starts_with("//!")).count();
        parts.insert(heading, "");
        heading + 1
    });
    let count = parts[first..].iter().take_while(|line| is_module(line)).count();
    parts.splice(first..first + count, lines.iter().map(String::as_str));
    parts.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<String> {
        ["mod a;", "mod b;"].map(str::to_owned).into()
    }

    #[test]
    fn mod_lines_are_replaced_and_all_else_stays() {
        let text = "//! Tests.\n\nmod b;\nmod gone;\n\nuse x::y;\n";
        assert_eq!(with_modules(text, &lines()), "//! Tests.\n\nmod a;\nmod b;\n\nuse x::y;\n");
    }

    #[test]
    fn mod_lines_follow_the_heading_of_a_new_file() {
        assert_eq!(with_modules("//! Tests.\n", &lines()), "//! Tests.\n\nmod a;\nmod b;\n");
    }
}
