//! Export of the definitions of all tables and queues, from which Terraform and `template.yaml` create them.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use store::schema::{
    KeyNames, LIST_INDEX, LIST_KEY, LIST_PROJECTION, QUEUES, Queue, STREAM_VIEW, TABLE_KEY, TABLES,
    TTL_ATTRIBUTE, Table,
};

#[derive(Serialize)]
struct Schema {
    #[serde(serialize_with = "as_map")]
    tables: Vec<(&'static str, TableDefinition)>,
    #[serde(serialize_with = "as_map")]
    queues: Vec<(&'static str, &'static Queue)>,
}

/// Definition of a table. Projection and stream view are in DynamoDB's own words.
#[derive(Serialize)]
struct TableDefinition {
    #[serde(flatten)]
    key: KeyNames,
    indexes: BTreeMap<&'static str, IndexDefinition>,
    /// Stream view, such as `NEW_AND_OLD_IMAGES`. `None` for a table without a stream.
    stream_view: Option<&'static str>,
    ttl_attribute: &'static str,
}

#[derive(Serialize)]
struct IndexDefinition {
    #[serde(flatten)]
    key: KeyNames,
    projection: &'static str,
}

/// Returns the definitions of tables and queues as JSON, by their schema names, in the format of
/// `terraform/schema.json`.
pub fn document() -> String {
    let schema = Schema {
        tables: TABLES.iter().map(|table| (table.name, table_definition(table))).collect(),
        queues: QUEUES.iter().map(|queue| (queue.name, *queue)).collect(),
    };
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

fn table_definition(table: &Table) -> TableDefinition {
    let list = || (LIST_INDEX, IndexDefinition { key: LIST_KEY, projection: LIST_PROJECTION });
    TableDefinition {
        key: TABLE_KEY,
        indexes: table.list_index.then(list).into_iter().collect(),
        stream_view: table.stream.then_some(STREAM_VIEW),
        ttl_attribute: TTL_ATTRIBUTE,
    }
}

/// Serializes `entries` as a map that keeps their order.
fn as_map<T: Serialize, S: Serializer>(
    entries: &[(&'static str, T)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries.iter().map(|(name, entry)| (name, entry)))
}
