//! Relay that passes the records of one table's stream to its worker. It starts at the checkpoint, keeps the
//! order of the records, and retries a failed batch until it succeeds, as Lambda does.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_sdk_dynamodbstreams::types::{Record, ShardIteratorType};
use domain::{Error, Result};
use runtime::Worker;
use store::schema::Table;

use super::checkpoint::Checkpoints;
use super::progress::Progress;
use super::{POLL, REST, SharedContext, record, spawn_isolated};
use crate::engine::{Listener, failed};

/// Maximum number of records per batch: Lambda's default for streams.
const RECORDS_MAX: i32 = 100;

/// Maximum duration of a call of the worker, equal to the timeout of a deployed function.
const BATCH_MAX: Duration = Duration::from_secs(60);

/// Pause before the first retry of a failed batch. It doubles with each further retry, up to `RETRY_LAST`.
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_LAST: Duration = Duration::from_secs(5);

pub(super) struct Relay {
    shared: Arc<SharedContext>,
    worker: &'static Worker,
    progress: Arc<Progress>,
    stream: String,
    shards: Vec<Shard>,
    // Whether a shard has ended since the shards were last listed. Its children must then be listed.
    ended: bool,
    listener: Listener,
}

struct Shard {
    id: String,
    parent: Option<String>,
    iterator: Option<String>,
    finished: bool,
}

impl Relay {
    /// Opens the stream of `table` for `worker`, at the last checkpoint.
    ///
    /// # Errors
    /// Fails if the table has no stream, or its checkpoint cannot be read.
    pub(super) async fn open(
        shared: Arc<SharedContext>,
        worker: &'static Worker,
        table: &'static Table,
        checkpoints: &Checkpoints,
    ) -> Result<Self> {
        let name = shared.deployed.name(table.name);
        let described =
            shared.engines.dynamo_client.describe_table().table_name(&name).send().await.map_err(failed)?;
        let stream = described.table.and_then(|table| table.latest_stream_arn);
        let stream = stream.ok_or_else(|| Error::internal(format!("the table {name} has no stream")))?;
        let notifier =
            shared.engines.dynamo.as_ref().map(|dynamo| dynamo.changes().clone()).unwrap_or_default();
        let listener = notifier.listen();
        let handled = checkpoints.load(&name).await?;
        let progress = Progress::new(name, notifier, handled);
        Ok(Self {
            shared,
            worker,
            progress: Arc::new(progress),
            stream,
            shards: Vec::new(),
            ended: false,
            listener,
        })
    }

    pub(super) fn progress(&self) -> Arc<Progress> {
        self.progress.clone()
    }

    /// Passes records to the worker until the emulator stops.
    pub(super) async fn run(mut self) {
        let shared = self.shared.clone();
        let idle = if shared.engines.dynamo.is_some() { REST } else { POLL };
        while !shared.stopping() {
            let turn = self.progress.begin_round();
            match self.turn().await {
                Ok(true) => continue,
                Ok(false) => self.progress.note_quiet(turn),
                Err(error) => {
                    tracing::warn!(%error, cause = ?error.cause(), table = self.progress.table, "stream not read");
                    self.shards.clear();
                    tokio::time::sleep(POLL).await;
                    continue;
                }
            }
            tokio::select! {
                () = self.listener.changed_within(idle) => {}
                () = shared.stopped() => {}
            }
        }
    }

    // Reads every shard once whose parent is finished. Returns `true` if one of them had records or ended.
    async fn turn(&mut self) -> Result<bool> {
        if self.ended || self.shards.iter().all(|shard| shard.finished) {
            self.discover().await?;
            self.ended = false;
        }
        let mut moved = false;
        for index in 0..self.shards.len() {
            let shard = &self.shards[index];
            let waits = shard
                .parent
                .as_ref()
                .is_some_and(|parent| self.shards.iter().any(|other| other.id == *parent && !other.finished));
            if !shard.finished && !waits {
                moved |= self.read(index).await?;
            }
        }
        Ok(moved)
    }

    async fn discover(&mut self) -> Result<()> {
        let mut after = None;
        loop {
            let call = self.shared.engines.streams_client.describe_stream().stream_arn(&self.stream);
            let call = call.set_exclusive_start_shard_id(after.take());
            let described = call.send().await.map_err(failed)?.stream_description;
            let Some(described) = described else { return Ok(()) };
            for found in described.shards.unwrap_or_default() {
                let Some(id) = found.shard_id else { continue };
                if self.shards.iter().all(|shard| shard.id != id) {
                    self.shards.push(Shard {
                        id,
                        parent: found.parent_shard_id,
                        iterator: None,
                        finished: false,
                    });
                }
            }
            after = described.last_evaluated_shard_id;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn read(&mut self, index: usize) -> Result<bool> {
        let iterator = match self.shards[index].iterator.take() {
            Some(iterator) => iterator,
            None => self.iterator(&self.shards[index].id).await?,
        };
        let call =
            self.shared.engines.streams_client.get_records().shard_iterator(iterator).limit(RECORDS_MAX);
        let found = call.send().await.map_err(failed)?;
        let records = found.records.unwrap_or_default();
        let moved = !records.is_empty();
        if moved && !self.hand_over(index, records).await {
            return Ok(false);
        }
        let shard = &mut self.shards[index];
        shard.iterator = found.next_shard_iterator;
        shard.finished = shard.iterator.is_none();
        self.ended |= shard.finished;
        Ok(moved || self.ended)
    }

    async fn iterator(&self, shard: &str) -> Result<String> {
        let handled = self.progress.handled().remove(shard);
        let client = &self.shared.engines.streams_client;
        let begin = |kind| {
            client.get_shard_iterator().stream_arn(&self.stream).shard_id(shard).shard_iterator_type(kind)
        };
        let found = match handled {
            None => begin(ShardIteratorType::TrimHorizon).send().await,
            Some(handled) => {
                let call = begin(ShardIteratorType::AfterSequenceNumber).sequence_number(handled);
                match call.send().await {
                    Err(error)
                        if error
                            .as_service_error()
                            .is_some_and(|error| error.is_trimmed_data_access_exception()) =>
                    {
                        begin(ShardIteratorType::TrimHorizon).send().await
                    }
                    found => found,
                }
            }
        };
        let iterator = found.map_err(failed)?.shard_iterator;
        iterator.ok_or_else(|| Error::internal(format!("the shard {shard} has no iterator")))
    }

    // Calls the worker with `records` until it succeeds. Returns `false` if the emulator stopped before.
    async fn hand_over(&mut self, index: usize, records: Vec<Record>) -> bool {
        let last = records.last().and_then(|record| record.dynamodb()?.sequence_number()).map(str::to_owned);
        let records: Vec<_> =
            records.into_iter().map(|record| record::lambda(record, &self.stream)).collect();
        let mut wait = RETRY_FIRST;
        let shard = self.shards[index].id.clone();
        while !self.call(shard.clone(), records.clone()).await {
            tokio::select! {
                () = tokio::time::sleep(wait) => wait = (wait * 2).min(RETRY_LAST),
                () = self.shared.stopped() => return false,
            }
        }
        if let Some(last) = last {
            self.progress.handle(&self.shards[index].id, last);
        }
        true
    }

    async fn call(&self, shard: String, records: Vec<EventRecord>) -> bool {
        let (worker, app) = (self.worker, self.shared.app.clone());
        let call = spawn_isolated(async move {
            let mut event = Event::default();
            event.records = records;
            tokio::time::timeout(BATCH_MAX, worker.handle_shard(&app, Some(shard), event)).await
        });
        match call.await {
            Ok(Ok(outcome)) => outcome.is_ok(),
            Ok(Err(_)) => {
                tracing::warn!(worker = worker.name, "timed out after {BATCH_MAX:?}");
                false
            }
            Err(error) => {
                tracing::error!(worker = worker.name, %error, "ended without an answer");
                false
            }
        }
    }
}
