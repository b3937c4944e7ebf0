//! Costs of notifications: one that leaves at once, one that waits for the end of quiet hours, its mail, and the
//! schedule that looks what is due.

use domain::events::{EventBatch, EventType};
use integrations::{ServiceReply, script};
use notifications::workers::{create_notifications, send_due, send_mails};
use serde_json::{Value, json};

use super::row;
use crate::cost::bench::{Bench, Caller};
use crate::cost::budgets::Row;
use crate::cost::meter::Cost;

pub async fn measure() -> Vec<Row> {
    let (made, sent) = told().await;
    vec![
        row("notifications: tell one user what happened", made),
        row("notifications: send the mail", sent),
        row("notifications: look what is due, when nothing is", looked().await),
    ]
}

/// Measures the notification about a started hold whose end is near, and its mail.
async fn told() -> (Cost, Cost) {
    let bench = Bench::with_script(script(|_| {
        let body = json!({"MessageId": "1"}).to_string().into_bytes();
        Box::pin(async move { ServiceReply::Answer { status: 200, body } })
    }))
    .await;
    let caller = bench.signed_in().await;
    let batch = EventBatch { kind: EventType::ClaimGranted, events: vec![granted(&bench, &caller).await] };
    bench.take_messages();
    let message = serde_json::to_string(&batch).expect("a message");
    let made = bench.work(&create_notifications::WORKER, &message).await;
    let sent = bench.take_messages();
    let mail = sent.get("mails").and_then(|messages| messages.first()).expect("a mail leaves");
    (made, bench.work(&send_mails::WORKER, mail).await)
}

/// Returns the event of a reward that `caller` was granted.
async fn granted(bench: &Bench, caller: &Caller) -> domain::events::CloudEvent {
    let offers = [crate::cost::campaigns::endless(crate::cost::campaigns::points())];
    let ids = bench.campaign(domain::campaigns::Review::Auto, &offers).await;
    let event: Value = json!({
        "specversion": "1.0", "id": "usr_1:cmp_1:2:0", "source": "/dibs/prod", "type": "claim.granted",
        "subject": "usr_1:cmp_1", "time": bench.app.now(), "datacontenttype": "application/json",
        "data": {
            "user_id": caller.id, "campaign_id": ids.campaign, "reward_id": ids.rewards[0], "number": 1,
            "status": "granted", "actor": null, "reason": null,
        },
    });
    serde_json::from_value(event).expect("an event")
}

/// Measures one run of the schedule on an empty due index.
async fn looked() -> Cost {
    let bench = Bench::start().await;
    let (done, cost) = bench.measure(send_due::WORKER.handle_tick(&bench.app)).await;
    done.expect("it runs");
    cost
}
