//! Costs of webhooks: events that match none and one, their way to the endpoint, a failed attempt, and the schedule
//! that looks what is due.

use domain::accounts::Role;
use domain::messages::WebhookEvents;
use integrations::{ServiceReply, script};
use serde_json::{Value, json};
use webhooks::workers::{fan_out_events, resume_sending, send_events};

use super::row;
use crate::cost::bench::Bench;
use crate::cost::budgets::Row;
use crate::cost::meter::Cost;

pub async fn measure() -> Vec<Row> {
    let (unheard, _) = fanned_out(204, false).await;
    let (heard, sent) = fanned_out(204, true).await;
    let (_, failed) = fanned_out(500, true).await;
    vec![
        row("webhooks: a batch of events while there is no webhook", unheard),
        row("webhooks: an event that one webhook receives", heard),
        row("webhooks: send an event, the first of its subject", sent),
        row("webhooks: an attempt that fails", failed),
        row("webhooks: look what is due, when nothing is", looked().await),
    ]
}

/// Measures the fan-out of one event, and its first attempt at a webhook, if there is one. The endpoint answers with
/// `status`.
async fn fanned_out(status: u16, has_webhook: bool) -> (Cost, Cost) {
    let reply = ServiceReply::Answer { status, body: Vec::new() };
    let endpoint = script(move |_| {
        let reply = reply.clone();
        Box::pin(async move { reply })
    });
    let bench = Bench::with_script(endpoint).await;
    if has_webhook {
        let operator = bench.somebody(Role::Operator);
        let new = json!({"url": "https://example.com/hooks", "events": ["order.*"]});
        let made = bench.call("POST", "/webhooks", Some(&operator), Some(new)).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
    let message = serde_json::to_string(&WebhookEvents { events: vec![event(&bench)] }).expect("a message");
    bench.take_messages();
    let fanned_out = bench.work(&fan_out_events::WORKER, &message).await;
    let sent = bench.take_messages();
    let Some(lane) = sent.get("webhook-deliveries").and_then(|messages| messages.first()) else {
        assert!(!has_webhook, "no lane was woken");
        return (fanned_out, Cost::default());
    };
    (fanned_out, bench.work(&send_events::WORKER, lane).await)
}

/// Returns an event of the size that those of orders have.
fn event(bench: &Bench) -> domain::events::CloudEvent {
    let order = "usr_01KB3N9Z4T8M6QW2X5Y7R1C0VD:01KB3NA1E2F3G4H5J6K7M8N9PQ";
    let event: Value = json!({
        "specversion": "1.0", "id": format!("{order}:1"), "source": "/dibs/prod", "type": "order.reserved",
        "subject": order, "time": bench.app.now(), "datacontenttype": "application/json",
        "dataschema": "https://dibs.example/api/v1/schemas/order.reserved/1",
        "data": {
            "order_id": order, "user_id": "usr_01KB3N9Z4T8M6QW2X5Y7R1C0VD",
            "time_deal_id": "tdl_01KB3N0000000000000000000A", "product_id": "prd_01KB3N0000000000000000000B",
            "quantity": 1, "total_price": 29_900, "status": "reserved", "reason": null, "payment_id": null,
        },
    });
    serde_json::from_value(event).expect("an event")
}

/// Measures one run of the schedule on an empty due index.
async fn looked() -> Cost {
    let bench = Bench::start().await;
    let (done, cost) = bench.measure(resume_sending::WORKER.handle_tick(&bench.app)).await;
    done.expect("it runs");
    cost
}
