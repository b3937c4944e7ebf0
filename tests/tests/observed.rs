//! Check of what the API tests observed. Cargo runs the test binaries in the order of their names, so this
//! one comes after `all`, which records the replies.

use std::process::Command;

#[test]
fn every_refusal_every_role_and_every_type_of_event_was_observed() {
    let output = Command::new(env!("CARGO_BIN_EXE_replies")).output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{}{}after a run of some tests only, `cargo test --workspace` records what is missing",
        text(&output.stdout),
        text(&output.stderr)
    );
}
