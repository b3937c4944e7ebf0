//! Trace of a run: a hash that all runs of one seed share, the number of injected faults, and optionally a
//! line per event.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::faults::Fault;
use super::prng::mix;

/// Collector of events and faults.
pub struct Trace {
    inner: Mutex<Inner>,
    /// Whether each event is printed when it happens.
    verbose: bool,
}

#[derive(Default)]
struct Inner {
    hash: u64,
    events: u64,
    faults: BTreeMap<Fault, u64>,
}

impl Trace {
    /// Creates an empty trace, which prints its events if `verbose`.
    pub fn new(verbose: bool) -> Self {
        Self { inner: Mutex::default(), verbose }
    }

    /// Records an event at `at_ms`, in milliseconds of the run. `who` names the actor or the function
    /// instance.
    pub fn event(&self, at_ms: u64, who: &str, what: impl Display) {
        let what = what.to_string();
        if self.verbose {
            eprintln!("{at_ms:>8} {who:<12} {what}");
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.events += 1;
        inner.hash = mix(inner.hash ^ at_ms);
        for word in [text(who), text(&what)] {
            inner.hash = mix(inner.hash.rotate_left(5) ^ word);
        }
    }

    /// Records an injected fault.
    pub fn fault(&self, fault: Fault) {
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner).faults.entry(fault).or_default() += 1;
    }

    /// Returns the hash of all events so far.
    pub fn hash(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).hash
    }

    /// Returns the number of injected faults, by kind.
    pub fn faults(&self) -> BTreeMap<Fault, u64> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).faults.clone()
    }
}

fn text(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Returns a hash of a JSON value that ignores the order of its members. The SDK keeps attributes in maps
/// whose order differs from run to run.
pub fn canonical(value: &Value) -> u64 {
    match value {
        Value::Object(fields) => fields.iter().fold(1, |sum, (name, value)| {
            mix(text(name) ^ canonical(value).rotate_left(17)).wrapping_add(sum)
        }),
        Value::Array(values) => {
            values.iter().fold(2, |hash: u64, value| mix(hash.rotate_left(7) ^ canonical(value)))
        }
        other => text(&other.to_string()),
    }
}
