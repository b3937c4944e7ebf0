//! Subscribers of live updates: each follows a deal's stock to the end of the run, over connections that break.

use std::time::Duration;

use domain::Timestamp;
use serde_json::{Value, json};

use crate::follower::Effect;
use crate::simulation::workload::Workload;

/// Pause between two looks for messages.
const LOOK_EVERY: Duration = Duration::from_millis(200);

impl Workload {
    /// Follows the deal with this number until the task is aborted.
    pub async fn subscriber(self, number: usize) {
        let world = self.world.clone();
        let core = &world.core;
        tokio::time::sleep(core.env.prng.millis(0, 20_000)).await;
        let deal = core.env.prng.pick(&self.deals.on_sale).id.clone();
        let topic = format!("deals/{deal}/stock");
        let subscribe = json!({"action": "subscribe", "topic": topic}).to_string();
        for attempt in 0_u64.. {
            let (id, connected_at) = (format!("connection-{number}-{attempt}"), core.env.time(0));
            core.sockets.open(&id);
            let mut is_current = false;
            while let Some(messages) = core.sockets.arrived(&core.env, &id) {
                for message in messages {
                    let message: Value = serde_json::from_str(&message).expect("a message is JSON");
                    is_current &= self.live.take(number, &topic, &message) != Effect::Gap;
                }
                if !is_current {
                    is_current = self.ask_snapshot(number, &topic, &id, connected_at, &subscribe).await;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
            world.disconnect(&id, connected_at).await;
        }
    }

    /// Sends a message over a connection. Returns `true` if the reply is a snapshot.
    async fn ask_snapshot(
        &self,
        number: usize,
        topic: &str,
        id: &str,
        connected_at: Timestamp,
        message: &str,
    ) -> bool {
        let Some(reply) = self.world.say(id, connected_at, message).await else { return false };
        let reply: Value = serde_json::from_str(&reply).expect("a reply is JSON");
        self.live.take(number, topic, &reply);
        reply["type"] == "snapshot"
    }
}
