//! Operator of a waiting room, who changes its settings.

use domain::accounts::Role;
use serde_json::json;

use crate::simulation::setup::operator;
use crate::simulation::workload::Workload;
use crate::simulation::world::histories::lines::CAPACITY_MAX;
use crate::simulation::world::{Request, get};

impl Workload {
    /// Runs an operator who pauses, closes and opens the waiting room, and changes its capacity, rate and
    /// times while users wait.
    pub async fn waiting_room_operator(self) {
        let prng = &self.world.core.env.prng;
        let Some(queue) = &self.concerts.queue else { return };
        let path = format!("/queues/{queue}");
        for _ in 0..prng.between(1, 4) {
            tokio::time::sleep(prng.millis(1_000, 20_000)).await;
            let capacity = json!({"capacity": prng.between(1, CAPACITY_MAX)});
            let rate = json!({"admissions_per_second": *prng.pick(&[0.2, 1.0, 8.0])});
            let times =
                json!({"token_seconds": prng.between(12, 45), "no_show_seconds": prng.between(5, 12)});
            let change = match prng.below(7) {
                5 | 6 => times,
                0 => json!({"status": "paused"}),
                1 => json!({"status": "closed"}),
                2 => rate,
                _ => capacity,
            };
            self.insist(1, "PATCH", &path, change, 6).await;
            tokio::time::sleep(prng.millis(500, 10_000)).await;
            self.insist(1, "PATCH", &path, json!({"status": "open"}), 30).await;
        }
    }

    /// Opens the waiting room for the rest of the run, after all faults have ended.
    pub async fn open_doors(&self) {
        let Some(queue) = &self.concerts.queue else { return };
        let open = Request {
            method: "PATCH",
            body: Some(json!({"status": "open", "admissions_per_second": 2.0})),
            ..get(&format!("/queues/{queue}"), &operator(0), Role::Operator)
        };
        let answer = self.world.fault_free.clone().answer(open).await;
        assert_eq!(answer.status(), 200, "{answer:?}");
    }
}
