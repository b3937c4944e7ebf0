//! Checks that DynamoDB makes and dynoxide lacks, so that a call fails in a test as it would on AWS.

use std::collections::HashSet;

use serde_json::Value;

use super::connector::Reply;

/// Returns DynamoDB's error for a call that breaks one of these rules, and `None` otherwise: a batch read
/// names each key once, and no key in a query's key condition is empty.
pub(super) fn refusal(operation: &str, body: &[u8]) -> Option<Reply> {
    let rule = match operation {
        "BatchGetItem" => repeats_a_key,
        "Query" => compares_a_key_with_nothing,
        _ => return None,
    };
    let message = rule(&serde_json::from_slice(body).ok()?)?;
    Some(Reply::error(400, "com.amazonaws.dynamodb.v20120810#ValidationException", message))
}

fn repeats_a_key(call: &Value) -> Option<&'static str> {
    let repeats = |wanted: &Value| {
        let mut known = HashSet::new();
        let text = |key: &Value| format!("{}{}", key["pk"], key["sk"]);
        wanted["Keys"].as_array().is_some_and(|keys| !keys.iter().all(|key| known.insert(text(key))))
    };
    let mut tables = call["RequestItems"].as_object()?.values();
    tables.any(repeats).then_some("Provided list of item keys contains duplicates")
}

fn compares_a_key_with_nothing(call: &Value) -> Option<&'static str> {
    let condition = call["KeyConditionExpression"].as_str()?;
    let mut values = call["ExpressionAttributeValues"].as_object()?.iter();
    let mut names = condition.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '_')));
    let is_nothing =
        |(name, value): (&String, &Value)| value["S"] == "" && names.any(|referenced| referenced == name);
    values.any(is_nothing).then_some(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an \
         empty string value.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn is_refused(operation: &str, call: &Value) -> bool {
        refusal(operation, call.to_string().as_bytes()).is_some_and(|reply| reply.status == 400)
    }

    #[test]
    fn a_batch_names_a_key_once() {
        let key = |sk: &str| json!({"pk": {"S": "a"}, "sk": {"S": sk}});
        let batch = |keys: [Value; 2]| json!({"RequestItems": {"t": {"Keys": keys}}});
        assert!(is_refused("BatchGetItem", &batch([key("b"), key("b")])));
        assert!(!is_refused("BatchGetItem", &batch([key("b"), key("c")])));
    }

    #[test]
    fn a_key_begins_with_something() {
        let query = |prefix: &str| {
            json!({"KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
                "ExpressionAttributeValues": {":pk": {"S": "a"}, ":prefix": {"S": prefix}}})
        };
        assert!(is_refused("Query", &query("")));
        assert!(!is_refused("Query", &query("b")));
        let filtered = json!({"KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "a"}, ":p": {"S": ""}}});
        assert!(!is_refused("Query", &filtered));
    }
}
