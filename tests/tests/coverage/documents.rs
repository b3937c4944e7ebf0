//! Numbers that the documents state are those of the code.

use std::collections::BTreeMap;

use serde_json::Value;
use store::schema::TABLES;

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn deploying_states_the_number_of_zips() {
    let functions: BTreeMap<String, Value> = serde_json::from_str(&read("terraform/functions.json")).unwrap();
    let (text, count) = (read("DEPLOYING.md"), functions.len());
    for sentence in [format!("for arm64: {count} of 3 to"), format!("and {count} zips of")] {
        assert!(text.contains(&sentence), "DEPLOYING.md does not say {sentence:?}");
    }
}

#[test]
fn data_states_the_number_of_tables() {
    assert_eq!(TABLES.len(), 7, "DATA.md says how many there are; change it, and this");
    assert!(read("DATA.md").contains("Seven tables,"), "the first sentence of DATA.md");
}
