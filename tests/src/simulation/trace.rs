//! What happened in a run: a hash that two runs of one seed must share, how often each fault fired, and, when
//! asked for, a line for everything.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::dice::mix;
use super::faults::Fault;

/// Collects what happened.
pub struct Trace {
    inner: Mutex<Inner>,
    /// Whether lines are printed as they come.
    loud: bool,
}

#[derive(Default)]
struct Inner {
    hash: u64,
    events: u64,
    faults: BTreeMap<Fault, u64>,
}

impl Trace {
    /// An empty trace; a loud one prints what it collects.
    pub fn new(loud: bool) -> Self {
        Self { inner: Mutex::default(), loud }
    }

    /// Something happened at `at_ms`.
    pub fn event(&self, at_ms: u64, who: &str, what: impl Display) {
        let what = what.to_string();
        if self.loud {
            eprintln!("{at_ms:>8} {who:<12} {what}");
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.events += 1;
        inner.hash = mix(inner.hash ^ at_ms);
        for word in [text(who), text(&what)] {
            inner.hash = mix(inner.hash.rotate_left(5) ^ word);
        }
    }

    /// A fault fired.
    pub fn fault(&self, fault: Fault) {
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner).faults.entry(fault).or_default() += 1;
    }

    /// The hash of everything so far.
    pub fn hash(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).hash
    }

    /// How often each fault fired.
    pub fn faults(&self) -> BTreeMap<Fault, u64> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).faults.clone()
    }
}

fn text(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A number for a JSON value in which the order of an object's fields does not count: the SDK keeps
/// attributes in maps whose order differs from run to run.
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
