//! Contents of all tables, for tests that check what a request wrote.

use std::collections::{BTreeMap, HashMap};

use aws_lambda_events::event::dynamodb::EventRecord;
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

    /// Returns a stream record for each item of `table`, as if it had just been created as it is now.
    pub async fn created(&self, table: &Table) -> Vec<EventRecord> {
        self.settle().await;
        let record = |item: HashMap<String, AttributeValue>| {
            let mut record = EventRecord::default();
            record.change.keys = key_of(&item).into();
            record.change.new_image = item.into();
            record
        };
        self.items(table).await.into_iter().map(record).collect()
    }

    /// Deletes every item of `table`.
    pub async fn empty(&self, table: &Table) {
        for item in self.items(table).await {
            let call = self.stack.engines.dynamo_client.delete_item();
            let call = call.table_name(self.stack.deployed.name(table.name)).set_key(Some(key_of(&item)));
            call.send().await.expect("DynamoDB answers");
        }
    }

    /// Returns every item of every table as text, sorted, after all due work is done.
    pub async fn tables(&self) -> Vec<String> {
        self.settle().await;
        let mut items = Vec::new();
        for table in TABLES {
            let name = self.stack.deployed.name(table.name);
            let of_table = self.items(table).await.into_iter();
            items.extend(of_table.map(|item| format!("{name}: {}", text(&AttributeValue::M(item)))));
        }
        items.sort_unstable();
        items
    }

    async fn items(&self, table: &Table) -> Vec<HashMap<String, AttributeValue>> {
        let (mut items, mut from) = (Vec::new(), None);
        loop {
            let scan =
                self.stack.engines.dynamo_client.scan().table_name(self.stack.deployed.name(table.name));
            let page = scan.consistent_read(true).set_exclusive_start_key(from).send().await;
            let page = page.expect("DynamoDB answers");
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return items;
            }
        }
    }
}

fn key_of(item: &HashMap<String, AttributeValue>) -> HashMap<String, AttributeValue> {
    ["pk", "sk"].map(|part| (part.to_owned(), item[part].clone())).into()
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
