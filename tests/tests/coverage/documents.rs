//! Numbers that the documents state are those of the code.

use std::collections::BTreeMap;

use local::routes::DOMAINS;
use serde_json::Value;
use store::schema::TABLES;

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn deploying_names_each_zip_and_states_the_number_of_functions() {
    let functions: BTreeMap<String, Value> = serde_json::from_str(&read("terraform/functions.json")).unwrap();
    let text = read("DEPLOYING.md");
    let step = text
        .split("**3. Build.**")
        .nth(1)
        .and_then(|rest| rest.split("\n\n").next())
        .expect("the step that builds");
    for domain in DOMAINS {
        assert!(
            step.contains(&format!("`{}`", domain.name)),
            "step 3 of DEPLOYING.md does not name {}",
            domain.name
        );
    }
    let sentence = format!("{} functions with zips of", functions.len());
    assert!(text.contains(&sentence), "DEPLOYING.md does not say {sentence:?}");
}

#[test]
fn data_states_the_number_of_tables() {
    assert_eq!(TABLES.len(), 7, "DATA.md says how many there are; change it, and this");
    assert!(read("DATA.md").contains("Seven tables,"), "the first sentence of DATA.md");
}
