//! Tests of the domain events of waiting rooms.

use dibs_tests::harness::TestApp;
use domain::events::{DomainEvent, DomainEventData};
use serde_json::{Value, json};

use super::{change, line, queue, statuses};

/// Returns the events about the waiting room that the data platform received, in order.
async fn told(app: &TestApp, queue: &str) -> Vec<DomainEvent> {
    app.settle().await;
    app.events().into_iter().filter(|event| event.correlation_id == queue).collect()
}

#[tokio::test]
async fn each_change_by_an_operator_is_told() {
    let app = TestApp::start().await;
    let queue = queue(&app, 2, json!({})).await;
    let changes: [Value; 4] = [
        json!({"status": "paused"}),
        json!({"status": "open"}),
        json!({"capacity": 3}),
        json!({"status": "closed"}),
    ];
    for one in changes {
        change(&app, &queue, one).await;
        app.settle().await;
    }
    let kinds: Vec<String> = told(&app, &queue).await.iter().map(|event| event.kind.to_string()).collect();
    assert_eq!(kinds, ["queue.created", "queue.paused", "queue.opened", "queue.changed", "queue.closed"]);
    app.finish().await;
}

#[tokio::test]
async fn admissions_are_told_as_ranges_and_users_who_do_not_come_as_positions() {
    let app = TestApp::start().await;
    let queue = queue(&app, 2, json!({"no_show_seconds": 10, "token_seconds": 60})).await;
    let users = line(&app, &queue, 3).await;
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "aaw");
    app.wait_seconds(12).await;
    assert_eq!(statuses(&users, &queue).await, "eea");
    let (mut let_in, mut absent) = (Vec::new(), Vec::new());
    for event in told(&app, &queue).await {
        match event.data {
            DomainEventData::LetIn(data) => let_in.extend(data.first_position..=data.last_position),
            DomainEventData::NoShow(data) => absent.extend(data.positions),
            _ => {}
        }
    }
    absent.sort_unstable();
    assert_eq!((let_in, absent), (vec![1, 2, 3], vec![1, 2]));
    app.finish().await;
}
