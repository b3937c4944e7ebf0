//! Injected bugs: a condition that always holds, or a write or message that is dropped. They are applied
//! between the SDK and the database, so that the shipped code stays unchanged. The checkers must detect each
//! of them.

mod accounts;
mod concerts;
mod deals;
mod rewards;

use local::engine::connector::Call;

pub use accounts::ACCOUNTS;
pub use concerts::CONCERTS;
pub use deals::DEALS;
pub use rewards::REWARDS;

/// A way to break the product.
#[derive(Debug, PartialEq, Eq)]
pub struct Sabotage {
    /// Name of the bug.
    pub name: &'static str,
    /// Operation that it changes. `SendMessageBatch` for a queue.
    operation: &'static str,
    /// Text that the request must contain.
    about: &'static str,
    /// Text to replace in the request, and its replacement. If the first is empty, the request is dropped.
    change: (&'static str, &'static str),
    /// Seed that detects the bug, to try first.
    pub seed: Option<u64>,
}

const fn always(
    name: &'static str,
    operation: &'static str,
    about: &'static str,
    condition: &'static str,
    tautology: &'static str,
) -> Sabotage {
    Sabotage { name, operation, about, change: (condition, tautology), seed: None }
}

const fn swallowed(name: &'static str, operation: &'static str, about: &'static str) -> Sabotage {
    Sabotage { name, operation, about, change: ("", ""), seed: None }
}

/// Every way to break the product.
pub fn all() -> impl Iterator<Item = &'static Sabotage> {
    [REWARDS, CONCERTS, DEALS, ACCOUNTS].into_iter().flatten()
}

/// Effect of a bug on a request.
pub enum Spoiled {
    /// The request is executed, changed or not.
    Goes(Call),
    /// The request gets a success, and is not executed.
    Swallowed,
}

impl Sabotage {
    /// Returns the bug with a seed that detects it.
    const fn seen_by(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Returns the effect of the bug on `call`.
    pub fn spoil(&self, call: &Call) -> Spoiled {
        let text = String::from_utf8_lossy(&call.body);
        if !call.target.ends_with(self.operation) || !text.contains(self.about) {
            return Spoiled::Goes(call.clone());
        }
        let (from, to) = self.change;
        if from.is_empty() {
            return Spoiled::Swallowed;
        }
        Spoiled::Goes(Call { target: call.target.clone(), body: text.replace(from, to).into() })
    }
}
