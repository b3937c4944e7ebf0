//! Items that a write touched, as the database stores them afterwards. The histories are made of them.

use std::collections::HashMap;

use local::engine::Dynamo;
use local::engine::connector::Call;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Item that a write touched.
#[derive(Debug)]
pub struct Written {
    /// Partition key of the item.
    pub pk: String,
    /// Sort key of the item.
    pub sk: String,
    /// Item after the write, as DynamoDB's JSON, or null if it was deleted.
    pub item: Value,
}

/// Returns the items that `call` wrote. Empty if the call names none of `tables`.
pub fn touched(call: &Call, leader: &Dynamo, tables: &[String]) -> Vec<Written> {
    let text = String::from_utf8_lossy(&call.body);
    if !tables.iter().any(|table| text.contains(table)) {
        return Vec::new();
    }
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    let single = std::slice::from_ref(&body);
    let writes = body["TransactItems"].as_array().map_or(single, Vec::as_slice);
    writes.iter().filter_map(|write| written(write, leader)).collect()
}

/// Returns the item that one write of a call addresses, as it is stored now.
pub fn written(write: &Value, leader: &Dynamo) -> Option<Written> {
    let kinds = ["Put", "Update", "Delete"];
    let write = kinds.iter().find_map(|kind| write.get(kind)).unwrap_or(write);
    let named = write.get("Key").or_else(|| write.get("Item"))?;
    let of = |name: &str| named[name]["S"].as_str().map(str::to_owned);
    let (pk, sk) = (of("pk")?, of("sk")?);
    let get = json!({
        "TableName": write["TableName"], "ConsistentRead": true,
        "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
    });
    let reply = leader.execute("DynamoDB_20120810.GetItem", get.to_string().as_bytes());
    let mut reply: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    Some(Written { pk, sk, item: reply["Item"].take() })
}

/// Parses an item as the type that its key implies.
pub fn read<T: DeserializeOwned>(item: Value) -> T {
    let item: HashMap<String, serde_dynamo::AttributeValue> = serde_json::from_value(item).expect("an item");
    serde_dynamo::from_item(serde_dynamo::Item::from(item)).expect("an item is what its key says")
}

/// Returns the string attributes of an item, with their names.
pub fn texts(item: &Value) -> impl Iterator<Item = (&str, &str)> {
    let fields = item.as_object().into_iter().flatten();
    fields.filter_map(|(name, value)| Some((name.as_str(), value["S"].as_str()?)))
}

/// Returns the number attributes of an item, with their names.
pub fn numbers(item: &Value) -> impl Iterator<Item = (&str, i64)> {
    let fields = item.as_object().into_iter().flatten();
    fields.filter_map(|(name, value)| Some((name.as_str(), value["N"].as_str()?.parse().ok()?)))
}
