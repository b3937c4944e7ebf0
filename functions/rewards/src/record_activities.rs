//! POST /activities

use axum::extract::State;
use domain::activities::{Activity, ActivityType, OutsideId, Recorded, limit};
use domain::error::FieldError;
use domain::ids::{UserId, derived, fresh};
use domain::{Error, Result as DomainResult, Timestamp};
use edge::{App, Created, IdempotencyKey, Json, Operator, Result, Route, axum, route};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use edge::once;

/// The route.
pub static ROUTE: Route = route!(
    POST ["/activities"] "rewards-record-activities" record_activities,
    "Record what users did, one or up to 100 at once",
    [ActivityLimit]
)
.bulk();

/// How far ahead of ours the clock of whoever reports may be. What lies ahead counts when its time has come.
const AHEAD_SECONDS_MAX: i64 = 5 * 60;
/// How late an activity may be reported.
const LATE_SECONDS_MAX: i64 = 366 * 24 * 3600;

/// One activity, or several.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Recording {
    /// One.
    One(NewActivity),
    /// Several.
    Several(NewActivities),
}

/// Something that a user did.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewActivity {
    /// Who did it.
    pub user_id: UserId,
    /// What kind of thing it was.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// When it happened: at most 366 days ago, and no more than 5 minutes ahead; now when absent.
    pub occurred_at: Option<Timestamp>,
    /// What it was done to: the friend invited, the quest cleared.
    #[serde(rename = "ref")]
    pub reference: Option<OutsideId>,
    /// Names this one activity of the user and type: the same one counts once. Made up when absent.
    pub activity_id: Option<OutsideId>,
}

/// Things that users did.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewActivities {
    /// In any order.
    #[schemars(length(min = 1, max = 100))]
    pub activities: Vec<NewActivity>,
}

/// What became of an activity.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordedActivity {
    /// Which it is.
    pub activity_id: OutsideId,
    /// What became of it.
    pub outcome: Outcome,
}

/// What can become of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Outcome {
    /// It was new, and counts.
    Recorded,
    /// It was known, and counts once.
    Duplicate,
    /// The user has too many of this type in this month; it does not count.
    Limit,
}

async fn record_activities(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Json { value, fingerprint }: Json<Recording>,
) -> Result<Created<Vec<RecordedActivity>>> {
    let scope = [operator.id.as_str(), ROUTE.name];
    let id = |index: usize| match &key.0 {
        Some(key) => derived(&[scope[0], scope[1], key, &index.to_string()]),
        None => fresh(app.now(), app.chance()),
    };
    let record = |now| {
        let (app, activities, single) = (&app, value.activities(now, id), value.is_single());
        async move { record(app, &activities?, single).await }
    };
    Ok(Created(once(&app, &key, &scope, &fingerprint, record).await?))
}

async fn record(app: &App, activities: &[Activity], single: bool) -> DomainResult<Vec<RecordedActivity>> {
    let outcomes = app.store().record_activities(activities).await?;
    if single && outcomes.contains(&None) {
        return Err(limit());
    }
    let recorded = |(activity, outcome): (&Activity, Option<Recorded>)| RecordedActivity {
        activity_id: activity.activity_id.clone(),
        outcome: match outcome {
            Some(Recorded::New) => Outcome::Recorded,
            Some(Recorded::Earlier | Recorded::Known) => Outcome::Duplicate,
            None => Outcome::Limit,
        },
    };
    Ok(activities.iter().zip(outcomes).map(recorded).collect())
}

impl Recording {
    const fn is_single(&self) -> bool {
        matches!(self, Self::One(_))
    }

    /// What is to be recorded at `now`; `id` makes the ids that were left out, by place.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` with every time that is too early or too late.
    fn activities(&self, now: Timestamp, id: impl Fn(usize) -> String) -> DomainResult<Vec<Activity>> {
        let several = match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => &several.activities,
        };
        let mut activities = Vec::with_capacity(several.len());
        let mut faults = Vec::new();
        for (index, new) in several.iter().enumerate() {
            let occurred_at = new.occurred_at.unwrap_or(now);
            if let Some(fault) = fault_of(occurred_at, now) {
                let at = if self.is_single() { String::new() } else { format!("activities[{index}].") };
                faults.push(FieldError::new(format!("{at}occurred_at"), fault));
            }
            let made_up =
                || OutsideId::parse(&id(index)).ok_or_else(|| Error::internal("a made up id is none"));
            activities.push(Activity {
                user_id: new.user_id.clone(),
                kind: new.kind.clone(),
                occurred_at,
                reference: new.reference.clone(),
                activity_id: new.activity_id.clone().map_or_else(made_up, Ok)?,
            });
        }
        if faults.is_empty() { Ok(activities) } else { Err(Error::invalid(faults)) }
    }
}

fn fault_of(occurred_at: Timestamp, now: Timestamp) -> Option<&'static str> {
    if occurred_at > now.plus_seconds(AHEAD_SECONDS_MAX) {
        Some("must not be more than 5 minutes in the future")
    } else if occurred_at < now.plus_seconds(-LATE_SECONDS_MAX) {
        Some("must not be more than 366 days ago")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: &str = "2026-11-21T09:00:00Z";

    fn activities(body: Value) -> DomainResult<Vec<Activity>> {
        let recording: Recording = serde_json::from_value(body).unwrap();
        recording.activities(NOW.parse().unwrap(), |index| format!("made-up-{index}"))
    }

    #[test]
    fn what_is_left_out_is_filled_in() {
        let one = activities(json!({"user_id": "usr_1", "type": "login"})).unwrap();
        assert_eq!((one[0].occurred_at, one[0].activity_id.as_str()), (NOW.parse().unwrap(), "made-up-0"));
        let two = activities(json!({"activities": [
            {"user_id": "usr_1", "type": "login", "activity_id": 7},
            {"user_id": "usr_1", "type": "quest_clear", "ref": "q1", "occurred_at": "2026-11-20T09:00:00Z"},
        ]}));
        let two = two.unwrap();
        assert_eq!((two[0].activity_id.as_str(), two[1].activity_id.as_str()), ("7", "made-up-1"));
        assert_eq!(two[1].reference, OutsideId::parse("q1"));
    }

    #[test]
    fn every_time_out_of_bounds_is_named() {
        let at = |time: &str| json!({"user_id": "usr_1", "type": "login", "occurred_at": time});
        for fine in ["2026-11-21T09:05:00Z", "2025-11-20T09:00:00Z"] {
            assert!(activities(at(fine)).is_ok(), "{fine}");
        }
        let several =
            json!({"activities": [at(NOW), at("2026-11-21T09:05:00.001Z"), at("2025-11-20T08:59:59.999Z")]});
        let details = activities(several).unwrap_err().details.unwrap();
        let fields: Vec<&str> =
            details.as_array().unwrap().iter().filter_map(|one| one["field"].as_str()).collect();
        assert_eq!(fields, ["activities[1].occurred_at", "activities[2].occurred_at"]);
        let single = activities(at("2030-01-01T00:00:00Z")).unwrap_err().details.unwrap();
        assert_eq!(single[0]["field"], "occurred_at");
    }
}
