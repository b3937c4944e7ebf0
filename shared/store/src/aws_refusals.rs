//! Counts of conflicts and throttles that DynamoDB and SQS answered during one request or message. Each try
//! of the SDK counts, also one whose retry succeeded.

use std::cell::Cell;
use std::pin::pin;

use aws_sdk_dynamodb::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use serde::Deserialize;

tokio::task_local! {
    static REFUSALS: Cell<AwsRefusals>;
}

/// Refusals of DynamoDB and SQS during one request or message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AwsRefusals {
    /// Writes and transactions whose condition failed, or that met a concurrent transaction.
    pub conflicts: u32,
    /// Calls that a table or queue throttled.
    pub throttles: u32,
}

/// Runs `work` and returns its output with the number of conflicts and throttles that it met.
pub async fn with_refusal_counts<T>(work: impl Future<Output = T>) -> (T, AwsRefusals) {
    let mut counted = pin!(REFUSALS.scope(Cell::default(), work));
    let outcome = counted.as_mut().await;
    (outcome, counted.take_value().map(Cell::into_inner).unwrap_or_default())
}

/// Counts a throttled BatchGetItem call, whose response has status 200 but leaves keys unprocessed.
pub(crate) fn throttled() {
    let _ = REFUSALS.try_with(|refusals| {
        let counted = refusals.get();
        refusals.set(AwsRefusals { throttles: counted.throttles + 1, ..counted });
    });
}

/// SDK interceptor that counts the conflicts and throttles among the responses of AWS.
#[derive(Debug)]
pub(crate) struct RefusalCounter;

impl Intercept for RefusalCounter {
    fn name(&self) -> &'static str {
        "Counting"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let refused = context.response().filter(|response| response.status().is_client_error());
        if let Some(body) = refused.and_then(|response| response.body().bytes()) {
            // Work outside of a request or message is not counted.
            let _ = REFUSALS.try_with(|refusals| refusals.set(refusals.get().with(body)));
        }
        Ok(())
    }
}

/// Error body of DynamoDB and SQS. The SDK parses it as well, but into a different type for each operation.
#[derive(Deserialize)]
struct ErrorBody {
    #[serde(rename = "__type")]
    kind: String,
    #[serde(rename = "CancellationReasons", default)]
    reasons: Vec<CanceledReason>,
}

#[derive(Deserialize)]
struct CanceledReason {
    #[serde(rename = "Code", default)]
    code: Option<String>,
}

impl AwsRefusals {
    /// Adds the refusal in `body`, if it is a conflict or a throttle.
    fn with(mut self, body: &[u8]) -> Self {
        let Ok(refusal) = serde_json::from_slice::<ErrorBody>(body) else { return self };
        let kind = refusal.kind.rsplit('#').next().unwrap_or_default();
        let reasons = refusal.reasons.iter().filter_map(|reason| reason.code.as_deref());
        let codes: Vec<&str> = reasons.chain([kind]).collect();
        self.conflicts += u32::from(codes.iter().any(|code| is_conflict(code)));
        self.throttles += u32::from(codes.iter().any(|code| is_throttle(code)));
        self
    }
}

fn is_conflict(code: &str) -> bool {
    code.starts_with("ConditionalCheckFailed") || code.starts_with("TransactionConflict")
}

fn is_throttle(code: &str) -> bool {
    ["Throttl", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "RequestThrottled"]
        .iter()
        .any(|begin| code.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    #[test]
    fn a_refusal_counts_by_what_it_says() {
        let refusals = |conflicts, throttles| AwsRefusals { conflicts, throttles };
        for (body, counted) in [
            (
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Item":{}}"#,
                refusals(1, 0),
            ),
            (r#"{"__type":"TransactionConflictException"}"#, refusals(1, 0)),
            (
                r#"{"__type":"x#ProvisionedThroughputExceededException","message":"The level of …"}"#,
                refusals(0, 1),
            ),
            (r#"{"__type":"x#ThrottlingException"}"#, refusals(0, 1)),
            (r#"{"__type":"com.amazonaws.sqs#RequestThrottled"}"#, refusals(0, 1)),
            (r#"{"__type":"x#ValidationException"}"#, refusals(0, 0)),
            (
                r#"{"__type":"x#TransactionCanceledException","CancellationReasons":[{"Code":"None"},
                    {"Code":"ConditionalCheckFailed","Item":{}},{"Code":"ThrottlingError"},{}]}"#,
                refusals(1, 1),
            ),
            (r#"{"__type":"x#TransactionCanceledException"}"#, refusals(0, 0)),
            ("<html>", refusals(0, 0)),
        ] {
            assert_eq!(AwsRefusals::default().with(body.as_bytes()), counted, "{body}");
        }
    }

    #[tokio::test]
    async fn each_call_has_its_own() {
        let note = || {
            REFUSALS.try_with(|refusals| refusals.set(AwsRefusals { conflicts: 1, ..refusals.get() })).is_ok()
        };
        assert!(!note());
        let (noted, outer) =
            with_refusal_counts(async { (note(), with_refusal_counts(async {}).await.1) }).await;
        assert_each_eq!(
            (noted, (true, AwsRefusals::default())),
            (outer, AwsRefusals { conflicts: 1, throttles: 0 })
        );
    }
}
