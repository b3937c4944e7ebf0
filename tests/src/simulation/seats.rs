//! What stood for every seat, moment by moment, as the database knew it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::concerts::{Block, Mark};
use serde_json::Value;

use super::watch::{Written, texts};

/// The history of every seat.
#[derive(Default)]
pub struct Seats(Mutex<History>);

/// What happened to seats.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What stands for the seats of each block now, by the block's key.
    pub now: BTreeMap<String, Block>,
    /// What changed, in order.
    pub changes: Vec<Change>,
}

/// Something else stands for a seat.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub at_ms: u64,
    /// By which write: those of one happened together.
    pub write: usize,
    /// Of which concert on which day.
    pub hall: String,
    /// For which seat.
    pub index: u32,
    /// What stood there.
    pub before: Option<Mark>,
    /// What stands there now.
    pub after: Option<Mark>,
}

/// Concert and day of the block that is kept under `pk`.
pub fn hall_of(pk: &str) -> Option<&str> {
    Some(pk.strip_prefix("SEATS#")?.rsplit_once('#')?.0)
}

/// What stands for the seats of a block.
pub fn block(item: &Value) -> Block {
    texts(item).filter_map(|(name, text)| Some((name.parse().ok()?, Mark::parse(text)?))).collect()
}

impl Seats {
    /// Everything that happened so far.
    pub fn history(&self) -> History {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One write was carried out, of all these items.
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
