//! Contents of all tables, for tests that check what a request wrote.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use store::schema::{TABLES, Table};

use super::TestApp;

impl TestApp {
    /// Checks, after all due work is done, that the tables contain the same items as in `before`.
    pub async fn unchanged_since(&self, before: &[String]) {
        let now = self.tables().await;
        let gone: Vec<&String> = before.iter().filter(|item| !now.contains(item)).collect();
        let new: Vec<&String> = now.iter().filter(|item| !before.contains(item)).collect();
        assert!(gone.is_empty() && new.is_empty(), "gone: {gone:#?}, new: {new:#?}");
    }

    /// Removes the list keys of an item, as in an item that a version without this list wrote.
    pub async fn take_out_of_list(&self, table: &Table, pk: &str, sk: &str) {
        let call =
            self.stack.engines.dynamo_client.update_item().table_name(self.stack.deployed.name(table.name));
        let call =
            call.key("pk", AttributeValue::S(pk.to_owned())).key("sk", AttributeValue::S(sk.to_owned()));
        let call = call
            .update_expression("REMOVE list_pk, list_sk")
            .condition_expression("attribute_exists(list_pk)");
        call.send().await.expect("the item has a place in a list");
    }

    /// Returns every item of every table as text, sorted, after all due work is done.
    pub async fn tables(&self) -> Vec<String> {
        self.settle().await;
        let mut items = Vec::new();
        for table in TABLES {
            let name = self.stack.deployed.name(table.name);
            let mut from = None;
            loop {
                let scan = self.stack.engines.dynamo_client.scan().table_name(&name).consistent_read(true);
                let page = scan.set_exclusive_start_key(from).send().await.expect("DynamoDB answers");
                items.extend(
                    page.items
                        .unwrap_or_default()
                        .into_iter()
                        .map(|item| format!("{name}: {}", text(&AttributeValue::M(item)))),
                );
                from = page.last_evaluated_key;
                if from.is_none() {
                    break;
                }
            }
        }
        items.sort_unstable();
        items
    }
}

/// Returns a canonical text of the value: the fields of a map are sorted.
fn text(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(fields) => {
            let fields: BTreeMap<&String, String> =
                fields.iter().map(|(name, value)| (name, text(value))).collect();
            format!("{fields:?}")
        }
        AttributeValue::L(values) => format!("{:?}", values.iter().map(text).collect::<Vec<_>>()),
        AttributeValue::S(text) => text.clone(),
        other => format!("{other:?}"),
    }
}
