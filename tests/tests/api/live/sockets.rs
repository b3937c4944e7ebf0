//! Tests of connections: what they may ask for, and what they are told.

use assertions::assert_each_eq;
use config::Settings;
use dibs_tests::harness::{Caller, TestApp};
use domain::live::SUBSCRIPTIONS_MAX;
use serde_json::{Value, json};
use store::schema::LIVE_UPDATES;

fn stock(deal: &str) -> String {
    format!("deals/{deal}/stock")
}

async fn order(caller: &Caller, deal: &str) -> String {
    caller.order(deal, 1).await.expect(201)["id"].as_str().unwrap().to_owned()
}

/// Returns the items of the table of live updates.
async fn live_items(app: &TestApp) -> Vec<String> {
    app.tables().await.into_iter().filter(|item| item.starts_with("dibs-live:")).collect()
}

#[tokio::test]
async fn stock_is_followed_from_a_snapshot_by_deltas() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40})).await;
    let (mut client, topic) = (app.live().await, stock(&deal));
    let snapshot = client.subscribe(&topic).await;
    assert_each_eq!((snapshot["type"], "snapshot"), (snapshot["data"]["available_quantity"], 40));
    app.user().order(&deal, 3).await.expect(201);
    let delta = client.next().await;
    assert_each_eq!(
        (delta["type"], "delta"),
        (delta["from_version"], snapshot["version"]),
        (delta["data"], json!({"reserved_quantity": 3, "available_quantity": 37}))
    );
    app.pass_seconds(1);
    let polled = app.anonymous().get(&format!("/timedeals/{deal}/live")).await.expect(200);
    assert_each_eq!((polled["version"], delta["version"]), (&polled["data"], client.follower.state(&topic)));
    app.finish().await;
}

#[tokio::test]
async fn seats_are_followed_as_they_are_held_sold_and_released() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let (mut client, topic) = (app.live().await, format!("concerts/{concert}/dates/{date}/seats"));
    client.subscribe(&topic).await;
    let user = app.user();
    user.post("/balance/charge", json!({"amount": 100_000})).await.expect(201);
    let held = user.reserve(&concert, &date, json!(["2", "3"])).await.expect(201)["id"].clone();
    client.until(&topic, |state| state["seats"] == json!({"2": "held", "3": "held"})).await;
    let other = user.reserve(&concert, &date, json!(["4"])).await.expect(201)["id"].clone();
    user.post("/payments", json!({"reservation_id": held})).await.expect(201);
    user.cancel(&other).await.expect(200);
    let last = client.until(&topic, |state| state["seats"] == json!({"2": "sold", "3": "sold"})).await;
    assert_eq!(last["available"], 48);
    app.finish().await;
}

#[tokio::test]
async fn own_order_and_reservation_are_told_with_their_versions() {
    let app = TestApp::start().await;
    let (deal, (concert, date)) = (app.deal(json!({})).await, app.show().await);
    let user = app.user();
    user.post("/balance/charge", json!({"amount": 1_000_000})).await.expect(201);
    let order = order(&user, &deal).await;
    let held =
        user.reserve(&concert, &date, json!(["2"])).await.expect(201)["id"].as_str().unwrap().to_owned();
    let mut client = app.live_of(&user).await;
    let (orders, seats) = (format!("orders/{order}"), format!("reservations/{held}"));
    assert_eq!(client.subscribe(&orders).await["data"]["status"], "reserved");
    assert_eq!(client.subscribe(&seats).await["data"]["status"], "held");
    user.post("/payments", json!({"order_id": order})).await.expect(201);
    user.post("/payments", json!({"reservation_id": held})).await.expect(201);
    client.until(&orders, |state| state["status"] == "confirmed").await;
    let paid = client.until(&seats, |state| state["status"] == "paid").await;
    assert_each_eq!((paid["user_id"], user.id().as_str()), (paid["canceled_at"], Value::Null));
    app.finish().await;
}

#[tokio::test]
async fn own_request_is_told_once_it_is_granted() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let user = app.user();
    user.claim(&campaign, &reward).await.expect(202);
    let (mut client, topic) = (app.live_of(&user).await, format!("requests/{}:{campaign}", user.id()));
    let snapshot = client.subscribe(&topic).await;
    assert_each_eq!((snapshot["data"]["status"], "in_review"), (snapshot["data"]["event_id"], campaign));
    let decision = json!({"action": "approve", "reason": "between us"});
    app.operator().patch(&format!("/events/requests/{}:{campaign}", user.id()), decision).await.expect(200);
    let granted = client.until(&topic, |state| state["status"] == "granted").await;
    assert!(!granted.to_string().contains("between us"), "{granted}");
    app.finish().await;
}

#[tokio::test]
async fn place_in_a_queue_is_told_as_the_queue_moves() {
    let app = TestApp::start().await;
    let queue = json!({"name": "Doors", "capacity": 10, "admissions_per_second": 10});
    let queue = app.operator().post("/queues", queue).await.expect(201)["id"].as_str().unwrap().to_owned();
    let user = app.user();
    let topic = format!("queues/{queue}/position");
    let mut client = app.live_of(&user).await;
    assert_eq!(client.subscribe(&topic).await["code"], "NOT_IN_QUEUE");
    let joined = user.call("POST", &format!("/queues/{queue}/tokens")).await.expect(201);
    let subscribe = json!({"action": "subscribe", "topic": topic, "queue_token": joined["token"]});
    assert_eq!(client.ask(subscribe).await["data"]["status"], "waiting");
    app.wait_seconds(5).await;
    let admitted = client.until(&topic, |state| state["status"] == "active").await;
    assert_each_eq!((admitted["position"], 1), (admitted["ahead"], 0));
    app.finish().await;
}

#[tokio::test]
async fn what_belongs_to_another_user_is_refused() {
    let app = TestApp::start().await;
    let (deal, user) = (app.deal(json!({})).await, app.user());
    let order = order(&user, &deal).await;
    let topics = [
        format!("orders/{order}"),
        format!("reservations/{}:1", user.id()),
        format!("requests/{}:cmp", user.id()),
    ];
    for caller in [app.user(), app.admin(), app.operator()] {
        let mut client = app.live_of(&caller).await;
        for topic in &topics {
            assert_eq!(client.subscribe(topic).await["code"], "FORBIDDEN", "{topic}");
        }
    }
    let mut nobody = app.live().await;
    for topic in topics.iter().chain([&"queues/que_1/position".to_owned()]) {
        assert_eq!(nobody.subscribe(topic).await["code"], "UNAUTHORIZED", "{topic}");
    }
    let mut staff = app.live_of(&app.auditor()).await;
    assert_eq!(staff.subscribe("queues/que_1/position").await["code"], "FORBIDDEN");
    let mut owner = app.live_of(&user).await;
    assert_eq!(owner.subscribe(&format!("orders/{order}")).await["type"], "snapshot");
    assert_eq!(owner.subscribe(&format!("orders/{}:none", user.id())).await["code"], "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn seats_behind_a_queue_need_its_token() {
    let app = TestApp::start().await;
    let queue = json!({"name": "Doors", "capacity": 10, "admissions_per_second": 10});
    let queue = app.operator().post("/queues", queue).await.expect(201)["id"].as_str().unwrap().to_owned();
    let concert = app.concert(json!({"queue_id": queue})).await;
    let date = app.date(&concert, json!({})).await;
    let topic = format!("concerts/{concert}/dates/{date}/seats");
    let user = app.user();
    assert_eq!(app.live().await.subscribe(&topic).await["code"], "UNAUTHORIZED");
    let mut client = app.live_of(&user).await;
    assert_eq!(client.subscribe(&topic).await["code"], "QUEUE_TOKEN_REQUIRED");
    let token = app.queue_token(&queue, &user, 1);
    let subscribe = json!({"action": "subscribe", "topic": topic, "queue_token": token});
    assert_eq!(client.ask(subscribe).await["data"]["available"], 50);
    app.finish().await;
}

#[tokio::test]
async fn ban_ends_what_the_user_was_subscribed_to() {
    let app = TestApp::start().await;
    let (deal, member) = (app.deal(json!({})).await, app.member("kim@example.com").await.caller);
    let order = order(&member, &deal).await;
    let mut client = app.live_of(&member).await;
    let topic = format!("orders/{order}");
    client.subscribe(&topic).await;
    let status = format!("/auth/users/{}/status", member.id());
    app.admin().put(&status, json!({"status": "banned"})).await.expect(200);
    app.wait_seconds(700).await;
    let ended = client.next_of("ended").await;
    assert_each_eq!((ended["topic"], topic), (ended["code"], "UNAUTHORIZED"));
    assert_eq!(client.subscribe(&topic).await["code"], "UNAUTHORIZED");
    assert_eq!(client.subscribe(&stock(&deal)).await["type"], "snapshot", "what is public stays so");
    app.finish().await;
}

#[tokio::test]
async fn rights_end_after_a_quarter_of_an_hour_unless_they_are_renewed() {
    let app = TestApp::start().await;
    let (deal, user) = (app.deal(json!({"hold_seconds": 1200})).await, app.user());
    user.post("/balance/charge", json!({"amount": 1_000_000})).await.expect(201);
    let (first, second) = (order(&user, &deal).await, order(&user, &deal).await);
    let (mut renewed, mut forgotten) = (app.live_of(&user).await, app.live_of(&user).await);
    for client in [&mut renewed, &mut forgotten] {
        for order in [&first, &second] {
            client.subscribe(&format!("orders/{order}")).await;
        }
    }
    app.pass_seconds(14 * 60);
    renewed
        .authenticate(&app.signed_in(
            user.id().clone(),
            &[domain::accounts::Role::User],
            app.now(),
            app.app().tokens(),
        ))
        .await;
    app.pass_seconds(61);
    let again =
        app.signed_in(user.id().clone(), &[domain::accounts::Role::User], app.now(), app.app().tokens());
    again.post("/payments", json!({"order_id": first})).await.expect(201);
    let topic = format!("orders/{first}");
    renewed.until(&topic, |state| state["status"] == "confirmed").await;
    let ended = forgotten.next_of("ended").await;
    assert_each_eq!((ended["topic"], topic), (ended["code"], "UNAUTHORIZED"));
    app.finish().await;
}

#[tokio::test]
async fn client_that_lost_its_connection_goes_on_without_a_gap() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40})).await;
    let mut client = app.live().await;
    client.subscribe(&stock(&deal)).await;
    let follower = client.follower.clone();
    drop(client);
    app.user().order(&deal, 3).await.expect(201);
    app.settle().await;
    let mut client = app.live().await;
    client.follower = follower;
    let snapshot = client.subscribe(&stock(&deal)).await;
    app.user().order(&deal, 2).await.expect(201);
    let last = client.until(&stock(&deal), |state| state["available_quantity"] == 35).await;
    assert_each_eq!((snapshot["data"]["available_quantity"], 37), (last["reserved_quantity"], 5));
    app.finish().await;
}

#[tokio::test]
async fn topic_takes_as_many_clients_as_the_setting_says_and_others_poll() {
    let app = TestApp::with_settings(Settings { live_sockets: 3, ..Settings::default() }).await;
    let (deal, other) = (app.deal(json!({})).await, app.deal(json!({})).await);
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = app.live().await;
        assert_eq!(client.subscribe(&stock(&deal)).await["type"], "snapshot");
        clients.push(client);
    }
    let mut late = app.live().await;
    assert_eq!(late.subscribe(&stock(&deal)).await, json!({"type": "use_snapshot", "topic": stock(&deal)}));
    assert_eq!(late.subscribe(&stock(&other)).await["type"], "snapshot");
    assert_eq!(clients[0].subscribe(&stock(&deal)).await["type"], "snapshot", "it has its place already");
    clients.pop();
    app.settle().await;
    app.pass_seconds(1);
    assert_eq!(late.subscribe(&stock(&deal)).await["type"], "snapshot");
    app.finish().await;
}

#[tokio::test]
async fn nothing_is_sent_or_written_while_nobody_is_subscribed() {
    let app = TestApp::start().await;
    let (deal, (concert, date)) = (app.deal(json!({})).await, app.show().await);
    app.user().order(&deal, 3).await.expect(201);
    app.user().reserve(&concert, &date, json!(["2"])).await.expect(201);
    let connected = app.live().await;
    app.user().order(&deal, 3).await.expect(201);
    drop(connected);
    assert_eq!(live_items(&app).await, [] as [String; 0]);
    assert_eq!(app.delayed_messages(&LIVE_UPDATES).await, 0);
    app.finish().await;
}

#[tokio::test]
async fn relays_stop_to_tell_when_the_last_client_has_left() {
    let app = TestApp::start().await;
    let (deal, user) = (app.deal(json!({})).await, app.user());
    let order = order(&user, &deal).await;
    let (mut one, other) = (app.live_of(&user).await, app.live().await);
    one.subscribe(&stock(&deal)).await;
    one.subscribe(&format!("orders/{order}")).await;
    let mut other = other;
    other.subscribe(&stock(&deal)).await;
    let is_listed = async |channel: &str| {
        live_items(&app).await.iter().any(|item| item.contains("LISTED") && item.contains(channel))
    };
    let gone = one.ask(json!({"action": "unsubscribe", "topic": stock(&deal)})).await;
    assert_eq!(gone, json!({"type": "unsubscribed", "topic": stock(&deal)}));
    assert!(is_listed(&stock(&deal)).await && is_listed("own/").await);
    drop((one, other));
    while is_listed("own/").await || is_listed(&stock(&deal)).await {
        tokio::task::yield_now().await;
    }
    assert!(!live_items(&app).await.iter().any(|item| item.contains("SUBSCRIBERS")));
    app.finish().await;
}

#[tokio::test]
async fn message_that_cannot_be_understood_is_answered_and_the_next_one_handled() {
    let app = TestApp::start().await;
    let mut client = app.live().await;
    for message in ["", "{", "[]", r#"{"action": "shout"}"#, r#"{"action": "subscribe", "topic": "deals/x"}"#]
    {
        client.send(message).await;
        let reply = client.next().await;
        assert_each_eq!((reply["type"], "error"), (reply["code"], "VALIDATION_ERROR"));
    }
    client.send(&format!("{{\"action\": \"ping\"{}}}", " ".repeat(5_000))).await;
    assert_eq!(client.next().await["code"], "VALIDATION_ERROR");
    assert_eq!(client.subscribe("deals/none/stock").await["code"], "NOT_FOUND");
    assert_eq!(client.ask(json!({"action": "ping"})).await, json!({"type": "pong"}));
    app.finish().await;
}

#[tokio::test]
async fn connection_has_a_maximum_of_topics() {
    let app = TestApp::start().await;
    let mut client = app.live().await;
    let mut deals = Vec::new();
    for _ in 0..=SUBSCRIPTIONS_MAX {
        deals.push(app.deal(json!({"stock_quantity": 1})).await);
    }
    for deal in &deals[..SUBSCRIPTIONS_MAX] {
        assert_eq!(client.subscribe(&stock(deal)).await["type"], "snapshot");
    }
    assert_eq!(client.subscribe(&stock(&deals[SUBSCRIPTIONS_MAX])).await["code"], "TOO_MANY_REQUESTS");
    app.finish().await;
}

#[tokio::test]
async fn client_is_asked_to_connect_again_before_two_hours_are_over() {
    let app = TestApp::start().await;
    let mut client = app.live().await;
    app.pass_seconds(108 * 60);
    assert_eq!(client.ask(json!({"action": "ping"})).await["type"], "pong");
    app.pass_seconds(2 * 60);
    assert_eq!(client.ask(json!({"action": "ping"})).await["type"], "reconnect");
    app.finish().await;
}
