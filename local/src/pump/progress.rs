//! Progress of relays: how far each has read its stream.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::engine::Pulse;

/// Sequence number of the last handled record, by shard.
pub(super) type Positions = BTreeMap<String, String>;

/// Progress of a relay, for tasks that wait for it.
pub(super) struct Progress {
    /// Deployed name of the table.
    pub(super) table: String,
    /// Notifier that wakes the relay.
    pub(super) pulse: Pulse,
    handled: Mutex<Positions>,
    // Rounds are numbered from 1. A quiet round read every shard to its end.
    begun: AtomicU64,
    quiet: AtomicU64,
}

impl Progress {
    /// Creates the progress of a relay of the deployed `table` that has handled `handled`.
    pub(super) fn new(table: String, pulse: Pulse, handled: Positions) -> Self {
        Self {
            table,
            pulse,
            handled: Mutex::new(handled),
            begun: AtomicU64::new(0),
            quiet: AtomicU64::new(0),
        }
    }

    /// Returns the last handled record of each shard. The messages of these records are sent.
    pub(super) fn handled(&self) -> Positions {
        self.handled.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets `sequence` as the last handled record of `shard`.
    pub(super) fn handle(&self, shard: &str, sequence: String) {
        self.handled.lock().unwrap_or_else(PoisonError::into_inner).insert(shard.to_owned(), sequence);
    }

    /// Begins the next round and returns its number.
    pub(super) fn begin_round(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Records that the round `turn` read every shard to its end.
    pub(super) fn note_quiet(&self, turn: u64) {
        self.quiet.store(turn, Ordering::SeqCst);
    }

    /// Returns the number of the current round, or of the last one.
    pub(super) fn turn(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// Returns `true` if a round that began after `turn` found nothing to read.
    pub(super) fn quiet_since(&self, turn: u64) -> bool {
        self.quiet.load(Ordering::SeqCst) > turn
    }
}
