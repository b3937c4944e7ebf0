//! Staff of rewards: operators who review, record activities, add codes, pause campaigns and raise limits.
//! Also the users who register.

use domain::accounts::{Account, Email, InviteCode, Name, PasswordHash, Person, Role};
use domain::ids::UserId;
use serde_json::{Value, json};
use store::Registered;

use crate::simulation::records::claims::Decided;
use crate::simulation::setup::rewards::Asks;
use crate::simulation::setup::{operator, user};
use crate::simulation::workload::Workload;
use crate::simulation::world::faults::Fault;
use crate::simulation::world::{Answer, Request, get, lambda};

/// Number of times that the user whom the fulfilment service always refuses claims a reward.
const DISPUTES: usize = 5;

impl Workload {
    /// Runs a reviewer who decides claims, sometimes twice, and sometimes several together.
    pub async fn reviewer(self, number: usize, steps: usize) {
        let prng = &self.world.core.env.prng;
        for step in 0..steps {
            tokio::time::sleep(prng.millis(2_000, 25_000)).await;
            let campaign = prng.pick(&self.rewards.campaigns()).clone();
            let only = *prng.pick(&["&status=in_review", "&status=in_review", "&status=failed", ""]);
            let path = format!("/events/requests?event_id={campaign}&limit=50{only}");
            let listed = self.world.send(get(&path, &operator(number), Role::Operator)).await;
            let seen: Vec<Value> = listed.data().as_array().cloned().unwrap_or_default();
            if seen.is_empty() {
                continue;
            }
            let action = if prng.permille(650) { "approve" } else { "reject" };
            // A repeated decision with the same reason changes nothing.
            let is_new = prng.permille(800);
            let reason = if is_new { format!("by {number}, {step}") } else { format!("by {number}") };
            let decision = json!({"action": action, "reason": reason});
            let one = prng.pick(&seen).clone();
            let failed: Vec<Value> = failed_lines(&one);
            match prng.below(10) {
                0..=2 => {
                    let ids: Vec<&Value> = seen.iter().map(|claim| &claim["id"]).collect();
                    self.decide_many(number, &decision, json!(ids), None).await;
                }
                3..=4 => {
                    let ids = json!([{"id": one["id"], "version": one["version"]}]);
                    let version = one["version"].as_u64().filter(|_| is_new);
                    self.decide_many(number, &decision, ids, version).await;
                }
                5..=7 if !failed.is_empty() => {
                    let mut decision = decision;
                    decision["lines"] = json!(failed);
                    self.decide_one(number, &decision, &one).await;
                }
                _ => self.decide_one(number, &decision, &one).await,
            }
        }
    }

    /// Runs a user whom the fulfilment service always refuses and who requests the reward again each time,
    /// and the staff who approve each request. One line item thus gets many decisions.
    pub async fn stubborn(self) {
        let prng = &self.world.core.env.prng;
        let me = self.rewards.users[0].clone();
        let Some(offer) = self.rewards.offers.iter().rfind(|offer| offer.asks == Asks::Activity) else {
            return;
        };
        self.world.core.outside.deny(me.as_str());
        tokio::time::sleep(prng.millis(2_000, 6_000)).await;
        for round in 0..DISPUTES {
            self.claim(&me, &offer.campaign, Some(&offer.reward)).await;
            tokio::time::sleep(prng.millis(1_000, 3_000)).await;
            let id = format!("{me}:{}", offer.campaign);
            let there = get(&format!("/events/requests/{id}"), &operator(0), Role::Operator);
            if self.world.send(there).await.status() != 200 {
                continue;
            }
            let lines = json!([{"reward_id": offer.reward, "number": 1}]);
            let reason = format!("dispute {round}");
            let decision = json!({"action": "approve", "reason": reason, "lines": lines});
            self.decide_one(prng.below(2) as usize, &decision, &json!({"id": id})).await;
            tokio::time::sleep(prng.millis(2_000, 6_000)).await;
        }
    }

    async fn decide_one(&self, number: usize, decision: &Value, claim: &Value) {
        let id = claim["id"].as_str().unwrap_or_default();
        let path = format!("/events/requests/{id}");
        let answer = self.insist(number, "PATCH", &path, decision.clone(), 2).await;
        if answer.status() == 200 {
            let shown = answer.data()["audit"].as_array().cloned().unwrap_or_default();
            self.note_decision(number, decision, id, None, shown);
        }
    }

    async fn decide_many(&self, number: usize, decision: &Value, ids: Value, version: Option<u64>) {
        let mut decisions = decision.clone();
        decisions["ids"] = ids;
        let answer = self.insist(number, "PATCH", "/events/requests", decisions, 2).await;
        for outcome in answer.data().as_array().into_iter().flatten().filter(|one| one["error"].is_null()) {
            let id = outcome["id"].as_str().unwrap_or_default();
            self.note_decision(number, decision, id, version, Vec::new());
        }
    }

    fn note_decision(
        &self,
        number: usize,
        decision: &Value,
        claim: &str,
        version: Option<u64>,
        shown: Vec<Value>,
    ) {
        self.history.decided(Decided {
            claim: claim.to_owned(),
            by: operator(number),
            status: if decision["action"] == "approve" { "approved" } else { "rejected" },
            reason: decision["reason"].as_str().unwrap_or_default().to_owned(),
            version,
            shown,
        });
    }

    /// Runs an operator who records activities. Each activity keeps its id however often it is sent.
    pub async fn recorder(self) {
        let prng = &self.world.core.env.prng;
        for (number, who) in self.rewards.users.iter().enumerate() {
            tokio::time::sleep(prng.millis(0, 4_000)).await;
            if prng.permille(700) {
                let activity =
                    json!({"user_id": who, "type": "login", "activity_id": format!("login-{number}")});
                self.insist(1, "POST", "/activities", activity, 4).await;
            }
        }
    }

    /// Runs a manager who adds codes, raises a limit, and pauses a campaign for a moment.
    pub async fn manager(self) {
        let prng = &self.world.core.env.prng;
        tokio::time::sleep(prng.millis(5_000, 40_000)).await;
        let Some(pool) = &self.rewards.pool else { return };
        let path = format!("/rewards/{pool}/codes");
        // Some operators do not repeat an upload of codes that failed halfway.
        let tries = *prng.pick(&[1, 1, 6]);
        let answer = self.insist(0, "POST", &path, json!({"codes": self.rewards.later_codes}), tries).await;
        if matches!(answer.status(), 200..300) {
            self.history.codes_added(&self.rewards.later_codes);
        }
        tokio::time::sleep(prng.millis(0, 10_000)).await;
        let campaign = prng.pick(&self.rewards.campaigns()).clone();
        let path = format!("/events/{campaign}");
        for status in ["inactive", "active"] {
            let answer = self.insist(0, "PATCH", &path, status_change(status), 30).await;
            if answer.status() == 200 {
                self.world.core.env.fault("world", Fault::StaleCache);
            }
            tokio::time::sleep(prng.millis(100, 3_000)).await;
        }
        let limited =
            self.rewards.offers.iter().find(|offer| offer.per_user_limit == 3 && offer.stock.is_some());
        if let Some(offer) = limited.filter(|_| prng.permille(500)) {
            let stock = offer.stock.clone().unwrap_or_default();
            let total = self.world.core.stocks.all().get(&stock).map_or(0, |stock| stock.total);
            let path = format!("/events/{}/rewards/{}", offer.campaign, offer.reward);
            self.insist(0, "PATCH", &path, json!({"total_limit": total + 3}), 6).await;
        }
    }

    /// Activates, once and for all, each campaign whose pausing got no response: such a request may be
    /// delayed, and pause the campaign after it was activated again. Any other campaign must be active
    /// already.
    pub async fn activate_campaigns(&self) {
        for campaign in self.rewards.campaigns() {
            let path = format!("/events/{campaign}");
            if self.history.is_unheard(&path, &status_change("inactive")) {
                let body = Some(status_change("active"));
                let request = Request { method: "PATCH", body, ..get(&path, &operator(0), Role::Operator) };
                let answer = self.world.fault_free.clone().answer(request).await;
                assert_eq!(answer.status(), 200, "{answer:?}");
            }
        }
    }

    /// Runs an operator who changes rewards while they are claimed and granted, and redrives dead letters.
    pub async fn editor(self) {
        let core = &self.world.core;
        for _ in 0..core.env.prng.between(2, 4) {
            tokio::time::sleep(core.env.prng.millis(3_000, 30_000)).await;
            if core.env.prng.permille(400) {
                let sent = core.queues.redrive(&core.env);
                core.env.event("editor", format_args!("redriven {sent}"));
                continue;
            }
            let offer = core.env.prng.pick(&self.rewards.offers);
            let path = format!("/events/{}/rewards/{}", offer.campaign, offer.reward);
            // Some rewards accept no other quantity. That refusal does not matter here.
            let body = Some(json!({"quantity": core.env.prng.between(1, 3)}));
            let request = get(&path, &operator(1), Role::Operator);
            self.world.send(Request { method: "PATCH", body, ..request }).await;
        }
    }

    /// Registers `count` users, each but the first invited by an earlier one. A registration is written in
    /// one transaction; its activities follow.
    pub async fn newcomers(self, count: usize) {
        let prng = &self.world.core.env.prng;
        let mut inviter = None;
        for number in 0..count {
            tokio::time::sleep(prng.millis(0, 15_000)).await;
            let account = newcomer(number, inviter.clone(), self.world.core.env.time(0));
            for _ in 0..4 {
                let app = prng.pick(&self.world.api).app.clone();
                let new = account.clone();
                let register = async move { app.store().register_account(&new, None).await };
                match lambda::invoke(&self.world.core.env, "api-register", register).await {
                    Some(Ok(Registered::Done)) => {
                        if let Some(inviter) = &inviter {
                            self.history.invited(inviter, &account.id);
                        }
                        break;
                    }
                    Some(Ok(other)) => {
                        self.history.violation(format!("a registration of {} became {other:?}", account.id));
                        break;
                    }
                    Some(Err(_)) | None => tokio::time::sleep(prng.millis(200, 4_000)).await,
                }
            }
            inviter = Some(prng.pick(&self.rewards.users).clone());
        }
    }

    /// Sends the same request with one `Idempotency-Key` until there is a response or `tries` attempts are
    /// used up.
    pub(super) async fn insist(
        &self,
        number: usize,
        method: &'static str,
        path: &str,
        body: Value,
        tries: usize,
    ) -> Answer {
        let prng = &self.world.core.env.prng;
        let key = (method == "POST").then(|| format!("staff-{:08x}", prng.below(1 << 32)));
        let mut answer = Answer::Gone;
        for _ in 0..tries {
            let (user, key, sent) = (operator(number), key.clone(), Some(body.clone()));
            answer = self
                .world
                .send(Request {
                    method,
                    path: path.to_owned(),
                    user,
                    role: Role::Operator,
                    key,
                    body: sent,
                    token: None,
                    session: None,
                })
                .await;
            if !answer.is_passing() {
                break;
            }
            self.history.unheard(path, &body);
            tokio::time::sleep(prng.millis(200, 3_000)).await;
        }
        if !answer.is_passing() && !matches!(answer.status(), 200..300 | 409) {
            self.history.violation(format!("{method} {path} with {body} was answered with {answer:?}"));
        }
        answer
    }
}

fn status_change(status: &str) -> Value {
    json!({"status": status})
}

/// Returns reward and number of each failed line item of a claim.
fn failed_lines(claim: &Value) -> Vec<Value> {
    let lines = claim["lines"].as_array().into_iter().flatten();
    let failed = lines.filter(|line| line["status"] == "failed");
    failed.map(|line| json!({"reward_id": line["reward_id"], "number": line["number"]})).collect()
}

fn newcomer(number: usize, invited_by: Option<UserId>, now: domain::Timestamp) -> Account {
    let person = Person {
        email: Email::parse(&format!("new{number}@example.com")).expect("an e-mail"),
        name: Name::parse("somebody new").expect("a name"),
        phone: None,
        password_hash: PasswordHash::new("no hash"),
        registered_hash: None,
        has_staff_password: None,
        invite_code: InviteCode::new(number as u128),
        email_hash: None,
        confirmation: None,
        password_reset: None,
        authenticator: None,
        request_fingerprint: None,
    };
    Account::register(user(700 + number), person, [Role::User].into(), invited_by, now)
}
