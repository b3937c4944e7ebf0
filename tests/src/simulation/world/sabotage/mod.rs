//! Sabotages: bugs that are injected into the product, such as a condition that always holds, or a write or
//! message that is dropped. They are applied between the SDK and the database, so that the shipped code stays
//! unchanged. The checkers must detect each of them.

mod accounts;
mod concerts;
mod deals;
mod rewards;

use local::engine::connector::Call;

pub use accounts::ACCOUNTS;
pub use concerts::CONCERTS;
pub use deals::DEALS;
pub use rewards::REWARDS;

/// Bug that can be injected into the product.
#[derive(Debug, PartialEq, Eq)]
pub struct Sabotage {
    /// Name of the bug.
    pub name: &'static str,
    /// Operation whose requests the bug changes, such as `UpdateItem`. `SendMessageBatch` for a queue.
    operation: &'static str,
    /// Text that a request must contain to be changed.
    about: &'static str,
    /// Text in the request, and the text that replaces it. If the first is empty, the request is dropped.
    change: (&'static str, &'static str),
    /// Seed that detects the bug, which tests try first.
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

/// Returns every bug that can be injected.
pub fn all() -> impl Iterator<Item = &'static Sabotage> {
    [REWARDS, CONCERTS, DEALS, ACCOUNTS].into_iter().flatten()
}

/// Request after a bug was applied to it.
pub enum Spoiled {
    /// The request is executed, whether or not the bug changed it.
    Goes(Call),
    /// The request is not executed, but its response says that it was.
    Swallowed,
}

impl Sabotage {
    /// Returns the bug with a seed whose run detects it.
    const fn seen_by(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Applies the bug to `call`.
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
