//! What is in the tables, to see that something wrote nothing.

use aws_sdk_dynamodb::types::AttributeValue;
use store::schema::TABLES;

use super::TestApp;

impl TestApp {
    /// Every item of every table, as sorted text.
    pub async fn tables(&self) -> Vec<String> {
        let mut items = Vec::new();
        for table in TABLES {
            let name = self.stack.deployed.name(table.name);
            let mut from = None;
            loop {
                let scan = self.stack.engines.dynamo_client.scan().table_name(&name).consistent_read(true);
                let page = scan.set_exclusive_start_key(from).send().await.expect("DynamoDB answers");
                items.extend(page.items.unwrap_or_default().into_iter().map(|item| {
                    let mut attributes: Vec<(String, AttributeValue)> = item.into_iter().collect();
                    attributes.sort_by(|a, b| a.0.cmp(&b.0));
                    format!("{name}: {attributes:?}")
                }));
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
