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
/// Maximum delay of a callback, in milliseconds: twice the default hold of an order.
pub const CALLBACK_DELAY_MS_MAX: u64 = 600_000;
/// Maximum number of callbacks per payment.
pub const CALLBACKS_MAX: u32 = 10;

/// Beginnings of check names that qualify every user while no rule names the check. Other checks without a
/// rule qualify nobody.
const GENEROUS: [&str; 2] = ["yes", "vip"];

/// Faults of one fake service. The default has no fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Delay of the response in milliseconds, after the work is done.
    pub delay_ms: u64,
    /// Error response in place of the work. `None` lets calls succeed.
    pub fail: Option<Fail>,
    /// Whether each call is handled twice, and the second result is the response.
    pub twice: bool,
    /// Whether the work is done, but the response is 200 with an incomplete JSON text.
    pub malformed: bool,
    /// Way in which the response is withheld. `None` sends the response.
    pub drop: Option<Dropping>,
    /// Whether the fulfilment service answers that a grant which it has not made will never be made. Other
    /// services ignore it.
    pub deny: bool,
}

/// Error response in place of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    /// HTTP status of the response, 400 to 599.
    pub status: u16,
    /// Number of further calls that fail. `None` lets all calls fail.
    #[serde(default)]
    pub times: Option<u32>,
}

/// Way in which a response is withheld.
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

/// Faults that apply to one call, taken from [`Faults`].
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
        // A call that is never received cannot fail as well, so it does not decrement the count.
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
    /// Ids of the users who qualify, by check name. A check without an entry qualifies every user if its name
    /// begins with `yes` or `vip`, and otherwise nobody.
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
    /// Deserialization is written by hand, because serde's `flatten` would accept unknown fields.
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
    /// Faults of the responses to payment requests.
    #[serde(flatten)]
    pub faults: Faults,
    /// Whether every payment is declined. The callback reports this.
    pub decline: bool,
    /// Number of callbacks for each payment, at most [`CALLBACKS_MAX`].
    pub callbacks: u32,
    /// Time between the payment request and its first callback, in milliseconds.
    pub callback_delay_ms: u64,
}

impl Default for ProviderSettings {
    /// Returns settings with which every payment succeeds and is reported once, without a delay.
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
    /// Deserialization is written by hand, because serde's `flatten` would accept unknown fields.
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

/// Parses the fields that are left as faults.
fn rest<E: de::Error>(fields: Map<String, Value>) -> Result<Faults, E> {
    serde_json::from_value(Value::Object(fields)).map_err(E::custom)
}
