//! History of every seat, as the database stores it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::concerts::{SeatBlock, SeatState};
use serde_json::Value;

use super::writes::{Written, texts};

/// Recorder of the history of all seats.
#[derive(Default)]
pub struct Seats(Mutex<History>);

/// States of all seats, and how they changed.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Seats of each block as they are now, by the block's key.
    pub now: BTreeMap<String, SeatBlock>,
    /// Changes of seats, in the order of the writes.
    pub changes: Vec<Change>,
}

/// Change of the state of one seat.
#[derive(Clone, Debug)]
pub struct Change {
    /// Time of the change, in milliseconds of the run.
    pub at_ms: u64,
    /// Number of the write. Changes with the same number were written together.
    pub write: usize,
    /// Concert and day of the seat, as in the key of a seat block.
    pub hall: String,
    /// Index of the seat in the layout.
    pub index: u32,
    /// State before the change. `None` if the seat was free.
    pub before: Option<SeatState>,
    /// State after the change. `None` if the seat is free.
    pub after: Option<SeatState>,
}

/// Returns concert and day in `pk`, the key of a seat block. `None` for any other key.
pub fn hall_of(pk: &str) -> Option<&str> {
    Some(pk.strip_prefix("SEATS#")?.rsplit_once('#')?.0)
}

/// Parses an item as a seat block.
pub fn block(item: &Value) -> SeatBlock {
    texts(item).filter_map(|(name, text)| Some((name.parse().ok()?, SeatState::parse(text)?))).collect()
}

impl Seats {
    /// Returns the history so far.
    pub fn history(&self) -> History {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records the changes of all seat blocks that one write touched.
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
