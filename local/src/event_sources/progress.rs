//! Progress of the relays: how far each of them has read its table's stream.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::engine::ChangeNotifier;

/// Sequence number of the last handled stream record of each shard, by shard id.
pub(super) type Positions = BTreeMap<String, String>;

/// Progress of a relay, shared with the tasks that save it or wait for it.
pub(super) struct Progress {
    /// Deployed name of the table.
    pub(super) table: String,
    /// Notifier that wakes the relay to read its stream.
    pub(super) notifier: ChangeNotifier,
    handled: Mutex<Positions>,
    // Numbers of the last round that began and of the last quiet one, from 1. A quiet round read every shard
    // to its end.
    begun: AtomicU64,
    quiet: AtomicU64,
}

impl Progress {
    /// Creates the progress of a relay of the deployed `table`, which starts after the positions `handled`.
    pub(super) fn new(table: String, notifier: ChangeNotifier, handled: Positions) -> Self {
        Self {
            table,
            notifier,
            handled: Mutex::new(handled),
            begun: AtomicU64::new(0),
            quiet: AtomicU64::new(0),
        }
    }

    /// Returns the position of each shard up to which all records are handled and their messages sent.
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

    /// Records that the round with the number `turn` read every shard to its end.
    pub(super) fn note_quiet(&self, turn: u64) {
        self.quiet.store(turn, Ordering::SeqCst);
    }

    /// Returns the number of the round that began last.
    pub(super) fn turn(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// Returns `true` if a round with a higher number than `turn` read every shard to its end.
    pub(super) fn quiet_since(&self, turn: u64) -> bool {
        self.quiet.load(Ordering::SeqCst) > turn
    }
}
