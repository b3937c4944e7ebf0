//! Test backend: the tables and queues of the API tests. These are the embedded engines, or, if
//! `DIBS_TEST_AWS` names a file with Terraform's outputs, the tables and queues that Terraform created behind
//! `AWS_ENDPOINT_URL` (tests/infra/backend.py).

use std::collections::BTreeMap;

use local::engine;
use serde::Deserialize;
use serde_json::Value;
use store::schema::TABLES;

/// Tables and queues that Terraform created, emptied for a test.
#[derive(Clone, Debug)]
pub struct TestBackend {
    endpoint: String,
    prefix: String,
}

/// Terraform's outputs that the tests need: deployed names by the schema's names.
#[derive(Deserialize)]
struct Outputs {
    tables: BTreeMap<String, String>,
}

impl TestBackend {
    /// Returns Terraform's tables and queues, if the environment names them.
    pub fn of_terraform() -> Option<Self> {
        let file = std::env::var("DIBS_TEST_AWS").ok()?;
        let endpoint = std::env::var("AWS_ENDPOINT_URL").expect("AWS_ENDPOINT_URL says where the tables are");
        let text = std::fs::read(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let outputs: Outputs =
            serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        Some(Self { endpoint, prefix: prefix(&outputs.tables) })
    }

    /// Returns the prefix in the deployed names of the tables and queues, `<prefix>-<name>`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Returns the engine options that select these tables and queues.
    pub fn engines(&self) -> engine::Options {
        let endpoint = Some(self.endpoint.clone());
        engine::Options { dynamodb_endpoint: endpoint.clone(), sqs_endpoint: endpoint, data: None }
    }

    /// Deletes all items, stream records and messages in the tables and queues.
    pub async fn empty(&self) {
        self.post("empty").await;
    }

    /// Shortens the remaining delay of every message by `seconds` seconds.
    pub async fn advance_time(&self, seconds: u32) {
        self.post(&format!("advance-time/{seconds}")).await;
    }

    async fn post(&self, what: &str) {
        let answer = reqwest::Client::new().post(format!("{}/backend/{what}", self.endpoint)).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        drop(answer.expect("tests/infra/backend.py serves"));
    }
}

/// Returns the common prefix of the table names. Panics if the tables differ from those of the schema.
fn prefix(tables: &BTreeMap<String, String>) -> String {
    let (name, deployed) = tables.first_key_value().expect("Terraform made tables");
    let prefix = deployed.strip_suffix(&format!("-{name}")).expect("a table is called <prefix>-<name>");
    let wanted = TABLES.iter().map(|table| (table.name.to_owned(), format!("{prefix}-{}", table.name)));
    assert_eq!(tables, &wanted.collect(), "Terraform's tables, and those of the schema");
    prefix.to_owned()
}

/// Returns one line for each value that differs between Terraform's definition `there` and the schema's
/// definition `here`. Each line begins with `what`.
pub fn differences(what: &str, there: &Value, here: &Value) -> Vec<String> {
    match (there, here) {
        (Value::Object(there), Value::Object(here)) => {
            let names: std::collections::BTreeSet<&String> = there.keys().chain(here.keys()).collect();
            let of = |name: &String| {
                let (there, here) = (there.get(name), here.get(name));
                differences(
                    &format!("{what}, {name}"),
                    there.unwrap_or(&Value::Null),
                    here.unwrap_or(&Value::Null),
                )
            };
            names.into_iter().flat_map(of).collect()
        }
        _ if there == here => Vec::new(),
        _ => vec![format!("{what}: {there} by Terraform, {here} by the schema")],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_is_named_with_both_sides() {
        let there = json!({"time to live": "expires", "stream": "KEYS_ONLY", "more": 1});
        let here = json!({"time to live": "expires", "stream": "NEW_AND_OLD_IMAGES"});
        assert_eq!(
            differences("rewards", &there, &here),
            [
                "rewards, more: 1 by Terraform, null by the schema",
                "rewards, stream: \"KEYS_ONLY\" by Terraform, \"NEW_AND_OLD_IMAGES\" by the schema",
            ]
        );
        assert!(differences("rewards", &here, &here).is_empty());
    }
}
