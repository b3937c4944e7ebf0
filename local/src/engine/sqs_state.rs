//! State of the embedded SQS: winterbaume's state under one lock, with three differences. A message that was
//! received and became visible again counts as visible, a deleted message leaves nothing behind, and a send
//! wakes waiting receivers.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use winterbaume_sqs::state::SqsError;
use winterbaume_sqs::types::{Message, MessageAttribute, MessageMoveTask, Queue};
use winterbaume_sqs::{SendMessageOutput, SqsBackend, SqsState, SqsStateView, StateViewError};

use super::change_notifier::ChangeNotifier;

/// Length of winterbaume's receipt handles: four UUIDs in a row.
const RECEIPT_HANDLE_BYTES: usize = 4 * 36;

/// Name of the message attribute with the number of messages of the chain that were handled before this one.
/// The first message of a chain does not have it.
pub(crate) const HOPS: &str = "dibs-hops";

fn number(value: u32) -> MessageAttribute {
    MessageAttribute {
        data_type: "Number".to_owned(),
        string_value: Some(value.to_string()),
        binary_value: None,
    }
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, SqsError>> + Send>>;

/// Queues of one account and region. Cheap to clone; all clones are one state.
#[derive(Clone, Default)]
pub(super) struct Queues {
    state: Arc<Mutex<SqsState>>,
    // Signals every change of any queue.
    changes: ChangeNotifier,
    // Signals messages to receive, per queue, so that a message wakes only the receivers of its queue.
    arrivals: Arc<Mutex<HashMap<String, ChangeNotifier>>>,
}

impl Queues {
    pub(super) fn changes(&self) -> &ChangeNotifier {
        &self.changes
    }

    pub(super) fn arrivals(&self, queue: &str) -> ChangeNotifier {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        arrivals.entry(queue.to_owned()).or_default().clone()
    }

    /// Returns the time until a message of the queue can be received: zero if one can be now, `None` if the
    /// queue is empty.
    pub(super) fn next_due(&self, queue: &str) -> Option<Duration> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let messages = state.queues.get(queue)?.messages.iter();
        let due =
            messages.filter_map(|message| u64::try_from(message.visible_at).ok()).map(Duration::from_millis);
        due.map(|due| due.saturating_sub(now)).min()
    }

    /// Shortens the remaining delay of every message by `by`. Messages that were received before keep their
    /// visibility timeout.
    pub(super) fn advance(&self, by: Duration) {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for queue in state.queues.values_mut() {
            for message in &mut queue.messages {
                if message.approximate_receive_count == 0 {
                    message.visible_at = message.visible_at.saturating_sub(by_ms);
                }
            }
        }
        drop(state);
        self.changes.notify();
        self.arrivals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .for_each(ChangeNotifier::notify);
    }

    fn with<T: Send + 'static>(&self, act: impl FnOnce(&mut SqsState) -> Result<T, SqsError>) -> Answer<T> {
        let outcome = act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        Box::pin(std::future::ready(outcome))
    }

    fn change<T: Send + 'static>(&self, act: impl FnOnce(&mut SqsState) -> Result<T, SqsError>) -> Answer<T> {
        let answer = self.with(act);
        self.changes.notify();
        answer
    }

    fn arrival<T: Send + 'static>(
        &self,
        queue: &str,
        act: impl FnOnce(&mut SqsState) -> Result<T, SqsError>,
    ) -> Answer<T> {
        let answer = self.change(act);
        self.arrivals(queue).notify();
        answer
    }
}

impl SqsBackend for Queues {
    fn create_queue(
        &self,
        account: String,
        region: String,
        name: String,
        attributes: HashMap<String, String>,
        tags: Option<HashMap<String, String>>,
    ) -> Answer<Queue> {
        self.with(|state| state.create_queue(&name, &region, &account, &attributes, tags.as_ref()).cloned())
    }

    fn delete_queue(&self, _: String, _: String, queue: String) -> Answer<()> {
        self.with(|state| state.delete_queue(&queue))
    }

    fn get_queue_url(&self, _: String, _: String, queue: String) -> Answer<String> {
        self.with(|state| state.get_queue_url(&queue).map(str::to_owned))
    }

    fn get_queue_attributes(&self, _: String, _: String, queue: String) -> Answer<HashMap<String, String>> {
        self.with(|state| {
            let mut attributes = state.get_queue_attributes(&queue)?;
            // Winterbaume does not count messages that were received and became visible again.
            let messages = state.queues.get(&queue).map_or(&[][..], |queue| &queue.messages);
            let visible = messages.iter().filter(|message| message.is_visible()).count();
            attributes.insert("ApproximateNumberOfMessages".to_owned(), visible.to_string());
            Ok(attributes)
        })
    }

    fn set_queue_attributes(
        &self,
        _: String,
        _: String,
        queue: String,
        attributes: HashMap<String, String>,
    ) -> Answer<()> {
        self.with(|state| state.set_queue_attributes(&queue, &attributes))
    }

    fn list_queues(&self, _: String, _: String, prefix: Option<String>) -> Answer<Vec<Queue>> {
        self.with(|state| Ok(state.list_queues(prefix.as_deref()).into_iter().cloned().collect()))
    }

    fn send_message(
        &self,
        _: String,
        _: String,
        queue: String,
        body: String,
        delay_s: Option<u32>,
        mut attributes: HashMap<String, MessageAttribute>,
        group: Option<String>,
        deduplication: Option<String>,
    ) -> Answer<SendMessageOutput> {
        // A message that a worker sends while it handles another belongs to the same chain.
        let hops = runtime::hops::hops();
        if hops > 0 {
            attributes.insert(HOPS.to_owned(), number(hops));
        }
        self.arrival(&queue, |state| {
            let (group, deduplication) = (group.as_deref(), deduplication.as_deref());
            let sent = state.send_message(&queue, &body, delay_s, attributes, group, deduplication)?;
            Ok(SendMessageOutput { message_id: sent.message_id, body_md5: sent.body_md5 })
        })
    }

    fn receive_messages(
        &self,
        _: String,
        _: String,
        queue: String,
        max: usize,
        visibility_s: Option<u32>,
    ) -> Answer<Vec<Message>> {
        self.with(|state| state.receive_message(&queue, max, visibility_s))
    }

    fn delete_message(&self, _: String, _: String, queue: String, receipt: String) -> Answer<()> {
        self.change(|state| {
            let outcome = state.delete_message(&queue, &receipt);
            // Winterbaume keeps the handles of deleted messages, so that a second delete succeeds. They are
            // dropped here, because the length of a handle is enough to recognize it.
            if let Some(queue) = state.queues.get_mut(&queue) {
                queue.deleted_handles.clear();
            }
            match outcome {
                Err(SqsError::InvalidReceiptHandle { .. }) if receipt.len() == RECEIPT_HANDLE_BYTES => Ok(()),
                outcome => outcome,
            }
        })
    }

    fn purge_queue(&self, _: String, _: String, queue: String) -> Answer<()> {
        self.change(|state| state.purge_queue(&queue))
    }

    fn change_message_visibility(
        &self,
        _: String,
        _: String,
        queue: String,
        receipt: String,
        visibility_s: u32,
    ) -> Answer<()> {
        self.arrival(&queue, |state| state.change_message_visibility(&queue, &receipt, visibility_s))
    }

    fn change_message_visibility_batch(
        &self,
        _: String,
        _: String,
        queue: String,
        entries: Vec<(String, String, u32)>,
    ) -> Answer<Vec<String>> {
        self.arrival(&queue, |state| state.change_message_visibility_batch(&queue, &entries))
    }

    fn list_queue_tags(&self, _: String, _: String, queue: String) -> Answer<HashMap<String, String>> {
        self.with(|state| state.list_queue_tags(&queue))
    }

    fn tag_queue(&self, _: String, _: String, queue: String, tags: HashMap<String, String>) -> Answer<()> {
        self.with(|state| state.tag_queue(&queue, &tags))
    }

    fn untag_queue(&self, _: String, _: String, queue: String, keys: Vec<String>) -> Answer<()> {
        self.with(|state| state.untag_queue(&queue, &keys))
    }

    fn add_permission(
        &self,
        _: String,
        _: String,
        queue: String,
        label: String,
        accounts: Vec<String>,
        actions: Vec<String>,
    ) -> Answer<()> {
        self.with(|state| state.add_permission(&queue, &label, accounts, actions))
    }

    fn remove_permission(&self, _: String, _: String, queue: String, label: String) -> Answer<()> {
        self.with(|state| state.remove_permission(&queue, &label))
    }

    fn list_dead_letter_source_queues(&self, _: String, _: String, queue: String) -> Answer<Vec<String>> {
        self.with(|state| state.list_dead_letter_source_queues(&queue))
    }

    fn start_message_move_task(
        &self,
        _: String,
        _: String,
        source: String,
        destination: Option<String>,
        per_second_max: Option<i32>,
    ) -> Answer<String> {
        self.with(|state| state.start_message_move_task(&source, destination.as_deref(), per_second_max))
    }

    fn cancel_message_move_task(&self, _: String, _: String, task: String) -> Answer<i64> {
        self.with(|state| state.cancel_message_move_task(&task))
    }

    fn list_message_move_tasks(&self, _: String, _: String, source: String) -> Answer<Vec<MessageMoveTask>> {
        self.with(|state| Ok(state.list_message_move_tasks(&source).into_iter().cloned().collect()))
    }

    fn scopes_with_state(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn snapshot(&self, _: String, _: String) -> Pin<Box<dyn Future<Output = SqsStateView> + Send>> {
        let view = SqsStateView::from(&*self.state.lock().unwrap_or_else(PoisonError::into_inner));
        Box::pin(std::future::ready(view))
    }

    fn restore(
        &self,
        _: String,
        _: String,
        view: SqsStateView,
    ) -> Pin<Box<dyn Future<Output = Result<(), StateViewError>> + Send>> {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = SqsState::from(view);
        Box::pin(std::future::ready(Ok(())))
    }

    // No view is ever merged into a running state, and a view holds no messages. Merging therefore equals
    // restoring.
    fn merge(
        &self,
        account: String,
        region: String,
        view: SqsStateView,
    ) -> Pin<Box<dyn Future<Output = Result<(), StateViewError>> + Send>> {
        self.restore(account, region, view)
    }
}
