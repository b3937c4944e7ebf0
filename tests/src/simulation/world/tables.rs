//! Tables of the simulation: names and definitions.

use serde_json::{Value, json};
use store::schema::{KeyNames, LIST_INDEX, LIST_KEY, LIST_PROJECTION, STREAM_VIEW, TABLE_KEY, Table};

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
    let keys = if table.list_index { vec![TABLE_KEY, LIST_KEY] } else { vec![TABLE_KEY] };
    let names = keys.iter().flat_map(|key| [key.partition_key, key.sort_key]);
    let attributes: Vec<Value> =
        names.map(|name| json!({"AttributeName": name, "AttributeType": "S"})).collect();
    let mut definition = json!({
        "TableName": deployed(table),
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes,
        "KeySchema": key_schema(&TABLE_KEY),
    });
    if table.list_index {
        definition["GlobalSecondaryIndexes"] = json!([{
            "IndexName": LIST_INDEX,
            "KeySchema": key_schema(&LIST_KEY),
            "Projection": {"ProjectionType": LIST_PROJECTION},
        }]);
    }
    if table.stream {
        definition["StreamSpecification"] = json!({"StreamEnabled": true, "StreamViewType": STREAM_VIEW});
    }
    definition
}

fn key_schema(key: &KeyNames) -> Value {
    json!([
        {"AttributeName": key.partition_key, "KeyType": "HASH"},
        {"AttributeName": key.sort_key, "KeyType": "RANGE"},
    ])
}
