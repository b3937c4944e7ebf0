//! Sabotages: bugs that are injected into the product, such as a condition that always holds, or a write or
//! message that is dropped. They are applied between the SDK and the database, so that the shipped code stays
//! unchanged. The checkers must detect each of them.

mod accounts;
mod analytics;
mod audit;
mod concerts;
mod deals;
mod notifications;
mod rewards;
mod webhooks;

use local::engine::connector::Call;

use super::theme::Theme;

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
    /// Text that one of the violations must contain. Any violation will do if it is empty.
    violation: &'static str,
}

/// Bugs of the product that can be injected into the runs of one domain.
pub struct Domain {
    /// Name of the domain.
    pub name: &'static str,
    /// Function that tells whether the domain takes part in a run.
    pub takes_part: fn(&Theme) -> bool,
    /// Bugs of the domain.
    pub sabotages: &'static [Sabotage],
}

/// All domains with the bugs that can be injected into them.
pub static DOMAINS: [Domain; 8] = [
    Domain { name: "rewards", takes_part: |theme| theme.rewards, sabotages: rewards::REWARDS },
    Domain { name: "concerts", takes_part: |theme| theme.concerts, sabotages: concerts::CONCERTS },
    Domain { name: "deals", takes_part: |theme| theme.deals, sabotages: deals::DEALS },
    Domain { name: "accounts", takes_part: |theme| theme.accounts, sabotages: accounts::ACCOUNTS },
    Domain { name: "audit", takes_part: |theme| theme.rewards, sabotages: audit::AUDIT },
    Domain {
        name: "notifications",
        takes_part: |theme| theme.rewards,
        sabotages: notifications::NOTIFICATIONS,
    },
    Domain { name: "webhooks", takes_part: |_| true, sabotages: webhooks::WEBHOOKS },
    Domain { name: "analytics", takes_part: |theme| theme.deals, sabotages: analytics::ANALYTICS },
];

const fn always(
    name: &'static str,
    operation: &'static str,
    about: &'static str,
    condition: &'static str,
    tautology: &'static str,
) -> Sabotage {
    Sabotage { name, operation, about, change: (condition, tautology), seed: None, violation: "" }
}

const fn dropped(name: &'static str, operation: &'static str, about: &'static str) -> Sabotage {
    Sabotage { name, operation, about, change: ("", ""), seed: None, violation: "" }
}

/// Returns every bug that can be injected, with its domain.
pub fn all() -> impl Iterator<Item = (&'static Domain, &'static Sabotage)> {
    DOMAINS.iter().flat_map(|domain| domain.sabotages.iter().map(move |sabotage| (domain, sabotage)))
}

/// Request after a bug was applied to it.
pub enum Corrupted {
    /// The request is executed, whether or not the bug changed it.
    Executed(Call),
    /// The request is not executed, but its response says that it was.
    Dropped,
}

impl Sabotage {
    /// Returns the bug with a seed whose run detects it.
    const fn seen_by(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Returns the bug, detected only by a violation that contains `text`.
    const fn violates(self, text: &'static str) -> Self {
        Self { violation: text, ..self }
    }

    /// Returns the first of the violations that detects the bug.
    pub fn detected_by<'a>(&self, violations: &'a [String]) -> Option<&'a String> {
        violations.iter().find(|violation| violation.contains(self.violation))
    }

    /// Applies the bug to `call`.
    pub fn corrupt(&self, call: &Call) -> Corrupted {
        let text = String::from_utf8_lossy(&call.body);
        if !call.target.ends_with(self.operation) || !text.contains(self.about) {
            return Corrupted::Executed(call.clone());
        }
        let (from, to) = self.change;
        if from.is_empty() {
            return Corrupted::Dropped;
        }
        Corrupted::Executed(Call { target: call.target.clone(), body: text.replace(from, to).into() })
    }
}
