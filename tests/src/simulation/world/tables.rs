//! Tables of the simulation: names and definitions.

use serde_json::{Value, json};
use store::schema::{LIST_INDEX, Table};

/// Returns `true` if `target`, the header `X-Amz-Target` of a call, names an operation that can change items.
pub fn is_write(target: &str) -> bool {
    ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]
        .iter()
        .any(|name| target.ends_with(&format!(".{name}")))
}

/// Returns the deployed name of a table in the simulation.
pub fn deployed(table: &Table) -> String {
    format!("sim-{}", table.name)
}

/// Returns the definition of a table, as the body of `CreateTable`.
pub fn definition(table: &Table) -> Value {
    let text = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let keys = |hash: &str, range: &str| json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}]);
    let mut definition = json!({
        "TableName": deployed(table),
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [text("pk"), text("sk"), text("list_pk"), text("list_sk")],
        "KeySchema": keys("pk", "sk"),
        "GlobalSecondaryIndexes": [{
            "IndexName": LIST_INDEX,
            "KeySchema": keys("list_pk", "list_sk"),
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }],
    });
    if table.stream {
        definition["StreamSpecification"] =
            json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"});
    }
    definition
}
