//! Sending of messages to SQS queues.

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use domain::{BusyReason, Error, Result};
use serde::Serialize;

use crate::Store;
use crate::failure::failed;
use crate::schema::Queue;

/// Maximum number of entries of one SendMessageBatch call.
const ENTRIES_MAX: usize = 10;

impl Store {
    /// Sends `messages` to `queue`, each visible after `delay_s` seconds, at most 900.
    ///
    /// # Errors
    /// `BUSY` when SQS rejects a message or does not answer. Some messages may have been sent, so a repeat
    /// can duplicate them.
    pub async fn send<T: Serialize>(&self, queue: &Queue, messages: &[T], delay_s: u32) -> Result<()> {
        let url = self.names.queue_url(queue)?;
        for chunk in messages.chunks(ENTRIES_MAX) {
            let mut call = self.sqs.send_message_batch().queue_url(url);
            for (index, message) in chunk.iter().enumerate() {
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .message_body(serde_json::to_string(message).map_err(Error::internal)?)
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
