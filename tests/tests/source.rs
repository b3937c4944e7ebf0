//! Tests of the source text: the language of its comments, and the directions between its modules.

use dibs_tests::source::identifiers::{old_words, shared_names};
use dibs_tests::source::modules::{circles, uses};
use dibs_tests::source::root;
use dibs_tests::source::words::{Figures, doc_comments};

/// Returns the crates whose modules must not use each other in circles.
fn crates() -> Vec<String> {
    let mut found = vec!["local".to_owned(), "tests".to_owned()];
    for folder in ["shared", "functions"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            found.push(format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy()));
        }
    }
    found.sort();
    found
}

#[test]
fn doc_comments_are_in_plain_words() {
    let figures = Figures::of(&doc_comments(&root()));
    assert_eq!(
        figures.violations(),
        Vec::<String>::new(),
        "{figures}; `cargo run -p dibs-tests --bin words -- --list`"
    );
}

#[test]
fn modules_use_each_other_in_one_direction() {
    let mut found = Vec::new();
    for name in crates() {
        let uses = uses(&root().join(&name).join("src"));
        for circle in circles(&uses) {
            let edges = circle.iter().map(|one| format!("{} -> {} ({})", one.from, one.to, one.example));
            found.push(format!("in {name}:\n{}", edges.collect::<Vec<_>>().join("\n")));
        }
    }
    assert!(found.is_empty(), "circles {}", found.join("\n\n"));
}

#[test]
fn no_handler_uses_another_handler() {
    for name in crates() {
        let uses = uses(&root().join(&name).join("src"));
        let between: Vec<_> = uses.iter().filter(|one| one.parent == ["handlers"]).collect();
        assert!(between.is_empty(), "{name}: {between:#?}");
    }
}

#[test]
fn replaced_words_do_not_come_back_in_identifiers() {
    let folders = [
        "shared",
        "functions",
        "local",
        "tests/src/contract",
        "tests/src/examples",
        "tests/src/grants",
        "tests/src/replies",
        "tests/src/rush",
        "tests/tests/observability",
        "tests/tests/api/rewards",
        "tests/tests/api/deals",
    ];
    let found: Vec<String> = folders.into_iter().flat_map(|folder| old_words(&root().join(folder))).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn public_type_has_a_name_that_stands_alone() {
    let found = shared_names(&[&root().join("shared"), &root().join("functions")]);
    assert!(found.is_empty(), "{found:#?}");
}
