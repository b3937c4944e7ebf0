//! Sending of messages to SQS queues.

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use domain::{BusyReason, Error, Result};
use serde::Serialize;

use crate::Store;
use crate::failure::failed;
use crate::schema::Queue;

/// Maximum number of entries of one SendMessageBatch call.
const ENTRIES_MAX: usize = 10;
/// Maximum size of all bodies of one SendMessageBatch call together, in bytes.
const CALL_BYTES_MAX: usize = 256 * 1024;

impl Store {
    /// Sends `messages` to `queue`, each visible after `delay_s` seconds, at most 900.
    ///
    /// # Errors
    /// `BUSY` when SQS rejects a message or does not answer. Some messages may have been sent, so a repeat
    /// can duplicate them.
    pub async fn send<T: Serialize>(&self, queue: &Queue, messages: &[T], delay_s: u32) -> Result<()> {
        let url = self.names.queue_url(queue)?;
        let bodies = messages.iter().map(serde_json::to_string).collect::<Result<Vec<String>, _>>();
        for chunk in calls(bodies.map_err(Error::internal)?) {
            let mut call = self.sqs.send_message_batch().queue_url(url);
            for (index, body) in chunk.into_iter().enumerate() {
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .message_body(body)
                    .set_delay_seconds((delay_s > 0).then(|| i32::try_from(delay_s.min(900)).unwrap_or(900)))
                    .build()
                    .map_err(Error::internal)?;
                call = call.entries(entry);
            }
            let output = call.send().await.map_err(failed)?;
            if let Some(failure) = output.failed.first() {
                let cause = format!("a message was not taken: {}", failure.code);
                return Err(Error::busy(BusyReason::Throttled).with_cause(cause));
            }
        }
        Ok(())
    }
}

/// Groups message bodies into calls that SQS takes, in order.
fn calls(bodies: Vec<String>) -> Vec<Vec<String>> {
    let mut calls: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0;
    for body in bodies {
        bytes += body.len();
        match calls.last_mut().filter(|call| call.len() < ENTRIES_MAX && bytes <= CALL_BYTES_MAX) {
            Some(call) => call.push(body),
            None => {
                bytes = body.len();
                calls.push(vec![body]);
            }
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    #[test]
    fn call_has_ten_messages_and_256_kib_at_most() {
        let counts = |sizes: &[usize]| -> Vec<usize> {
            calls(sizes.iter().map(|size| "b".repeat(*size)).collect()).iter().map(Vec::len).collect()
        };
        assert_each_eq!(
            (counts(&[]), Vec::<usize>::new()),
            (counts(&[1; 25]), vec![10, 10, 5]),
            (counts(&[CALL_BYTES_MAX, 1]), vec![1, 1]),
            (counts(&[200_000, 62_144, 1, 200_000]), vec![2, 2])
        );
    }
}
