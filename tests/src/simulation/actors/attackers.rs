//! Attackers: they claim, reserve, order, pay and read in the name of others, pass waiting rooms without an
//! admission, and forge reports of payments. Each such request must be refused.

use domain::accounts::Role;
use domain::ids::UserId;
use integrations::SCRIPTED_SECRET;
use serde_json::json;

use super::concertgoers::Concertgoer;
use crate::simulation::records::requests::{RequestRecord, Seats, Want};
use crate::simulation::setup::user;
use crate::simulation::workload::Workload;
use crate::simulation::world::{Request, get};

impl Workload {
    /// Runs an attacker who reads and decides other users' claims, in `steps` requests.
    pub async fn claim_attacker(self, steps: usize) {
        let prng = &self.world.core.env.prng;
        let me = user(800);
        for _ in 0..steps {
            tokio::time::sleep(prng.millis(500, 9_000)).await;
            let claim =
                format!("{}:{}", prng.pick(&self.rewards.users), prng.pick(&self.rewards.campaigns()));
            let (method, body) = match prng.below(3) {
                0 => ("PATCH", Some(serde_json::json!({"action": "approve", "reason": "for me"}))),
                _ => ("GET", None),
            };
            let request = Request {
                method,
                path: format!("/events/requests/{claim}"),
                user: me.clone(),
                role: *prng.pick(&[Role::User, Role::User, Role::Auditor]),
                key: None,
                body,
                token: None,
                session: None,
            };
            let reads_all = request.role == Role::Auditor && method == "GET";
            let answer = self.world.send(request).await;
            if answer.status() != 403 && !answer.is_passing() && !reads_all {
                self.history
                    .violation(format!("a stranger's {method} of {claim} was answered with {answer:?}"));
            }
            if reads_all && !answer.is_passing() && !matches!(answer.status(), 200 | 404) {
                self.history.violation(format!("an auditor's look at {claim} was answered with {answer:?}"));
            }
        }
    }

    /// Runs an attacker who bypasses the waiting room and uses other users' reservations, in `steps`
    /// requests.
    pub async fn reservation_attacker(self, steps: usize) {
        let prng = &self.world.core.env.prng;
        let me = Concertgoer { workload: self.clone(), id: user(801) };
        let ticket = match &self.concerts.queue {
            Some(queue) if prng.permille(500) => {
                let joined = me.call(&Want::Join(queue.clone()), None, None).await;
                joined.data()["ticket"].as_str().map(str::to_owned)
            }
            _ => None,
        };
        for _ in 0..steps {
            tokio::time::sleep(prng.millis(500, 12_000)).await;
            match prng.below(4) {
                0 => self.reserve_without_admission(&me, ticket.as_deref(), "QUEUE_TOKEN_INVALID").await,
                1 => self.reserve_without_admission(&me, None, "QUEUE_TOKEN_REQUIRED").await,
                2 => self.reserve_with_foreign_token(&me).await,
                _ => self.use_foreign_reservation(&me.id).await,
            }
        }
    }

    /// Tries to hold a seat behind a waiting room with `token`, which admits nobody. The refusal must have
    /// the code `code`.
    async fn reserve_without_admission(&self, me: &Concertgoer, token: Option<&str>, code: &str) {
        let guarded = self.concerts.halls.iter().find(|hall| hall.queue.is_some());
        let Some(hall) = guarded.filter(|_| token.is_some() || code == "QUEUE_TOKEN_REQUIRED") else {
            return;
        };
        let seats = Seats::Named(vec![hall.seats[0].clone()]);
        let want = Want::Reserve(hall.concert.clone(), hall.date.clone(), seats);
        let answer = me.call(&want, None, token).await;
        if !answer.is_passing() && answer.code() != code {
            self.history.violation(format!("who may not pass with {token:?} was answered with {answer:?}"));
        }
    }

    /// Tries to hold a seat behind a waiting room with another user's queue token.
    async fn reserve_with_foreign_token(&self, me: &Concertgoer) {
        let requests = self.requests.all();
        let tokens = requests.iter().filter(|record| record.user != me.id);
        let tokens: Vec<&str> = tokens.filter_map(|record| record.answer.data()["token"].as_str()).collect();
        if !tokens.is_empty() {
            self.reserve_without_admission(
                me,
                Some(self.world.core.env.prng.pick::<&str>(&tokens)),
                "QUEUE_TOKEN_INVALID",
            )
            .await;
        }
    }

    /// Tries to read, cancel or pay another user's reservation.
    async fn use_foreign_reservation(&self, me: &UserId) {
        let requests = self.requests.all();
        let reserved = requests.iter().filter(|record| matches!(record.want, Want::Reserve(..)));
        let ids: Vec<&str> = reserved.filter_map(RequestRecord::id).collect();
        if ids.is_empty() {
            return;
        }
        let id = *self.world.core.env.prng.pick::<&str>(&ids);
        let path = format!("/reservations/{id}");
        let look = get(&path, me, Role::User);
        let request = match self.world.core.env.prng.below(3) {
            0 => look,
            1 => Request { method: "DELETE", ..look },
            _ => Request {
                method: "POST",
                path: "/payments".to_owned(),
                body: Some(json!({"reservation_id": id})),
                ..look
            },
        };
        let what = format!("{} {}", request.method, request.path);
        let answer = self.world.send(request).await;
        if answer.status() != 403 && !answer.is_passing() {
            self.history.violation(format!("a stranger's {what} of {id} was answered with {answer:?}"));
        }
    }

    /// Runs an attacker who uses other users' orders and forges payment reports, in `steps` requests.
    pub async fn order_attacker(self, steps: usize) {
        let prng = &self.world.core.env.prng;
        let me = user(802);
        for _ in 0..steps {
            tokio::time::sleep(prng.millis(500, 12_000)).await;
            let requests = self.requests.all();
            let ordered = requests.iter().filter(|record| matches!(record.want, Want::Order(..)));
            let ids: Vec<&str> = ordered.filter_map(RequestRecord::id).collect();
            if ids.is_empty() {
                continue;
            }
            let id = *prng.pick::<&str>(&ids);
            if prng.permille(250) {
                self.send_forged_report(id).await;
                continue;
            }
            let look = get(&format!("/orders/{id}"), &me, Role::User);
            let post =
                |path: String, body| Request { method: "POST", path, body: Some(body), ..look.clone() };
            let request = match prng.below(5) {
                0 => look,
                1 => get(&format!("/orders/{id}/events"), &me, Role::User),
                2 => Request { method: "DELETE", ..look },
                3 => post(format!("/orders/{id}/payments"), json!({})),
                _ => post("/payments".to_owned(), json!({"order_id": id})),
            };
            let what = format!("{} {}", request.method, request.path);
            let answer = self.world.send(request).await;
            if answer.status() != 403 && !answer.is_passing() {
                self.history.violation(format!("a stranger's {what} of {id} was answered with {answer:?}"));
            }
        }
    }

    /// Sends a forged payment report: with a wrong secret, or for a payment that was never requested.
    async fn send_forged_report(&self, order: &str) {
        let prng = &self.world.core.env.prng;
        let (secret, reference, status) = match prng.permille(500) {
            true => ("not the secret", format!("{order}:1"), 401),
            false => (SCRIPTED_SECRET, format!("{order}:99"), 404),
        };
        let report =
            json!({"reference": reference, "order_id": order, "status": "completed", "amount": 1_000});
        let answer = self.world.report(report.to_string(), secret).await;
        if answer.status() != status && !answer.is_passing() {
            self.history.violation(format!("a forged {report} was answered with {answer:?}"));
        }
    }
}
