//! Costs of live updates: tickets, subscriptions, changes that are told, and changes that nobody follows.

use domain::live::LiveTopic;
use live::workers::{broadcast_changes, receive_message};
use runtime::SocketEvent;
use runtime::live::tell_subscribers;
use serde_json::{Value, json};

use super::deals::{deal, take};
use super::row;
use crate::cost::bench::Bench;
use crate::cost::budgets::Row;

pub async fn measure() -> Vec<Row> {
    let mut rows = followed().await;
    rows.extend(not_followed().await);
    rows
}

/// Sends a message over the connection `c`, and returns the reply.
async fn say(bench: &Bench, message: Value) -> Value {
    let (connection_id, connected_at) = ("c".to_owned(), bench.app.now());
    let event = SocketEvent { connection_id, connected_at, body: message.to_string() };
    let reply = receive_message::WORKER.handle_socket(&bench.app, event).await.expect("the worker replies");
    serde_json::from_str(&reply.unwrap_or_default()).expect("a reply is JSON")
}

async fn followed() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let one = deal(&bench, 40).await;
    bench.relay().await;
    bench.expire_caches();
    let mut messages = bench.sockets.open("c");
    let subscribe = json!({"action": "subscribe", "topic": format!("deals/{one}/stock")});
    let (reply, subscribed) = bench.measure(say(&bench, subscribe)).await;
    assert_eq!(reply["type"], "snapshot", "{reply}");
    take(&bench, &one, &bench.user(), 1).await;
    let relayed = bench.relay().await;
    let [update] = &relayed.messages["live-updates"][..] else { panic!("{:?}", relayed.messages) };
    bench.expire_caches();
    let told = bench.work(&broadcast_changes::WORKER, update).await;
    assert!(messages.try_recv().is_ok_and(|message| message.contains("\"delta\"")));
    let path = format!("/timedeals/{one}/live");
    let (answer, polled) = bench.measure(bench.call("GET", &path, None, None)).await;
    assert_eq!(answer.body["data"]["data"]["available_quantity"], 39, "{answer:?}");
    vec![
        row("subscribe to a deal's stock", subscribed),
        row("tell a client of a deal's stock", told),
        row("poll a deal's stock that somebody follows", polled),
    ]
}

async fn not_followed() -> Vec<Row> {
    let bench = Bench::start().await;
    let one = deal(&bench, 40).await;
    let (answer, ticket) =
        bench.measure(bench.call("POST", "/live/tickets", Some(&bench.user()), None)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    bench.take_messages();
    let (told, nobody) = bench.metered(tell_subscribers(&bench.app, [LiveTopic::DealStock(one)])).await;
    assert!(told.is_ok() && bench.take_messages().is_empty(), "nobody is subscribed");
    vec![row("create a live ticket", ticket), row("tell of a change that nobody follows", nobody)]
}
