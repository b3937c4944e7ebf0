//! Tests of the headers of every response.

use dibs_tests::harness::{ALL_ROLES, Reply, TestApp};
use local::routes::routes;
use serde_json::json;

/// Functions whose responses are the same for everybody, with their cache directives.
const PUBLIC: [(&str, &str); 10] = [
    ("platform-openapi", "max-age=300"),
    ("platform-docs", "max-age=300"),
    ("accounts-get-jwks", "public, max-age=300"),
    ("waiting-room-get-queue", "max-age=1"),
    ("deals-list-deals", "max-age=1"),
    ("deals-get-deal", "max-age=1"),
    ("deals-list-products", "max-age=1"),
    ("deals-get-product", "max-age=1"),
    ("live-get-deal-stock", "max-age=1"),
    ("platform-get-event-schema", "max-age=86400"),
];

fn check(reply: &Reply, called: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{name} of {called}: {}", reply.status);
    }
    let policy = reply.header("content-security-policy").unwrap_or_default();
    assert!(
        policy.contains("default-src") && policy.contains("frame-ancestors 'none'"),
        "{called}: {policy}"
    );
}

#[tokio::test]
async fn every_answer_has_the_security_headers_and_says_who_may_keep_it() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let product = app.deal_now(&deal).await["product_id"].as_str().unwrap().to_owned();
    let queue =
        app.operator().post("/queues", json!({"name": "q", "capacity": 1, "admissions_per_second": 1}));
    let queue = queue.await.expect(201)["id"].as_str().unwrap().to_owned();
    let mut kept = 0;
    for route in routes() {
        for path in route.paths {
            let ids = [("{deal_id}", &*deal), ("{product_id}", &*product), ("{queue_id}", &*queue)];
            let ids = ids.into_iter().chain([
                ("{file}", "docs.js"),
                ("{type}", "order.reserved"),
                ("{version}", "1"),
            ]);
            let path = ids.fold((*path).to_owned(), |path, (name, id)| path.replace(name, id));
            let path: Vec<&str> =
                path.split('/').map(|part| if part.starts_with('{') { "none" } else { part }).collect();
            for caller in [app.anonymous(), app.with_roles(&ALL_ROLES)] {
                let called = format!("{} {}", route.method, path.join("/"));
                let reply = caller.call(route.method, &path.join("/")).await;
                check(&reply, &called);
                let public = PUBLIC.iter().find(|(name, _)| *name == route.name && reply.status == 200);
                let wanted = public.map_or("no-store", |(_, control)| control);
                assert_eq!(reply.header("cache-control"), Some(wanted), "{called}: {}", reply.status);
                kept += usize::from(public.is_some());
            }
        }
    }
    assert!(kept >= 2 * PUBLIC.len(), "each of them was read: {kept}");
    for path in ["/timedeals/none", "/queues/none", "/timedeals?limit=0", "/docs/none", "/nowhere"] {
        let reply = app.anonymous().get(path).await;
        assert!(reply.status >= 400);
        check(&reply, path);
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
    }
    app.finish().await;
}

#[tokio::test]
async fn reply_without_a_route_has_the_security_headers_too() {
    let app = TestApp::start().await;
    for (method, path, status) in
        [("PUT", "/events", 405), ("GET", "/nowhere", 404), ("POST", "/health", 405)]
    {
        let reply = app.unmatched().call(method, path).await;
        assert_eq!(reply.status, status, "{method} {path}");
        check(&reply, path);
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
    }
    app.finish().await;
}
