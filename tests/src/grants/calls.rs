//! Calls of DynamoDB and SQS as IAM authorizes them.

use serde_json::Value;

/// Action on one DynamoDB table, index or SQS queue, under its deployed name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// Action of DynamoDB on a table or on one of its indexes.
    Table {
        /// Name of the action in IAM.
        action: String,
        /// Deployed name of the table.
        table: String,
        /// Name of the index, if the action is on one.
        index: Option<String>,
    },
    /// Action of SQS on a queue.
    Queue {
        /// Name of the action in IAM.
        action: String,
        /// URL of the queue.
        url: String,
    },
    /// Unknown call, which no role may allow.
    Other(String),
}

/// Returns the actions that IAM checks for one call. `target` is the header `X-Amz-Target`, such as
/// `DynamoDB_20120810.PutItem`, and `body` the request. IAM checks each part of a transaction on its own.
pub fn calls_of(target: &str, body: &Value) -> Vec<Call> {
    match target.split_once('.') {
        Some(("DynamoDB_20120810", "TransactWriteItems" | "TransactGetItems")) => {
            let parts = body["TransactItems"].as_array().into_iter().flatten();
            let parts = parts.filter_map(Value::as_object).flatten();
            parts.map(|(kind, part)| on_table(&part_action(kind), part)).collect()
        }
        Some(("DynamoDB_20120810", action @ ("BatchGetItem" | "BatchWriteItem"))) => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables
                .map(|(table, _)| Call::Table {
                    action: action.to_owned(),
                    table: table.clone(),
                    index: None,
                })
                .collect()
        }
        Some(("DynamoDB_20120810", action)) => vec![on_table(action, body)],
        Some(("AmazonSQS", action)) => {
            let action = action.strip_suffix("Batch").unwrap_or(action).to_owned();
            vec![Call::Queue { action, url: body["QueueUrl"].as_str().unwrap_or_default().to_owned() }]
        }
        _ => vec![Call::Other(target.to_owned())],
    }
}

/// Returns the IAM action of one part of a transaction: `PutItem` for `Put`, `ConditionCheckItem` for
/// `ConditionCheck`.
fn part_action(kind: &str) -> String {
    format!("{kind}Item")
}

fn on_table(action: &str, body: &Value) -> Call {
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    Call::Table {
        action: action.to_owned(),
        table: text("TableName").unwrap_or_default(),
        index: text("IndexName"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn on(action: &str, table: &str) -> Call {
        Call::Table { action: action.to_owned(), table: table.to_owned(), index: None }
    }

    #[test]
    fn transaction_counts_as_its_parts() {
        let body = json!({"TransactItems": [
            {"Put": {"TableName": "a", "Item": {}}},
            {"ConditionCheck": {"TableName": "b", "Key": {}}},
            {"Update": {"TableName": "a", "Key": {}}},
        ]});
        let parts = [on("PutItem", "a"), on("ConditionCheckItem", "b"), on("UpdateItem", "a")];
        assert_eq!(calls_of("DynamoDB_20120810.TransactWriteItems", &body), parts);
        let body = json!({"TransactItems": [{"Get": {"TableName": "a", "Key": {}}}]});
        assert_eq!(calls_of("DynamoDB_20120810.TransactGetItems", &body), [on("GetItem", "a")]);
    }

    #[test]
    fn index_counts_as_a_resource_besides_its_table() {
        let body = json!({"TableName": "a", "IndexName": "list"});
        let index = Some("list".to_owned());
        let wanted = Call::Table { action: "Query".to_owned(), table: "a".to_owned(), index };
        assert_eq!(calls_of("DynamoDB_20120810.Query", &body), [wanted]);
        assert_eq!(calls_of("DynamoDB_20120810.Query", &json!({"TableName": "a"})), [on("Query", "a")]);
    }

    #[test]
    fn batch_counts_as_a_batch_action_of_dynamodb_and_a_single_action_of_sqs() {
        let body = json!({"RequestItems": {"a": {"Keys": []}, "b": {"Keys": []}}});
        let both = [on("BatchGetItem", "a"), on("BatchGetItem", "b")];
        assert_eq!(calls_of("DynamoDB_20120810.BatchGetItem", &body), both);
        let body = json!({"QueueUrl": "http://sqs/1/a", "Entries": []});
        let sent = Call::Queue { action: "SendMessage".to_owned(), url: "http://sqs/1/a".to_owned() };
        assert_eq!(calls_of("AmazonSQS.SendMessageBatch", &body), [sent]);
    }

    #[test]
    fn unknown_call_is_kept_as_it_is() {
        assert_eq!(calls_of("Secrets.Get", &json!({})), [Call::Other("Secrets.Get".to_owned())]);
    }
}
