//! Settings of the fakes: faults, qualified users, and the outcome of payments.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::ids::UserId;
use integrations::ConditionRequest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

/// Maximum delay of a response, in milliseconds.
pub const DELAY_MS_MAX: u64 = 60_000;
/// Maximum delay of a callback, in milliseconds. It exceeds the hold of an order.
pub const CALLBACK_DELAY_MS_MAX: u64 = 600_000;
/// Maximum number of callbacks per payment.
pub const CALLBACKS_MAX: u32 = 10;

/// Prefixes of check names that qualify every user if no rule names the check. Other checks without a rule
/// qualify nobody.
const GENEROUS: [&str; 2] = ["yes", "vip"];

/// Faults of one service. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Delay of the response, in milliseconds. The work is done before the delay.
    pub delay_ms: u64,
    /// Responds with an error and does no work.
    pub fail: Option<Fail>,
    /// Handles each call twice, and responds with the second result.
    pub twice: bool,
    /// Does the work, and responds with 200 and half of a JSON text.
    pub malformed: bool,
    /// Sends no response.
    pub drop: Option<Dropping>,
    /// Fulfilment service only: states that a grant which it has not made will never be made.
    pub deny: bool,
}

/// Error response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    /// HTTP status, 400 to 599.
    pub status: u16,
    /// Number of calls that fail. `None` lets all calls fail.
    #[serde(default)]
    pub times: Option<u32>,
}

/// Ways to send no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dropping {
    /// Closes the connection and does no work: the request is lost.
    Close,
    /// Does the work and closes the connection: the response is lost.
    Lost,
    /// Does no work, and closes the connection after a minute.
    Silent,
}

/// Faults that apply to one call.
pub(super) struct Interference {
    pub delay: Duration,
    pub status: Option<u16>,
    pub drop: Option<Dropping>,
    pub malformed: bool,
    pub twice: bool,
    pub deny: bool,
}

impl Faults {
    /// Validates the ranges of the fields. The error names the first invalid field.
    pub fn check(&self) -> Result<(), String> {
        if self.delay_ms > DELAY_MS_MAX {
            return Err(format!("delay_ms must be at most {DELAY_MS_MAX}"));
        }
        match self.fail {
            Some(Fail { status, .. }) if !(400..=599).contains(&status) => {
                Err("fail.status must be from 400 to 599".to_owned())
            }
            Some(Fail { times: Some(0), .. }) => Err("fail.times must be at least 1".to_owned()),
            _ => Ok(()),
        }
    }

    /// Returns the faults of the next call. A failing call decrements [`Fail::times`].
    pub(super) fn next(&mut self) -> Interference {
        // A call that is never received cannot fail as well, and does not decrement the count.
        let arrives = !matches!(self.drop, Some(Dropping::Close | Dropping::Silent));
        let failing = self.fail.filter(|_| arrives);
        if let Some(Fail { status, times: Some(times) }) = failing {
            let times = times.saturating_sub(1);
            self.fail = (times > 0).then_some(Fail { status, times: Some(times) });
        }
        Interference {
            delay: Duration::from_millis(self.delay_ms),
            status: failing.map(|fail| fail.status),
            drop: self.drop,
            malformed: self.malformed && failing.is_none(),
            twice: self.twice,
            deny: self.deny,
        }
    }
}

/// Settings of the condition service: its faults and the qualified users. The JSON form is one object with
/// the fields of both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ConditionSettings {
    /// Faults of the condition service.
    #[serde(flatten)]
    pub faults: Faults,
    /// Qualified users by check name. A check without an entry qualifies every user if its name begins with
    /// `yes` or `vip`, and otherwise nobody.
    pub qualified: BTreeMap<String, BTreeSet<UserId>>,
}

impl ConditionSettings {
    /// Validates the ranges of the fields. The error names the first invalid field.
    pub fn check(&self) -> Result<(), String> {
        self.faults.check()
    }

    pub(super) fn qualifies(&self, request: &ConditionRequest) -> bool {
        match self.qualified.get(&request.check) {
            Some(users) => users.contains(&request.user_id),
            None => GENEROUS.iter().any(|start| request.check.starts_with(start)),
        }
    }
}

impl<'de> Deserialize<'de> for ConditionSettings {
    /// Written by hand, because serde's `flatten` would accept unknown fields.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let qualified = taken(&mut fields, "qualified", BTreeMap::new())?;
        Ok(Self { qualified, faults: rest(fields)? })
    }
}

/// Settings of the payment provider: its faults and the outcome of payments. The JSON form is one object with
/// the fields of both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProviderSettings {
    /// Faults of the response to a payment request.
    #[serde(flatten)]
    pub faults: Faults,
    /// Declines every payment, and reports this in the callback.
    pub decline: bool,
    /// Number of callbacks per payment. With 0, no callback is sent.
    pub callbacks: u32,
    /// Delay between the payment request and the callback, in milliseconds.
    pub callback_delay_ms: u64,
}

impl Default for ProviderSettings {
    /// Returns settings with which payments succeed and are reported once, at once.
    fn default() -> Self {
        Self { faults: Faults::default(), decline: false, callbacks: 1, callback_delay_ms: 0 }
    }
}

impl ProviderSettings {
    /// Validates the ranges of the fields. The error names the first invalid field.
    pub fn check(&self) -> Result<(), String> {
        if self.callbacks > CALLBACKS_MAX {
            return Err(format!("callbacks must be at most {CALLBACKS_MAX}"));
        }
        if self.callback_delay_ms > CALLBACK_DELAY_MS_MAX {
            return Err(format!("callback_delay_ms must be at most {CALLBACK_DELAY_MS_MAX}"));
        }
        self.faults.check()
    }
}

impl<'de> Deserialize<'de> for ProviderSettings {
    /// Written by hand, because serde's `flatten` would accept unknown fields.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let usual = Self::default();
        Ok(Self {
            decline: taken(&mut fields, "decline", usual.decline)?,
            callbacks: taken(&mut fields, "callbacks", usual.callbacks)?,
            callback_delay_ms: taken(&mut fields, "callback_delay_ms", usual.callback_delay_ms)?,
            faults: rest(fields)?,
        })
    }
}

/// Removes the field `name` from `fields` and returns its value, or `usual` if it is missing.
fn taken<T: DeserializeOwned, E: de::Error>(
    fields: &mut Map<String, Value>,
    name: &str,
    usual: T,
) -> Result<T, E> {
    fields.remove(name).map_or(Ok(usual), |value| serde_json::from_value(value).map_err(E::custom))
}

/// Parses the remaining fields as faults.
fn rest<E: de::Error>(fields: Map<String, Value>) -> Result<Faults, E> {
    serde_json::from_value(Value::Object(fields)).map_err(E::custom)
}
