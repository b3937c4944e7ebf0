//! The tables and queues that API tests work on: the embedded engines, or, when `DIBS_TEST_AWS` names the
//! outputs of Terraform, those that it made behind `AWS_ENDPOINT_URL` (tests/infra/ground.py).

use std::collections::BTreeMap;

use local::engine;
use serde::Deserialize;
use serde_json::Value;
use store::schema::TABLES;

/// What Terraform made, emptied for a test.
#[derive(Clone, Debug)]
pub struct Ground {
    endpoint: String,
    prefix: String,
}

/// What Terraform says that it has made, as far as tests need it: deployed names by those of the schema.
#[derive(Deserialize)]
struct Outputs {
    tables: BTreeMap<String, String>,
}

impl Ground {
    /// Terraform's, if the environment names it.
    pub fn of_terraform() -> Option<Self> {
        let file = std::env::var("DIBS_TEST_AWS").ok()?;
        let endpoint = std::env::var("AWS_ENDPOINT_URL").expect("AWS_ENDPOINT_URL says where the tables are");
        let text = std::fs::read(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let outputs: Outputs =
            serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        Some(Self { endpoint, prefix: prefix(&outputs.tables) })
    }

    /// What its tables and queues are called: `<prefix>-<name>`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The engines that it is.
    pub fn engines(&self) -> engine::Options {
        let endpoint = Some(self.endpoint.clone());
        engine::Options { dynamodb_endpoint: endpoint.clone(), sqs_endpoint: endpoint, data: None }
    }

    /// Takes everything out of the tables, streams and queues.
    pub async fn empty(&self) {
        self.post("empty").await;
    }

    /// Lets so many seconds of every message's delay pass.
    pub async fn hasten(&self, seconds: u32) {
        self.post(&format!("hasten/{seconds}")).await;
    }

    async fn post(&self, what: &str) {
        let answer = reqwest::Client::new().post(format!("{}/ground/{what}", self.endpoint)).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        drop(answer.expect("tests/infra/ground.py serves"));
    }
}

/// What all tables' names begin with; it fails when there is another one, or one is missing.
fn prefix(tables: &BTreeMap<String, String>) -> String {
    let (name, deployed) = tables.first_key_value().expect("Terraform made tables");
    let prefix = deployed.strip_suffix(&format!("-{name}")).expect("a table is called <prefix>-<name>");
    let wanted = TABLES.iter().map(|table| (table.name.to_owned(), format!("{prefix}-{}", table.name)));
    assert_eq!(tables, &wanted.collect(), "Terraform's tables, and those of the schema");
    prefix.to_owned()
}

/// What differs between the definitions `there` and `here`, a line for each.
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
