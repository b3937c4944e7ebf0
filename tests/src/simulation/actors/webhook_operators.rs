//! Operator of a webhook, who creates it, switches it off and on, and lets events be sent again.

use std::time::Duration;

use domain::accounts::Role;
use domain::webhooks::{Delivery, DeliveryStatus};
use serde_json::json;
use store::schema::WEBHOOKS;

use crate::simulation::records::webhooks::KnownWebhook;
use crate::simulation::setup::operator;
use crate::simulation::workload::Workload;
use crate::simulation::world::histories::writes::read;
use crate::simulation::world::{Request, get};

/// Maximum number of tries to create a webhook.
const TRIES_MAX: usize = 40;
/// Maximum number of times that the end of a run waits for events, and the time of each.
const WAITS_MAX: usize = 24;
const WAIT: Duration = Duration::from_secs(300);

impl Workload {
    /// Runs the operator of webhook `number`.
    pub async fn webhook_operator(self, number: usize) {
        let (env, prng) = (&self.world.core.env, &self.world.core.env.prng);
        tokio::time::sleep(prng.millis(0, 10_000)).await;
        let Some(known) = self.create_webhook(number).await else { return };
        let path = format!("/webhooks/{}", known.id);
        env.event("client", format_args!("created {known:?}"));
        self.webhooks.add(known);
        for _ in 0..prng.between(0, 2) {
            tokio::time::sleep(prng.millis(3_000, 20_000)).await;
            match prng.below(3) {
                0 => self.ask(&format!("{path}/test"), None).await,
                1 => self.ask(&format!("{path}/replay"), Some(json!({"from": env.time(-600_000)}))).await,
                _ => drop(self.insist(0, "PATCH", &path, json!({"enabled": false}), 6).await),
            }
            tokio::time::sleep(prng.millis(500, 10_000)).await;
            self.insist(1, "PATCH", &path, json!({"enabled": true}), 30).await;
        }
    }

    async fn create_webhook(&self, number: usize) -> Option<KnownWebhook> {
        let url = format!("https://hooks-{number}.example.com/");
        let request = Request {
            method: "POST",
            key: Some(format!("webhook-{number}")),
            body: Some(json!({"url": url, "events": ["*"]})),
            ..get("/webhooks", &operator(0), Role::Operator)
        };
        for _ in 0..TRIES_MAX {
            let answer = self.world.send(request.clone()).await;
            if answer.status() == 201 {
                let id = answer.data()["id"].as_str().unwrap_or_default().to_owned();
                return Some(KnownWebhook { id, url, since_ms: self.world.core.env.now_ms() });
            }
            tokio::time::sleep(self.world.core.env.prng.millis(500, 2_000)).await;
        }
        None
    }

    /// Sends a request once, whatever becomes of it.
    async fn ask(&self, path: &str, body: Option<serde_json::Value>) {
        let request = Request { method: "POST", body, ..get(path, &operator(1), Role::Operator) };
        self.world.send(request).await;
    }

    /// Switches all webhooks on for the rest of the run, after all faults have ended.
    pub async fn open_webhooks(&self) {
        for known in self.webhooks.all() {
            let open = Request {
                method: "PATCH",
                body: Some(json!({"enabled": true})),
                ..get(&format!("/webhooks/{}", known.id), &operator(0), Role::Operator)
            };
            let answer = self.world.fault_free.clone().answer(open).await;
            assert_eq!(answer.status(), 200, "{answer:?}");
        }
    }

    /// Waits up to two hours, until no event waits for a webhook.
    pub async fn wait_for_webhooks(&self) {
        for _ in 0..WAITS_MAX {
            let waits = self.deliveries().iter().any(|one| one.status == DeliveryStatus::Pending);
            if !waits {
                return;
            }
            tokio::time::sleep(WAIT).await;
        }
    }

    /// Returns all events that were stored for webhooks.
    pub fn deliveries(&self) -> Vec<Delivery> {
        let items = self.world.core.scan(&WEBHOOKS).into_iter();
        let is_event =
            |item: &serde_json::Value| item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("EVENT#"));
        items.filter(is_event).map(read).collect()
    }
}
