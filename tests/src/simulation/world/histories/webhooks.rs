//! History of the events of webhooks: the time at which each was stored for its webhook.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::writes::Written;

/// Recorder of the times at which events of webhooks were stored.
#[derive(Default)]
pub struct Webhooks(Mutex<BTreeMap<(String, String), u64>>);

impl Webhooks {
    /// Records the write of an item. Later writes of the same event do not count.
    pub fn written(&self, at_ms: u64, Written { pk, sk, .. }: &Written) {
        if pk.starts_with("LANE#") && sk.starts_with("EVENT#") {
            let mut stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            stored.entry((pk.clone(), sk.clone())).or_insert(at_ms);
        }
    }

    /// Returns the time of the first write of each event, in milliseconds of the run, by partition and sort key.
    pub fn stored(&self) -> BTreeMap<(String, String), u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
