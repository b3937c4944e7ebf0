//! Helpers for campaigns, rewards and claims.

use domain::Timestamp;
use serde_json::{Value, json};

use super::{Caller, TestApp};

/// Number of seconds in a day.
const DAY: i64 = 24 * 60 * 60;

impl TestApp {
    /// Returns the time `days` days ago.
    pub fn days_ago(&self, days: i64) -> Timestamp {
        self.now().plus_seconds(-days * DAY)
    }

    /// Creates an active campaign from 30 days ago to 30 days from now, and returns its id. `fields` replace
    /// the default request fields. An end in the past is set by an update, because the API creates no ended
    /// active campaign.
    pub async fn campaign(&self, fields: Value) -> String {
        let usual = json!({
            "name": "an event", "status": "active",
            "starts_at": self.days_ago(30), "ends_at": self.days_ago(-30),
        });
        self.pass_millis(1);
        let mut body = merged(usual, fields);
        let ends_at: Option<Timestamp> = body["ends_at"].as_str().and_then(|text| text.parse().ok());
        let over = ends_at.filter(|ends_at| *ends_at <= self.now() && body["status"] == "active");
        if over.is_some() {
            body["ends_at"] = json!(self.days_ago(-30));
        }
        let id = id_of(self.operator().post("/events", body).await.expect(201));
        if let Some(ends_at) = over {
            let change = json!({ "ends_at": ends_at });
            self.operator().patch(&format!("/events/{id}"), change).await.expect(200);
        }
        id
    }

    /// Creates a reward of `kind` (`point`, `item`, `coupon`, `badge`), and returns its id.
    pub async fn reward(&self, kind: &str, fields: Value) -> String {
        let body = merged(json!({"name": format!("a {kind}")}), fields);
        self.pass_millis(1);
        id_of(self.operator().post(&format!("/rewards/{kind}"), body).await.expect(201))
    }

    /// Creates a reward of this many points.
    pub async fn points(&self, points: u32) -> String {
        self.reward("point", json!({"points": points})).await
    }

    /// Creates a coupon with a pool of these codes.
    pub async fn pool(&self, codes: &[&str]) -> String {
        let reward = self.reward("coupon", json!({"pool": true, "expected_codes": 8})).await;
        let added = self.operator().post(&format!("/rewards/{reward}/codes"), json!({"codes": codes})).await;
        assert_eq!(added.expect(201)["added"], codes.len());
        reward
    }

    /// Attaches `reward` to `campaign` on these terms. A `valid_until` in the past is set by an update,
    /// because the API does not accept it here.
    pub async fn offer(&self, campaign: &str, reward: &str, terms: Value) {
        let mut body = merged(json!({"reward_id": reward}), terms);
        let until: Option<Timestamp> = body["valid_until"].as_str().and_then(|text| text.parse().ok());
        let over = until.filter(|until| *until <= self.now());
        if over.is_some() {
            body["valid_until"] = serde_json::Value::Null;
        }
        let path = format!("/events/{campaign}/rewards");
        self.operator().post(&path, body).await.expect(201);
        if let Some(until) = over {
            let change = json!({ "valid_until": until });
            self.operator().patch(&format!("{path}/{reward}"), change).await.expect(200);
        }
    }

    /// Creates a campaign with `condition` that gives 10 points, and returns the ids of campaign and reward.
    pub async fn event(&self, condition: Value) -> (String, String) {
        self.event_with(json!({"condition": condition}), json!({})).await
    }

    /// Creates a campaign with `fields` that gives 10 points on `terms`, and returns the ids of campaign and
    /// reward.
    pub async fn event_with(&self, fields: Value, terms: Value) -> (String, String) {
        let (campaign, reward) = (self.campaign(fields).await, self.points(10).await);
        self.offer(&campaign, &reward, terms).await;
        (campaign, reward)
    }

    /// Records an activity of `user`. `fields` are added to the `user_id` and the `type` of the request.
    pub async fn activity(&self, user: &Caller, kind: &str, fields: Value) {
        let body = merged(json!({"user_id": user.id(), "type": kind}), fields);
        self.operator().post("/activities", body).await.expect(201);
    }

    /// Returns the request of `user` in `campaign` as an auditor sees it, after all due work is done.
    pub async fn request(&self, user: &Caller, campaign: &str) -> Value {
        self.settle().await;
        self.auditor().get(&format!("/events/requests/{}:{campaign}", user.id())).await.expect(200)
    }
}

impl Caller {
    /// Prepares a request that claims `reward` of `campaign`.
    pub fn claim(&self, campaign: &str, reward: &str) -> super::Call {
        self.call("POST", &format!("/events/{campaign}/requests/{reward}"))
    }

    /// Prepares a request that claims all rewards of `campaign`.
    pub fn claim_all(&self, campaign: &str) -> super::Call {
        self.call("POST", &format!("/events/{campaign}/requests"))
    }
}

/// Returns `usual` with `fields` replaced. A null removes the field.
pub(super) fn merged(mut usual: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().expect("fields are an object") {
        if value.is_null() {
            usual.as_object_mut().expect("an object").remove(name);
        } else {
            usual[name] = value.clone();
        }
    }
    usual
}

pub(super) fn id_of(created: Value) -> String {
    created["id"].as_str().expect("what is created has an id").to_owned()
}
