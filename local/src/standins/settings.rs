//! What the stand-ins are told: faults, who qualifies, and how payments go.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::ids::UserId;
use parties::ConditionRequest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

/// The longest delay, in milliseconds.
pub const DELAY_MS_MAX: u64 = 60_000;
/// The longest delay of a callback, in milliseconds: no order waits for so long.
pub const CALLBACK_DELAY_MS_MAX: u64 = 600_000;
/// The most callbacks for one payment.
pub const CALLBACKS_MAX: u32 = 10;

/// Checks that qualify everybody begin with one of these, unless a rule names them; no other check qualifies
/// anybody.
const GENEROUS: [&str; 2] = ["yes", "vip"];

/// The faults of one service. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Answers come this late; the work is done before.
    pub delay_ms: u64,
    /// Answers with an error instead of working.
    pub fail: Option<Fail>,
    /// Handles each call twice, and gives the second answer.
    pub twice: bool,
    /// Works, and answers 200 with half of a JSON text.
    pub malformed: bool,
    /// Gives no answer.
    pub drop: Option<Dropping>,
    /// Only of the fulfilment service: it says of a grant that it has not made that it never will.
    pub deny: bool,
}

/// An error to answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    /// 400 to 599.
    pub status: u16,
    /// For so many calls; left out, for all.
    #[serde(default)]
    pub times: Option<u32>,
}

/// Ways to give no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dropping {
    /// Closes the connection and does nothing: the call is lost.
    Close,
    /// Works, and closes the connection: the answer is lost.
    Lost,
    /// Does nothing, and says nothing for a minute.
    Silent,
}

/// What gets in the way of one call.
pub(super) struct Interference {
    pub delay: Duration,
    pub status: Option<u16>,
    pub drop: Option<Dropping>,
    pub malformed: bool,
    pub twice: bool,
    pub deny: bool,
}

impl Faults {
    /// Names the first field that is out of range.
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

    /// What happens to the call that comes now; one that fails uses up one of the times.
    pub(super) fn next(&mut self) -> Interference {
        // A call that never arrives cannot fail as well, and leaves the count alone.
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

/// The faults of the condition service, and who qualifies for what. As JSON one object with the fields of
/// both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ConditionSettings {
    /// Its faults.
    #[serde(flatten)]
    pub faults: Faults,
    /// For each check that is named, exactly the users that qualify. A check that is not named qualifies
    /// everybody when its name begins with `yes` or `vip`, and else nobody.
    pub qualified: BTreeMap<String, BTreeSet<UserId>>,
}

impl ConditionSettings {
    /// Names the first field that is out of range.
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
    /// By hand, since serde's `flatten` would let unknown fields pass.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let qualified = taken(&mut fields, "qualified", BTreeMap::new())?;
        Ok(Self { qualified, faults: rest(fields)? })
    }
}

/// The faults of the payment provider, and how payments go. As JSON one object with the fields of both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProviderSettings {
    /// Its faults, when it is asked to take money.
    #[serde(flatten)]
    pub faults: Faults,
    /// It cannot take the money, and says so in its callback.
    pub decline: bool,
    /// How often it calls back for each payment; with 0 it is silent.
    pub callbacks: u32,
    /// How long after it was asked it calls back.
    pub callback_delay_ms: u64,
}

impl Default for ProviderSettings {
    /// Payments succeed, and are told of once, at once.
    fn default() -> Self {
        Self { faults: Faults::default(), decline: false, callbacks: 1, callback_delay_ms: 0 }
    }
}

impl ProviderSettings {
    /// Names the first field that is out of range.
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
    /// By hand, like the others.
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

/// The field `name`, taken out of `fields`, or what is usual.
fn taken<T: DeserializeOwned, E: de::Error>(
    fields: &mut Map<String, Value>,
    name: &str,
    usual: T,
) -> Result<T, E> {
    fields.remove(name).map_or(Ok(usual), |value| serde_json::from_value(value).map_err(E::custom))
}

/// The faults that the other fields say.
fn rest<E: de::Error>(fields: Map<String, Value>) -> Result<Faults, E> {
    serde_json::from_value(Value::Object(fields)).map_err(E::custom)
}
