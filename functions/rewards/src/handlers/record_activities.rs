//! `POST /activities`: records up to 100 activities of users, for operators.

use std::collections::BTreeSet;

use axum::extract::State;
use dibs_http::{Created, IdempotencyKey, Json, Operator, Route, axum, route};
use domain::activities::{Activity, ActivityType, OutsideId, Recorded, limit};
use domain::error::FieldError;
use domain::ids::{UserId, derived, fresh};
use domain::{Code, Error, Result, Timestamp};
use futures::future::try_join;
use runtime::App;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use dibs_http::with_idempotency_record;

pub static ROUTE: Route = route!(
    /// Records one activity, or up to 100 with an outcome for each. An activity with an `activity_id` that is
    /// recorded already counts once: its repeat is a `duplicate`. A single activity is refused with
    /// `CONFLICT` or `ACTIVITY_LIMIT` where an entry of a list gets such an outcome.
    POST ["/activities"] "rewards-record-activities" record_activities,
    "Record activities of users, one or up to 100 at once",
    [ActivityLimit, OwnActivity, Conflict]
)
.bulk();

/// Maximum time in seconds that an activity may lie in the future, for clients with fast clocks. It counts
/// once its time has come.
const AHEAD_SECONDS_MAX: i64 = 5 * 60;
/// Maximum age of a reported activity, in seconds.
const LATE_SECONDS_MAX: i64 = 366 * 24 * 3600;

/// Activity to record, or a list of activities.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "ActivityRecording")]
pub enum Recording {
    /// Single activity of a user.
    One(NewActivity),
    /// List of activities, of one user or of several.
    Several(NewActivities),
}

/// Activity of a user to record, for example a friend invited or a quest cleared.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ActivityCreate")]
pub struct NewActivity {
    /// Id of the user who did it. It may not be the caller.
    pub user_id: UserId,
    /// Type of the activity, to which conditions refer.
    #[serde(rename = "type")]
    pub kind: ActivityType,
    /// Time of the activity, in UTC, at most 366 days ago and 5 minutes ahead; the present time by default.
    pub occurred_at: Option<Timestamp>,
    /// Reference to the object of the activity, for example the invited friend or the cleared quest.
    #[serde(rename = "ref")]
    pub reference: Option<OutsideId>,
    /// Id of the activity, unique for this user and type. A repeat with the same id counts once, as first
    /// recorded. Generated when absent.
    pub activity_id: Option<OutsideId>,
}

/// Activities of users to record in one request.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ActivitiesCreate")]
pub struct NewActivities {
    /// Activities in any order, 1 to 100.
    #[schemars(length(min = 1, max = 100))]
    pub activities: Vec<NewActivity>,
}

/// Outcome of recording one activity.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordedActivity {
    /// Id of the activity, as sent or generated.
    pub activity_id: OutsideId,
    /// Outcome of the recording: whether the activity counts.
    pub outcome: ActivityOutcome,
    /// False when no account has this `user_id`, as of about a second ago. The activity is recorded anyway,
    /// for a user whose account is created later or kept elsewhere. An unexpected `false` points to a wrong
    /// id.
    #[serde(default = "yes")]
    pub user_known: bool,
}

const fn yes() -> bool {
    true
}

/// Outcome of recording an activity: whether it is new and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ActivityOutcome {
    /// The activity is new and counts.
    Recorded,
    /// The same activity was recorded before and counts once.
    Duplicate,
    /// Another activity, at another time or with another `ref`, is recorded under this id and stays
    /// unchanged. Each activity needs an id of its own.
    Conflict,
    /// The user has reached the limit of activities of this type in this month, so this one does not count.
    Limit,
}

async fn record_activities(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Json { value, fingerprint }: Json<Recording>,
) -> Result<Created<Vec<RecordedActivity>>> {
    refuse_own(&value, &operator)?;
    let scope = [operator.id.as_str(), ROUTE.name];
    let id = |index: usize| match &key.0 {
        Some(key) => derived(&[scope[0], scope[1], key, &index.to_string()]),
        None => fresh(app.now(), app.entropy()),
    };
    let record = |now| {
        let (app, activities, recording) = (&app, value.activities(now, id), &value);
        async move { record(app, &activities?, recording).await }
    };
    Ok(Created(with_idempotency_record(&app, &key, &scope, &fingerprint, record).await?))
}

/// Rejects activities of the caller with `OWN_ACTIVITY`.
fn refuse_own(recording: &Recording, caller: &Operator) -> Result<()> {
    let is_own = |user: &UserId| *user == caller.id || caller.former.contains(user);
    if recording.entries().iter().any(|new| is_own(&new.user_id)) {
        let message = "You cannot record activities for yourself; let another operator or a service account \
                       do it.";
        return Err(Error::refused(Code::OwnActivity, message));
    }
    Ok(())
}

async fn record(app: &App, activities: &[Activity], recording: &Recording) -> Result<Vec<RecordedActivity>> {
    let users: BTreeSet<UserId> = activities.iter().map(|activity| activity.user_id.clone()).collect();
    let known = app.store().get_known_users_eventual(users, app.now());
    let (outcomes, known) = try_join(app.store().record_activities(activities), known).await?;
    let entries = recording.entries().iter().zip(activities);
    let recorded = entries.zip(outcomes).map(|((new, activity), outcome)| RecordedActivity {
        activity_id: activity.activity_id.clone(),
        outcome: outcome_of(new, outcome),
        user_known: known.contains(&activity.user_id),
    });
    let recorded: Vec<RecordedActivity> = recorded.collect();
    match recorded.first().filter(|_| recording.is_single()).map(|one| one.outcome) {
        Some(ActivityOutcome::Limit) => Err(limit()),
        Some(ActivityOutcome::Conflict) => Err(Error::refused(
            Code::Conflict,
            "Another activity is recorded under this activity_id; take an id of its own for each activity.",
        )),
        _ => Ok(recorded),
    }
}

/// Returns the outcome of an activity for the response. An activity sent without a time is equal to a
/// recorded one at any time.
fn outcome_of(new: &NewActivity, recorded: Option<Recorded>) -> ActivityOutcome {
    match recorded {
        Some(Recorded::New) => ActivityOutcome::Recorded,
        Some(Recorded::Known) => ActivityOutcome::Duplicate,
        Some(Recorded::OtherTime) if new.occurred_at.is_none() => ActivityOutcome::Duplicate,
        Some(Recorded::OtherTime | Recorded::OtherReference) => ActivityOutcome::Conflict,
        None => ActivityOutcome::Limit,
    }
}

impl Recording {
    const fn is_single(&self) -> bool {
        matches!(self, Self::One(_))
    }

    /// Returns the activities of the body, in either form.
    fn entries(&self) -> &[NewActivity] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => &several.activities,
        }
    }

    /// Builds the activities to record at `now`. `id` creates missing ids from the index of the activity.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` with each time that is too early or too late.
    fn activities(&self, now: Timestamp, id: impl Fn(usize) -> String) -> Result<Vec<Activity>> {
        let several = self.entries();
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
    use assertions::assert_each_eq;
    use serde_json::{Value, json};

    const NOW: &str = "2026-11-21T09:00:00Z";

    fn activities(body: Value) -> Result<Vec<Activity>> {
        let recording: Recording = serde_json::from_value(body).unwrap();
        recording.activities(NOW.parse().unwrap(), |index| format!("made-up-{index}"))
    }

    #[test]
    fn what_is_left_out_is_filled_in() {
        let one = activities(json!({"user_id": "usr_1", "type": "login"})).unwrap();
        assert_each_eq!(
            (one[0].occurred_at, NOW.parse().unwrap()),
            (one[0].activity_id.as_str(), "made-up-0")
        );
        let two = activities(json!({"activities": [
            {"user_id": "usr_1", "type": "login", "activity_id": 7},
            {"user_id": "usr_1", "type": "quest_clear", "ref": "q1", "occurred_at": "2026-11-20T09:00:00Z"},
        ]}));
        let two = two.unwrap();
        assert_each_eq!((two[0].activity_id.as_str(), "7"), (two[1].activity_id.as_str(), "made-up-1"));
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
