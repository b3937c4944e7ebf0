//! Connection of the SDK's clients to DynamoDB and SQS, with its faults.

use std::sync::Arc;

use aws_smithy_runtime_api::client::result::ConnectorError;
use futures::future::BoxFuture;
use local::engine::connector::{Backend, Call, Reply};
use serde_json::{Value, json};

use super::core::Core;
use super::faults::Fault;
use super::lambda;
use super::replica::LAG_MS_MAX;
use super::sabotage::Corrupted;
use super::tables::is_write;
use super::trace::canonical;

/// Duration that is longer than any caller waits.
const FOR_EVER: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// Connection of one function instance to DynamoDB and SQS.
#[derive(Clone)]
pub struct Wire {
    /// Shared state of the run.
    pub core: Arc<Core>,
    /// Name of the function instance in the trace.
    pub who: String,
    /// Whether the connection has no faults.
    pub fault_free: bool,
}

type Answer = Result<Reply, ConnectorError>;

impl Backend for Wire {
    fn answer(&self, call: Call) -> BoxFuture<'static, Answer> {
        let wire = self.clone();
        Box::pin(async move {
            match call.target.split_once(" /@connections/") {
                Some((method, id)) => wire.sockets(method == "POST", id, &call.body).await,
                None if call.target.starts_with("AmazonSQS.") => wire.sqs(call).await,
                None => wire.dynamo(call).await,
            }
        })
    }
}

impl Wire {
    async fn dynamo(self, call: Call) -> Answer {
        let core = &self.core;
        let mut body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        // The SDK draws this token for each transaction from a random source that the seed does not control.
        body.as_object_mut().map(|body| body.remove("ClientRequestToken"));
        let what = what(&call.target, &body);
        if !self.fault_free {
            tokio::time::sleep(core.env.prng.millis(1, 12)).await;
        }
        let reply = self.dynamo_reply(&call, &body, &what).await?;
        if !self.fault_free {
            tokio::time::sleep(core.env.prng.millis(1, 12)).await;
        }
        core.env.event(&self.who, format_args!("{what} {:x} -> {}", canonical(&body), outcome(&reply)));
        Ok(reply)
    }

    async fn dynamo_reply(&self, call: &Call, body: &Value, what: &str) -> Answer {
        let (core, write) = (&self.core, is_write(&call.target));
        let transaction = call.target.contains(".Transact");
        let kinds = &core.env.faults.rates.dynamo;
        let drawn = if self.fault_free { None } else { core.env.faults.which(&core.env.prng, kinds, what) };
        let fault = drawn.filter(|fault| match fault {
            Fault::ConflictOnWrite => write && !transaction,
            Fault::ConflictOnTransaction => transaction,
            Fault::AppliedLate | Fault::FailedApplied | Fault::AnswerLost => write,
            Fault::TimedOutAfterCommit => write && lambda::inside(),
            _ => true,
        });
        if let Some(fault) = fault {
            core.env.fault(&self.who, fault);
            core.env.event(&self.who, format_args!("   on {what}"));
        }
        match fault {
            None => Ok(self.undisturbed(call, body)),
            Some(Fault::RequestLost) => never().await,
            Some(Fault::AnswerLost) => {
                core.carry_out(call);
                never().await
            }
            Some(Fault::AppliedLate) => {
                // The delay is mostly shorter than the SDK's retries take, and sometimes it takes minutes.
                let long = core.env.prng.permille(250);
                let pause = if long {
                    core.env.prng.millis(10_000, 240_000)
                } else {
                    core.env.prng.millis(300, 6_000)
                };
                core.carry_out_late(&self.who, call.clone(), pause);
                never().await
            }
            Some(Fault::TimedOutAfterCommit) => {
                core.carry_out(call);
                lambda::get_stuck();
                never().await
            }
            Some(Fault::Throttled) => Ok(*core.env.prng.pick(&[
                "com.amazon.coral.availability#ThrottlingException",
                "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
            ]))
            .map(|kind| Reply::error(400, kind, "too fast")),
            Some(Fault::ConflictOnWrite) => {
                Ok(refusal("TransactionConflictException", "a transaction is under way"))
            }
            Some(Fault::ConflictOnTransaction) => Ok(self.cancelled(body)),
            Some(Fault::FailedApplied) => {
                core.carry_out(call);
                Ok(failure())
            }
            Some(Fault::FailedNotApplied) => Ok(failure()),
            _ => {
                if write && core.env.prng.permille(500) {
                    core.carry_out(call);
                }
                Err(ConnectorError::io("the connection broke".into()))
            }
        }
    }

    fn undisturbed(&self, call: &Call, body: &Value) -> Reply {
        let core = &self.core;
        if is_write(&call.target) {
            return core.carry_out(call);
        }
        let index = body.get("IndexName").is_some();
        let strong = body["ConsistentRead"] == true
            || call.target.ends_with(".TransactGetItems")
            || body["RequestItems"]
                .as_object()
                .is_some_and(|tables| tables.values().any(|keys| keys["ConsistentRead"] == true));
        if !strong && !self.fault_free && core.env.strikes(core.env.faults.rates.stale) {
            let as_of_ms = core.env.now_ms().saturating_sub(core.env.prng.between(0, LAG_MS_MAX));
            let (reply, behind) = core.replica.read(as_of_ms, call);
            if behind {
                core.env.fault(&self.who, if index { Fault::StaleIndex } else { Fault::StaleRead });
            }
            return reply;
        }
        core.leader.execute(&call.target, &call.body)
    }

    fn cancelled(&self, body: &Value) -> Reply {
        let writes = body["TransactItems"].as_array().map_or(1, Vec::len);
        let unlucky = self.core.env.prng.below(writes as u64) as usize;
        let reasons: Vec<Value> = (0..writes)
            .map(|index| json!({"Code": if index == unlucky { "TransactionConflict" } else { "None" }}))
            .collect();
        let body = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled", "CancellationReasons": reasons,
        });
        Reply { status: 400, body: body.to_string().into() }
    }

    async fn sqs(self, call: Call) -> Answer {
        let core = &self.core;
        let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        assert!(call.target.ends_with(".SendMessageBatch"), "the simulation knows no {}", call.target);
        tokio::time::sleep(core.env.prng.millis(1, 15)).await;
        let fault = if self.fault_free {
            None
        } else {
            core.env.faults.which(&core.env.prng, &core.env.faults.rates.send, "")
        };
        if let Some(fault) = fault {
            core.env.fault(&self.who, fault);
        }
        if fault == Some(Fault::SendLost) {
            return never().await;
        }
        let dropped =
            core.sabotage.is_some_and(|sabotage| matches!(sabotage.corrupt(&call), Corrupted::Dropped));
        let queue = body["QueueUrl"].as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
        let (mut sent, mut failed) = (Vec::new(), Vec::new());
        for entry in body["Entries"].as_array().into_iter().flatten() {
            if fault == Some(Fault::SendFailedInPart) && core.env.prng.permille(500) {
                failed.push(json!({"Id": entry["Id"], "Code": "InternalError", "SenderFault": false}));
                continue;
            }
            let message = entry["MessageBody"].as_str().unwrap_or_default();
            let delay_s = entry["DelaySeconds"].as_u64().unwrap_or(0);
            let id =
                if dropped { String::new() } else { core.queues.send(&core.env, queue, message, delay_s) };
            sent.push(json!({"Id": entry["Id"], "MessageId": id, "MD5OfMessageBody": "-"}));
        }
        core.env.event(&self.who, format_args!("send {queue} {} {:x}", sent.len(), canonical(&body)));
        if fault == Some(Fault::SendAnswerLost) {
            return never().await;
        }
        let reply = json!({"Successful": sent, "Failed": failed});
        Ok(Reply { status: 200, body: reply.to_string().into() })
    }
}

impl Wire {
    /// Sends a message to a connection, or closes it, with the faults of a call that sends messages to a queue.
    async fn sockets(self, is_message: bool, id: &str, body: &[u8]) -> Answer {
        let core = &self.core;
        tokio::time::sleep(core.env.prng.millis(1, 15)).await;
        let fault = if self.fault_free {
            None
        } else {
            core.env.faults.which(&core.env.prng, &core.env.faults.rates.send, "")
        };
        if let Some(fault) = fault {
            core.env.fault(&self.who, fault);
        }
        if fault == Some(Fault::SendLost) {
            return never().await;
        }
        let message = String::from_utf8_lossy(body);
        let done =
            if is_message { core.sockets.post(&core.env, id, &message) } else { core.sockets.close(id) };
        core.env.event(&self.who, format_args!("to {id} {done} {message}"));
        match fault {
            Some(Fault::SendAnswerLost) => never().await,
            Some(_) => Ok(Reply::error(500, "InternalServerError", "something broke")),
            None if done => Ok(Reply { status: 200, body: "".into() }),
            None => Ok(Reply::error(410, "GoneException", "the connection has ended")),
        }
    }
}

async fn never() -> Answer {
    tokio::time::sleep(FOR_EVER).await;
    Err(ConnectorError::timeout("for ever is over".into()))
}

fn refusal(kind: &str, message: &str) -> Reply {
    Reply::error(400, &format!("com.amazonaws.dynamodb.v20120810#{kind}"), message)
}

fn failure() -> Reply {
    Reply::error(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "something broke")
}

/// Returns a short description of a call: its operation and the key of its item.
fn what(target: &str, body: &Value) -> String {
    let operation = target.rsplit('.').next().unwrap_or_default();
    let key = if body.get("Key").is_some() { &body["Key"] } else { &body["Item"] };
    let of = |name: &str| key[name]["S"].as_str().unwrap_or_default();
    let queried = |name: &str| body["ExpressionAttributeValues"][name]["S"].as_str().unwrap_or_default();
    format!("{operation} {}{}/{}{}", of("pk"), queried(":pk"), of("sk"), queried(":prefix"))
}

fn outcome(reply: &Reply) -> String {
    if reply.status == 200 {
        return "ok".to_owned();
    }
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let kind = body["__type"].as_str().and_then(|kind| kind.rsplit('#').next()).unwrap_or("?").to_owned();
    format!("{} {kind}", reply.status)
}
