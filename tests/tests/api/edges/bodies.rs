//! Tests of JSON bodies with duplicate members or many errors, and of the size of refusals.

use dibs_http::Route;
use dibs_tests::harness::TestApp;
use dibs_tests::processor::thread_time;
use serde_json::{Value, json};

#[tokio::test]
async fn member_that_comes_twice_is_refused() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 3})).await;
    for body in [
        format!(r#"{{"time_deal_id": "{deal}", "quantity": 1, "quantity": 2}}"#),
        format!(r#"{{"time_deal_id": "{deal}", "quantity": 1, "quantity": 1}}"#),
        format!(r#"{{"time_deal_id": "{deal}", "quantity": 1, "\u0071uantity": 2}}"#),
    ] {
        let error = app
            .user()
            .call("POST", "/orders")
            .raw("application/json", body)
            .await
            .refused(400, "DUPLICATE_MEMBER");
        assert!(error["message"].as_str().unwrap().contains("quantity"), "{error}");
    }
    let nested = r#"{"activities": [{"user_id": "usr_1", "type": "login", "ref": "a", "ref": "b"}]}"#;
    let nested = app.operator().call("POST", "/activities").raw("application/json", nested);
    nested.await.refused(400, "DUPLICATE_MEMBER");
    assert_eq!(app.deal_now(&deal).await["available_quantity"], 3);
    app.finish().await;
}

#[tokio::test]
async fn body_without_a_type_is_refused_and_no_body_needs_none() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let order = || app.user().call("POST", "/orders");
    let body = json!({"time_deal_id": deal}).to_string();
    let error = order().untyped(body.clone()).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    assert!(error["message"].as_str().unwrap().contains("application/json"));
    for other in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        order().raw(other, body.clone()).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    for json in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
        order().raw(json, body.clone()).await.expect(201);
    }
    order().await.invalid(&["time_deal_id"]);
    let (event, reward) = app.event(json!({"all": []})).await;
    app.user().call("POST", &format!("/events/{event}/requests/{reward}")).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn bulk_of_wrong_entries_is_refused_in_a_short_answer() {
    let app = TestApp::start().await;
    let pool = app.reward("coupon", json!({"pool": true})).await;
    let codes = format!("/rewards/{pool}/codes");
    let list =
        |name: &str, entry: &str, count: usize| format!(r#"{{"{name}":[{}]}}"#, vec![entry; count].join(","));
    for (path, body, longest) in [
        ("/activities", list("activities", "{}", 340_000), true),
        ("/activities", list("activities", "{}", 100), false),
        (&*codes, list("codes", "1", 500_000), true),
        (&*codes, list("codes", "1", 10_000), false),
        (&*codes, list("codes", "\"\"", 10_000), false),
    ] {
        let began = thread_time();
        let reply = app.operator().call("POST", path).raw("application/json", body).await;
        // This bound holds for a response with the first errors only. Collecting all errors took 12 s.
        let took = thread_time() - began;
        assert!(took.as_secs() < 5, "{path}: {took:?}");
        assert!(reply.bytes.len() < 16 * 1024, "{path}: {} bytes", reply.bytes.len());
        let error = reply.refused(400, "VALIDATION_ERROR");
        let details = error["details"].as_array().unwrap();
        if longest {
            let message = details[0]["message"].as_str().unwrap();
            assert!(details.len() == 1 && message.starts_with("must have at most"), "{path}: {error}");
        } else {
            assert_eq!(details.len(), 100, "{path}");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn unknown_fields_are_named_up_to_a_hundred_and_shortened() {
    let app = TestApp::start().await;
    let mut body: serde_json::Map<String, Value> =
        (0..500).map(|at| (format!("odd_{at}"), json!(1))).collect();
    body.insert("x".repeat(50_000), json!(1));
    let reply = app.operator().post("/products", Value::Object(body)).await;
    assert!(reply.bytes.len() < 16 * 1024, "{} bytes", reply.bytes.len());
    let error = reply.refused(400, "VALIDATION_ERROR");
    assert_eq!(error["details"].as_array().unwrap().len(), 100);
    app.finish().await;
}

#[test]
fn route_that_writes_takes_a_body_or_refuses_it() {
    // Mail programs send a form to the route that unsubscribes (RFC 8058), which ignores it.
    let others = |route: &&&Route| route.method != "GET" && route.name != "notifications-unsubscribe";
    for route in local::routes::routes().iter().filter(others) {
        let said = route.operation();
        let ways = [said.body.is_some(), said.refuses_bodies];
        assert_eq!(ways.iter().filter(|way| **way).count(), 1, "{}", route.name);
    }
}

#[tokio::test]
async fn field_is_unknown_where_a_route_takes_no_body() {
    let app = TestApp::start().await;
    let queue = json!({"name": "q", "capacity": 9, "admissions_per_second": 9});
    let queue = app.operator().post("/queues", queue).await.expect(201)["id"].as_str().unwrap().to_owned();
    let (event, reward) = app.event(json!({"all": []})).await;
    let deal = app.deal(json!({"stock_quantity": 3})).await;
    let buyer = app.user();
    let order = buyer.order(&deal, 1).await.expect(201)["id"].as_str().unwrap().to_owned();
    for (method, path, status) in [
        ("POST", format!("/queues/{queue}/tokens"), 201),
        ("POST", format!("/events/{event}/requests"), 202),
        ("POST", format!("/events/{event}/requests/{reward}"), 202),
        ("POST", format!("/orders/{order}/payments"), 202),
        ("DELETE", format!("/queues/{queue}/tokens/me"), 204),
        ("POST", "/auth/logout".to_owned(), 204),
    ] {
        let call = || buyer.call(method, &path).key("k-1");
        call().json(&json!({"x": 1, "y": 2})).await.invalid(&["x", "y"]);
        call().json(&json!([1])).await.invalid(&["body"]);
        call().raw("application/json", "{").await.refused(400, "BAD_JSON");
        call().untyped("{}").await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
        assert_eq!(call().await.status, status, "no body: {path}");
        for type_of_nothing in ["application/json", "application/x-www-form-urlencoded"] {
            let reply = call().raw(type_of_nothing, "").await;
            assert!(
                reply.status < 300 || reply.status == status || reply.status == 404,
                "{path}: {}",
                reply.status
            );
        }
        let reply = call().json(&json!({})).await;
        assert!(
            reply.status < 300 || reply.status == status || reply.status == 404,
            "{path}: {}",
            reply.status
        );
    }
    let cancel = || buyer.call("DELETE", &format!("/orders/{order}"));
    cancel().json(&json!({"reason": "late"})).await.invalid(&["reason"]);
    app.finish().await;
}

#[tokio::test]
async fn body_that_is_no_object_is_named_as_the_body() {
    let app = TestApp::start().await;
    for body in [json!([]), json!("text"), json!(1), json!(null)] {
        app.user().post("/orders", body.clone()).await.invalid(&["body"]);
        app.operator().post("/queues", body).await.invalid(&["body"]);
    }
    app.operator().post("/activities", json!([{"type": "login"}])).await.invalid(&["body"]);
    app.finish().await;
}
