//! History of every seat, as the database stores it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::concerts::{SeatBlock, SeatState};
use serde_json::Value;

use super::writes::{Written, texts};

/// Histories of all seats.
#[derive(Default)]
pub struct Seats(Mutex<History>);

/// History of the seats.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Present state of the seats of each block, by the block's key.
    pub now: BTreeMap<String, SeatBlock>,
    /// Changes of seats, in order.
    pub changes: Vec<Change>,
}

/// Change of a seat.
#[derive(Clone, Debug)]
pub struct Change {
    /// Time of the change, in milliseconds of the run.
    pub at_ms: u64,
    /// Number of the write. Changes of one write happened together.
    pub write: usize,
    /// Concert and day of the seat.
    pub hall: String,
    /// Index of the seat in the layout.
    pub index: u32,
    /// State before the change.
    pub before: Option<SeatState>,
    /// State after the change.
    pub after: Option<SeatState>,
}

/// Returns the concert and the day of the block with the key `pk`.
pub fn hall_of(pk: &str) -> Option<&str> {
    Some(pk.strip_prefix("SEATS#")?.rsplit_once('#')?.0)
}

/// Parses the seats of a block.
pub fn block(item: &Value) -> SeatBlock {
    texts(item).filter_map(|(name, text)| Some((name.parse().ok()?, SeatState::parse(text)?))).collect()
}

impl Seats {
    /// Returns the history so far.
    pub fn history(&self) -> History {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records one write of all these items.
    pub fn written(&self, at_ms: u64, items: &[Written]) {
        let mut history = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let write = history.changes.len();
        for Written { pk, item, .. } in items {
            let Some(hall) = hall_of(pk) else { continue };
            let after = block(item);
            let before = history.now.insert(pk.clone(), after.clone()).unwrap_or_default();
            let mut seats: Vec<u32> = before.keys().chain(after.keys()).copied().collect();
            seats.sort_unstable();
            seats.dedup();
            for index in seats {
                let (before, after) = (before.get(&index).cloned(), after.get(&index).cloned());
                if before != after {
                    let hall = hall.to_owned();
                    history.changes.push(Change { at_ms, write, hall, index, before, after });
                }
            }
        }
    }
}
