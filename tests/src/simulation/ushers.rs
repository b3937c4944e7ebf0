//! Actors at a waiting room: an operator who changes its settings, and an attacker who tries to bypass it.

use domain::accounts::Role;
use domain::ids::UserId;
use serde_json::json;

use super::clients::{Party, get};
use super::fans::Fan;
use super::plan::{operator, user};
use super::venue::CAPACITY_MAX;
use super::visits::{Seats, Visit, Want};
use super::world::Request;

impl Party {
    /// Runs an operator who pauses, closes and opens the room, and changes capacity, rate and times while
    /// users wait.
    pub async fn usher(self) {
        let dice = &self.world.core.dice;
        let Some(queue) = &self.venue.queue else { return };
        let path = format!("/queues/{queue}");
        for _ in 0..dice.between(1, 4) {
            tokio::time::sleep(dice.millis(1_000, 20_000)).await;
            let capacity = json!({"capacity": dice.between(1, CAPACITY_MAX)});
            let rate = json!({"admissions_per_second": *dice.pick(&[0.2, 1.0, 8.0])});
            let times =
                json!({"token_seconds": dice.between(12, 45), "no_show_seconds": dice.between(5, 12)});
            let change = match dice.below(7) {
                5 | 6 => times,
                0 => json!({"status": "paused"}),
                1 => json!({"status": "closed"}),
                2 => rate,
                _ => capacity,
            };
            self.insist(1, "PATCH", &path, change, 6).await;
            tokio::time::sleep(dice.millis(500, 10_000)).await;
            self.insist(1, "PATCH", &path, json!({"status": "open"}), 30).await;
        }
    }

    /// Opens the room for good, after all faults have ended.
    pub async fn open_doors(&self) {
        let Some(queue) = &self.venue.queue else { return };
        let open = Request {
            method: "PATCH",
            body: Some(json!({"status": "open", "admissions_per_second": 2.0})),
            ..get(&format!("/queues/{queue}"), &operator(0), Role::Operator)
        };
        let answer = self.world.calm.clone().answer(open).await;
        assert_eq!(answer.status(), 200, "{answer:?}");
    }

    /// Runs an attacker who sends requests without permission, `steps` times.
    pub async fn intruder(self, steps: usize) {
        let dice = &self.world.core.dice;
        let me = Fan { party: self.clone(), id: user(801) };
        let ticket = match &self.venue.queue {
            Some(queue) if dice.permille(500) => {
                let joined = me.call(&Want::Join(queue.clone()), None, None).await;
                joined.data()["ticket"].as_str().map(str::to_owned)
            }
            _ => None,
        };
        for _ in 0..steps {
            tokio::time::sleep(dice.millis(500, 12_000)).await;
            match dice.below(4) {
                0 => self.sneak(&me, ticket.as_deref(), "QUEUE_TOKEN_INVALID").await,
                1 => self.sneak(&me, None, "QUEUE_TOKEN_REQUIRED").await,
                2 => self.borrow(&me).await,
                _ => self.meddle(&me.id).await,
            }
        }
    }

    /// Tries to hold a protected seat with an invalid queue token.
    async fn sneak(&self, me: &Fan, token: Option<&str>, code: &str) {
        let guarded = self.venue.halls.iter().find(|hall| hall.queue.is_some());
        let Some(hall) = guarded.filter(|_| token.is_some() || code == "QUEUE_TOKEN_REQUIRED") else {
            return;
        };
        let seats = Seats::Named(vec![hall.seats[0].clone()]);
        let want = Want::Reserve(hall.concert.clone(), hall.date.clone(), seats);
        let answer = me.call(&want, None, token).await;
        if !answer.is_passing() && answer.code() != code {
            self.history.wrong(format!("who may not pass with {token:?} was answered with {answer:?}"));
        }
    }

    /// Tries to hold a protected seat with another user's queue token.
    async fn borrow(&self, me: &Fan) {
        let told = self.visits.all();
        let tokens = told.iter().filter(|visit| visit.user != me.id);
        let tokens: Vec<&str> = tokens.filter_map(|visit| visit.answer.data()["token"].as_str()).collect();
        if !tokens.is_empty() {
            self.sneak(me, Some(self.world.core.dice.pick::<&str>(&tokens)), "QUEUE_TOKEN_INVALID").await;
        }
    }

    /// Tries to read, cancel or pay another user's reservation.
    async fn meddle(&self, me: &UserId) {
        let told = self.visits.all();
        let reserved = told.iter().filter(|visit| matches!(visit.want, Want::Reserve(..)));
        let ids: Vec<&str> = reserved.filter_map(Visit::id).collect();
        if ids.is_empty() {
            return;
        }
        let id = *self.world.core.dice.pick::<&str>(&ids);
        let path = format!("/reservations/{id}");
        let look = get(&path, me, Role::User);
        let request = match self.world.core.dice.below(3) {
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
            self.history.wrong(format!("a stranger's {what} of {id} was answered with {answer:?}"));
        }
    }
}
