//! Deliveries of the fake fulfilment service.

use std::collections::{HashMap, VecDeque};

use domain::Timestamp;
use integrations::FulfilmentRequest;
use serde::{Deserialize, Serialize};

/// Maximum number of deliveries kept. The oldest ones are dropped, and a key is forgotten with its last
/// delivery.
pub const DELIVERIES_MAX: usize = 10_000;

/// Delivery or repeat of a delivery by the fake fulfilment service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Request of the call, with its `grant_id` as the idempotency key.
    #[serde(flatten)]
    pub request: FulfilmentRequest,
    /// Reference of the delivery, which is the same for every call with the same idempotency key.
    pub reference: String,
    /// `true` if the idempotency key was used before, so that nothing new was delivered.
    pub repeated: bool,
    /// Request id of the call, as in dibs's log.
    pub request_id: String,
    /// Time at which the call was handled, in UTC.
    pub at: Timestamp,
}

/// Reason of a refused delivery.
pub(super) enum Refused {
    /// The idempotency key was used before with a different request.
    KeyReused,
}

/// Deliveries in the order of their calls, with the first request of each idempotency key.
#[derive(Default)]
pub(super) struct Ledger {
    deliveries: VecDeque<Delivery>,
    keys: HashMap<String, Known>,
}

struct Known {
    request: FulfilmentRequest,
    deliveries: usize,
}

impl Ledger {
    /// Delivers what `request` asks for, unless a call with the same idempotency key did. Returns the
    /// reference of the delivery in both cases.
    ///
    /// # Errors
    /// Returns [`Refused::KeyReused`] if the key was used with a different request.
    pub fn deliver(
        &mut self,
        request: FulfilmentRequest,
        request_id: &str,
        at: Timestamp,
    ) -> Result<String, Refused> {
        let key = request.grant_id.clone();
        let known = self.keys.get(&key);
        if known.is_some_and(|known| known.request != request) {
            return Err(Refused::KeyReused);
        }
        let repeated = known.is_some();
        // Derived from the key, so that a dropped key gets the same reference again.
        let reference = format!("ful_{}", domain::ids::derived(&["standin fulfilment", &key]));

        self.keys
            .entry(key)
            .or_insert_with(|| Known { request: request.clone(), deliveries: 0 })
            .deliveries += 1;
        let request_id = request_id.to_owned();
        self.deliveries.push_back(Delivery {
            request,
            reference: reference.clone(),
            repeated,
            request_id,
            at,
        });
        if self.deliveries.len() > DELIVERIES_MAX {
            self.forget();
        }
        Ok(reference)
    }

    /// Returns `true` if a delivery for the grant id `grant` is kept.
    pub fn knows(&self, grant: &str) -> bool {
        self.keys.contains_key(grant)
    }

    /// Returns all kept deliveries, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.deliveries.iter().cloned().collect()
    }

    fn forget(&mut self) {
        let Some(oldest) = self.deliveries.pop_front() else { return };
        let key = oldest.request.grant_id;
        if let Some(known) = self.keys.get_mut(&key) {
            known.deliveries -= 1;
            if known.deliveries == 0 {
                self.keys.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use assertions::assert_each_eq;
    use serde_json::json;

    use super::*;

    fn request(grant: &str, amount: u32) -> FulfilmentRequest {
        serde_json::from_value(json!({
            "grant_id": grant, "claim_id": "c", "user_id": "usr_1", "campaign_id": "cmp_1",
            "reward": {"amount": amount},
        }))
        .unwrap()
    }

    fn now() -> Timestamp {
        Timestamp::from_millis(0)
    }

    #[test]
    fn a_key_is_handed_out_once_and_means_one_thing() {
        let mut ledger = Ledger::default();
        let first = ledger.deliver(request("g1", 5), "r1", now()).ok();
        let second = ledger.deliver(request("g1", 5), "r2", now()).ok();
        assert!(first.is_some() && first == second);
        assert!(ledger.deliver(request("g1", 6), "r3", now()).is_err());
        assert_eq!(ledger.deliveries().iter().map(|one| one.repeated).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn memory_is_bounded_and_references_outlive_it() {
        let mut ledger = Ledger::default();
        let first = ledger.deliver(request("g0", 1), "r", now()).ok();
        ledger.deliver(request("g0", 1), "r", now()).ok();
        for n in 1..DELIVERIES_MAX {
            ledger.deliver(request(&format!("g{n}"), 1), "r", now()).ok();
        }
        // One of the two deliveries of g0 is dropped, but the other one keeps the key.
        assert_each_eq!((ledger.deliveries.len(), DELIVERIES_MAX), (ledger.keys.len(), DELIVERIES_MAX));
        assert!(ledger.deliver(request("g0", 2), "r", now()).is_err());
        for n in 0..DELIVERIES_MAX {
            ledger.deliver(request(&format!("h{n}"), 1), "r", now()).ok();
        }
        assert_each_eq!((ledger.deliveries.len(), DELIVERIES_MAX), (ledger.keys.len(), DELIVERIES_MAX));
        assert_eq!(ledger.deliver(request("g0", 1), "r", now()).ok(), first);
    }
}
