//! History of the heads of audited items, write by write.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::writes::Written;

/// Recorder of the chains of all audited items.
#[derive(Default)]
pub struct Chains(Mutex<History>);

/// Heads that the items had, and steps that no chain may take.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Numbers and hashes of each chain's entries, by the key of the item. The entries of a ledger are one chain.
    pub chains: BTreeMap<String, Vec<(u64, String)>>,
    /// Forbidden steps.
    pub violations: Vec<String>,
}

impl Chains {
    /// Returns the history so far.
    pub fn history(&self) -> History {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records the head of an item that a write touched.
    pub fn written(&self, Written { pk, sk, item }: &Written) {
        let is_ledger = sk.starts_with("ENTRY#");
        let name = if is_ledger { pk.clone() } else { format!("{pk}/{sk}") };
        let mut history = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((number, hash)) = head(item) else {
            if history.chains.contains_key(&name) {
                history.violations.push(format!("{name} has lost the head of its chain"));
            }
            return;
        };
        let chain = history.chains.entry(name.clone()).or_default();
        match chain.last() {
            Some((last, known)) if *last == number && *known == hash => {}
            // A repeat of a transaction that wrote two entries touches both again.
            Some(_) if is_ledger && chain.contains(&(number, hash.clone())) => {}
            // The first version of an item begins its chain.
            None => chain.push((number, hash)),
            Some((last, _)) if number == last + 1 => chain.push((number, hash)),
            Some((last, _)) => {
                let problem = format!("the chain of {name} goes from entry {last} to {number}");
                history.violations.push(problem);
            }
        }
    }
}

/// Returns number and hash of an item's head, if it has one.
fn head(item: &Value) -> Option<(u64, String)> {
    let head = &item["trail"]["M"];
    let hash = STANDARD.decode(head["h"]["B"].as_str()?).ok()?;
    Some((head["n"]["N"].as_str()?.parse().ok()?, hex::encode(hash)))
}
