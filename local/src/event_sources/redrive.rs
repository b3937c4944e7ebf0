//! Redrive: sending dead letters back to their queue.

use domain::Result;
use store::schema::Queue;

use crate::engine::{Deployed, Engines, failed};

/// Moves all messages from the dead-letter queue of `queue` back to `queue`, and returns their number. Each
/// message is sent before it is deleted, so that a crash in between leaves it in both queues; consumers
/// recognize the repeat.
///
/// # Errors
/// Fails if a call to SQS fails. Messages moved before the failure stay moved.
pub async fn redrive(engines: &Engines, deployed: &Deployed, queue: &Queue) -> Result<usize> {
    let (from, to) = (deployed.dead_letter_url(queue)?, deployed.queue_url(queue)?);
    let sqs = &engines.sqs_client;
    let mut moved = 0;
    loop {
        let call =
            sqs.receive_message().queue_url(from).max_number_of_messages(10).message_attribute_names("All");
        let messages = call.send().await.map_err(failed)?.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(moved);
        }
        for message in messages {
            let attributes = message.message_attributes.filter(|attributes| !attributes.is_empty());
            let send = sqs.send_message().queue_url(to).set_message_body(message.body);
            send.set_message_attributes(attributes).send().await.map_err(failed)?;
            let delete = sqs.delete_message().queue_url(from).set_receipt_handle(message.receipt_handle);
            delete.send().await.map_err(failed)?;
            moved += 1;
        }
    }
}
