//! Dead letters: messages that a queue gave up after too many failed receives.

use std::collections::HashMap;

use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, QueueAttributeName, SendMessageBatchRequestEntry,
};
use domain::{BusyReason, Error, Result};

use crate::Store;
use crate::failure::failed;
use crate::schema::Queue;

/// Maximum number of messages of one call of SQS.
const MESSAGES_MAX: i32 = 10;
/// Duration of a long poll, in seconds: a short one asks some servers of SQS only, and may find nothing of a few.
const WAIT_S: i32 = 1;

impl Store {
    /// Returns the approximate number of dead letters of `queue`.
    ///
    /// # Errors
    /// `BUSY` when SQS does not answer.
    pub async fn count_dead_letters(&self, queue: &Queue) -> Result<u64> {
        let call = self.sqs.get_queue_attributes().queue_url(self.names.dead_letters_url(queue)?);
        let call = call.attribute_names(QueueAttributeName::ApproximateNumberOfMessages);
        let attributes = call.send().await.map_err(failed)?.attributes.unwrap_or_default();
        let waiting = attributes.get(&QueueAttributeName::ApproximateNumberOfMessages);
        waiting
            .and_then(|count| count.parse().ok())
            .ok_or_else(|| Error::internal("SQS returned no number of messages"))
    }

    /// Moves up to ten dead letters of `queue` back to it, and returns their number, which is 0 when none is left. Each
    /// message is sent before it is deleted, so one whose deletion fails is in both queues; workers recognize the repeat.
    ///
    /// # Errors
    /// `BUSY` when SQS does not answer or refuses a message. Messages moved before stay moved.
    pub async fn redrive_dead_letters(&self, queue: &Queue) -> Result<usize> {
        let (from, to) = (self.names.dead_letters_url(queue)?, self.names.queue_url(queue)?);
        let call = self.sqs.receive_message().queue_url(&from).max_number_of_messages(MESSAGES_MAX);
        let call = call.wait_time_seconds(WAIT_S).message_attribute_names("All");
        let messages = call.send().await.map_err(failed)?.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(0);
        }
        let send = self.sqs.send_message_batch().queue_url(to).set_entries(Some(entries(&messages)?));
        let sent = send.send().await.map_err(failed)?;
        // The receipts of those that the queue took, by the number of the message in the batch.
        let receipts: HashMap<String, &str> = (0..)
            .zip(&messages)
            .filter_map(|(number, message): (usize, _)| Some((number.to_string(), message.receipt_handle()?)))
            .collect();
        let taken = sent.successful.iter().filter_map(|taken| Some((taken.id(), *receipts.get(taken.id())?)));
        let deletions: Vec<DeleteMessageBatchRequestEntry> = taken
            .map(|(id, receipt)| {
                DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(receipt).build()
            })
            .collect::<std::result::Result<_, _>>()
            .map_err(Error::internal)?;
        let moved = deletions.len();
        if moved > 0 {
            let delete = self.sqs.delete_message_batch().queue_url(from).set_entries(Some(deletions));
            delete.send().await.map_err(failed)?;
        }
        match sent.failed.first() {
            Some(refused) => {
                let cause = format!("a dead letter was not taken: {}", refused.code);
                Err(Error::busy(BusyReason::Throttled).with_cause(cause))
            }
            None => Ok(moved),
        }
    }
}

fn entries(messages: &[Message]) -> Result<Vec<SendMessageBatchRequestEntry>> {
    let entry = |(number, message): (usize, &Message)| {
        SendMessageBatchRequestEntry::builder()
            .id(number.to_string())
            .message_body(message.body().unwrap_or_default())
            .set_message_attributes(
                message.message_attributes.clone().filter(|attributes| !attributes.is_empty()),
            )
            .build()
            .map_err(Error::internal)
    };
    messages.iter().enumerate().map(entry).collect()
}
