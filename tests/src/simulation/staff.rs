//! Staff: operators who review, record activities, add codes, pause campaigns and raise limits; and users who
//! register.

use domain::accounts::{Account, Email, InviteCode, Name, PasswordHash, Person, Role};
use domain::ids::UserId;
use serde_json::{Value, json};
use store::Registered;

use super::clients::{Party, get};
use super::faults::Fault;
use super::lambda;
use super::plan::{LATER_CODES, operator, user};
use super::world::{Answer, Request};

impl Party {
    /// Runs a reviewer who decides claims, sometimes twice, and sometimes several together.
    pub async fn reviewer(self, number: usize, steps: usize) {
        let dice = &self.world.core.dice;
        for _ in 0..steps {
            tokio::time::sleep(dice.millis(2_000, 25_000)).await;
            let campaign = dice.pick(&self.plan.campaigns()).clone();
            let only = *dice.pick(&["&status=in_review", "&status=in_review", "&status=failed", ""]);
            let path = format!("/events/requests?event_id={campaign}&limit=50{only}");
            let listed = self.world.send(get(&path, &operator(number), Role::Operator)).await;
            let ids = listed.data().as_array().into_iter().flatten();
            let ids: Vec<String> = ids.filter_map(|claim| claim["id"].as_str().map(str::to_owned)).collect();
            if ids.is_empty() {
                continue;
            }
            let action = if dice.permille(650) { "approve" } else { "reject" };
            let decision = json!({"action": action, "reason": format!("by {number}")});
            if dice.permille(400) {
                let mut decisions = decision;
                decisions["ids"] = json!(ids);
                self.insist(number, "PATCH", "/events/requests", decisions, 2).await;
            } else {
                let path = format!("/events/requests/{}", dice.pick(&ids));
                self.insist(number, "PATCH", &path, decision, 2).await;
            }
        }
    }

    /// Runs a recorder of activities. Each has one id however often it is sent.
    pub async fn recorder(self) {
        let dice = &self.world.core.dice;
        for (number, who) in self.plan.users.iter().enumerate() {
            tokio::time::sleep(dice.millis(0, 4_000)).await;
            if dice.permille(700) {
                let activity =
                    json!({"user_id": who, "type": "login", "activity_id": format!("login-{number}")});
                self.insist(1, "POST", "/activities", activity, 4).await;
            }
        }
    }

    /// Runs a manager who adds codes, raises a limit, and pauses a campaign for a moment.
    pub async fn manager(self) {
        let dice = &self.world.core.dice;
        tokio::time::sleep(dice.millis(5_000, 40_000)).await;
        let Some(pool) = &self.plan.pool else { return };
        let path = format!("/rewards/{pool}/codes");
        // Some operators do not repeat an upload that failed halfway.
        let tries = *dice.pick(&[1, 1, 6]);
        let answer = self.insist(0, "POST", &path, json!({"codes": LATER_CODES}), tries).await;
        if matches!(answer.status(), 200..300) {
            self.history.codes_added(LATER_CODES);
        }
        tokio::time::sleep(dice.millis(0, 10_000)).await;
        let campaign = dice.pick(&self.plan.campaigns()).clone();
        let path = format!("/events/{campaign}");
        for status in ["inactive", "active"] {
            let answer = self.insist(0, "PATCH", &path, json!({"status": status}), 30).await;
            if answer.status() == 200 {
                self.world.core.fault("world", Fault::StaleCache);
            }
            tokio::time::sleep(dice.millis(100, 3_000)).await;
        }
        let limited =
            self.plan.offers.iter().find(|offer| offer.per_user_limit == 3 && offer.stock.is_some());
        if let Some(offer) = limited.filter(|_| dice.permille(500)) {
            let stock = offer.stock.clone().unwrap_or_default();
            let total = self.world.core.stocks.all().get(&stock).map_or(0, |stock| stock.total);
            let path = format!("/events/{}/rewards/{}", offer.campaign, offer.reward);
            self.insist(0, "PATCH", &path, json!({"total_limit": total + 3}), 6).await;
        }
    }

    /// Runs an editor who changes rewards while they are claimed and granted, and redrives dead-letter
    /// messages.
    pub async fn editor(self) {
        let core = &self.world.core;
        for _ in 0..core.dice.between(2, 4) {
            tokio::time::sleep(core.dice.millis(3_000, 30_000)).await;
            if core.dice.permille(400) {
                let sent = core.queues.redrive(core);
                core.event("editor", format_args!("redriven {sent}"));
                continue;
            }
            let offer = core.dice.pick(&self.plan.offers);
            let path = format!("/events/{}/rewards/{}", offer.campaign, offer.reward);
            // Some rewards refuse another quantity. That refusal does not matter here.
            let body = Some(json!({"quantity": core.dice.between(1, 3)}));
            let request = get(&path, &operator(1), Role::Operator);
            self.world.send(Request { method: "PATCH", body, ..request }).await;
        }
    }

    /// Registers users, all but the first invited by a user. The account is written in one transaction, the
    /// activities follow.
    pub async fn newcomers(self, count: usize) {
        let dice = &self.world.core.dice;
        let mut inviter = None;
        for number in 0..count {
            tokio::time::sleep(dice.millis(0, 15_000)).await;
            let account = newcomer(number, inviter.clone(), self.world.core.time(0));
            for _ in 0..4 {
                let app = dice.pick(&self.world.api).app.clone();
                let new = account.clone();
                let register = async move { app.store().register_account(&new, None).await };
                match lambda::invoke(&self.world.core, "api-register", register).await {
                    Some(Ok(Registered::Done)) => {
                        if let Some(inviter) = &inviter {
                            self.history.invited(inviter, &account.id);
                        }
                        break;
                    }
                    Some(Ok(other)) => {
                        self.history.wrong(format!("a registration of {} became {other:?}", account.id));
                        break;
                    }
                    Some(Err(_)) | None => tokio::time::sleep(dice.millis(200, 4_000)).await,
                }
            }
            inviter = Some(dice.pick(&self.plan.users).clone());
        }
    }

    /// Sends the same request with one key until there is a response or the attempts are used up.
    pub(super) async fn insist(
        &self,
        number: usize,
        method: &'static str,
        path: &str,
        body: Value,
        tries: usize,
    ) -> Answer {
        let dice = &self.world.core.dice;
        let key = (method == "POST").then(|| format!("staff-{:08x}", dice.below(1 << 32)));
        let mut answer = Answer::Gone;
        for _ in 0..tries {
            let (path, user, key) = (path.to_owned(), operator(number), key.clone());
            let body = Some(body.clone());
            answer = self
                .world
                .send(Request {
                    method,
                    path,
                    user,
                    role: Role::Operator,
                    key,
                    body,
                    token: None,
                    session: None,
                })
                .await;
            if !answer.is_passing() {
                break;
            }
            tokio::time::sleep(dice.millis(200, 3_000)).await;
        }
        if !answer.is_passing() && !matches!(answer.status(), 200..300 | 409) {
            self.history.wrong(format!("{method} {path} with {body} was answered with {answer:?}"));
        }
        answer
    }
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
        mark: None,
    };
    Account::register(user(700 + number), person, [Role::User].into(), invited_by, now)
}
