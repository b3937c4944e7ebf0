//! Polling of the queues, in batches of up to ten messages as Lambda does it. Handled messages are deleted,
//! failed ones become visible again after their visibility timeout.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName, QueueAttributeName,
};
use domain::Result;
use runtime::Worker;
use runtime::hops::{HOPS_MAX, lineage};
use store::schema::Queue;
use tokio::task::JoinSet;

use super::{POLL, REST, SharedContext, spawn_isolated};
use crate::engine::{ChangeNotifier, HOPS, failed};

/// Maximum number of messages per batch.
const MESSAGES_MAX: i32 = 10;

/// Number of batches of one queue that are handled concurrently.
const CONCURRENCY: usize = 2;

/// Ratio of a queue's visibility timeout to the timeout of its function, as deployed.
const VISIBILITY_PER_TIMEOUT: u32 = 6;

/// Number of messages in a queue, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Depth {
    pub(super) visible: u64,
    pub(super) in_flight: u64,
    pub(super) delayed: u64,
}

impl Depth {
    /// Reads the number of messages from SQS. The embedded SQS counts exactly, others approximately.
    pub(super) async fn of(shared: &SharedContext, url: &str) -> Result<Self> {
        let call = shared.engines.sqs_client.get_queue_attributes().queue_url(url);
        let call = call.attribute_names(QueueAttributeName::All);
        let attributes = call.send().await.map_err(failed)?.attributes.unwrap_or_default();
        let read = |name| attributes.get(&name).and_then(|count| count.parse().ok()).unwrap_or(0);
        Ok(Self {
            visible: read(QueueAttributeName::ApproximateNumberOfMessages),
            in_flight: read(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
            delayed: read(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
        })
    }

    pub(super) fn all(self) -> u64 {
        self.visible + self.in_flight + self.delayed
    }
}

/// Starts tasks that poll `queue` and call `worker` until the emulator stops.
///
/// # Errors
/// Fails if the queue was not created.
pub(super) fn spawn(
    tasks: &mut JoinSet<()>,
    shared: &Arc<SharedContext>,
    worker: &'static Worker,
    queue: &'static Queue,
) -> Result<()> {
    let name = shared.deployed.name(queue.name);
    let arrivals = shared.engines.sqs.as_ref().map(|sqs| sqs.arrivals(&name)).unwrap_or_default();
    for _ in 0..CONCURRENCY {
        let poller = Poller {
            shared: shared.clone(),
            worker,
            name: name.clone(),
            url: shared.deployed.queue_url(queue)?.to_owned(),
            timeout: Duration::from_secs((queue.visibility_s / VISIBILITY_PER_TIMEOUT).max(1).into()),
        };
        tasks.spawn(poller.run(arrivals.clone()));
    }
    Ok(())
}

struct Poller {
    shared: Arc<SharedContext>,
    worker: &'static Worker,
    name: String,
    url: String,
    timeout: Duration,
}

impl Poller {
    async fn run(self, arrivals: ChangeNotifier) {
        let mut listener = arrivals.listen();
        while !self.shared.stopping() {
            match self.turn().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, cause = ?error.cause(), queue = self.url, "queue not polled");
                    tokio::time::sleep(POLL).await;
                    continue;
                }
            }
            tokio::select! {
                () = listener.changed_within(self.idle()) => {}
                () = self.shared.stopped() => {}
            }
        }
    }

    // Returns how long to wait for a signal before the next poll. The end of a delay or of a visibility
    // timeout is not signaled, but the embedded SQS knows its time.
    fn idle(&self) -> Duration {
        let Some(sqs) = &self.shared.engines.sqs else { return POLL };
        sqs.next_due(&self.name).map_or(REST, |due| REST.min(due + Duration::from_millis(1)))
    }

    // Receives and handles one batch of messages. Returns `false` if the queue had none to receive.
    async fn turn(&self) -> Result<bool> {
        let sqs = &self.shared.engines.sqs_client;
        let call = sqs.receive_message().queue_url(&self.url).max_number_of_messages(MESSAGES_MAX);
        let call = call.message_system_attribute_names(MessageSystemAttributeName::All);
        let call = call.message_attribute_names(HOPS);
        let messages = call.send().await.map_err(failed)?.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(false);
        }
        let (messages, dropped): (Vec<_>, Vec<_>) =
            messages.into_iter().partition(|message| hops(message) < HOPS_MAX);
        self.drop_chains(dropped).await?;
        if messages.is_empty() {
            return Ok(true);
        }
        let receipts: Vec<_> = messages
            .iter()
            .map(|message| (message.message_id.clone().unwrap_or_default(), message.receipt_handle.clone()))
            .collect();
        let failures = self.call(messages).await;
        let known: HashSet<_> = receipts.iter().map(|(id, _)| id.as_str()).collect();
        // Lambda treats a response with an unknown message id as a failure of the whole batch.
        let Some(failures) = failures.filter(|ids| ids.iter().all(|id| known.contains(id.as_str()))) else {
            return Ok(true);
        };
        let mut done = sqs.delete_message_batch().queue_url(&self.url);
        let mut any = false;
        for (index, (id, receipt)) in receipts.iter().enumerate() {
            if !failures.contains(id) {
                let entry = DeleteMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .set_receipt_handle(receipt.clone())
                    .build()
                    .map_err(failed)?;
                done = done.entries(entry);
                any = true;
            }
        }
        if any {
            done.send().await.map_err(failed)?;
        }
        Ok(true)
    }

    // Drops messages of chains that Lambda would end as a recursive loop.
    async fn drop_chains(&self, dropped: Vec<Message>) -> Result<()> {
        for message in dropped {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
            tracing::error!(
                worker = self.worker.name,
                queue = self.name,
                hops = hops(&message),
                body = message.body,
                "message dropped: its chain is too long, and Lambda would stop it here"
            );
            let delete = self.shared.engines.sqs_client.delete_message().queue_url(&self.url);
            delete.set_receipt_handle(message.receipt_handle).send().await.map_err(failed)?;
        }
        Ok(())
    }

    // Calls the worker with `messages`. Returns the ids of the failed ones, or `None` if the whole batch
    // failed by a timeout or a panic.
    async fn call(&self, messages: Vec<Message>) -> Option<HashSet<String>> {
        let (worker, app, timeout) = (self.worker, self.shared.app.clone(), self.timeout);
        let mut event = SqsEvent::default();
        event.records = messages.into_iter().map(lambda).collect();
        let call =
            spawn_isolated(
                async move { tokio::time::timeout(timeout, worker.handle_sqs(&app, event)).await },
            );
        match call.await {
            Ok(Ok(response)) => Some(
                response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect(),
            ),
            Ok(Err(_)) => {
                tracing::warn!(worker = worker.name, "timed out after {timeout:?}");
                None
            }
            Err(error) => {
                tracing::error!(worker = worker.name, %error, "ended without an answer");
                None
            }
        }
    }
}

// Returns the number of messages of the chain that were handled before `message`.
fn hops(message: &Message) -> u32 {
    let hops = message.message_attributes.as_ref().and_then(|attributes| attributes.get(HOPS));
    hops.and_then(|hops| hops.string_value()?.parse().ok()).unwrap_or(0)
}

fn lambda(from: Message) -> SqsMessage {
    let (trace_header, lineage) = lineage(hops(&from));
    let mut message = SqsMessage::default();
    message.message_id = from.message_id;
    message.receipt_handle = from.receipt_handle;
    message.body = from.body;
    message.md5_of_body = from.md5_of_body;
    let attributes = from.attributes.unwrap_or_default();
    message.attributes =
        attributes.into_iter().map(|(name, value)| (name.as_str().to_owned(), value)).collect();
    message.attributes.insert(trace_header, lineage);
    message.event_source = Some("aws:sqs".to_owned());
    message
}
