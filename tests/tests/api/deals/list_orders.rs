//! Tests of `GET /orders`, the list of orders.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};
use store::schema::DEALS;

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn own_orders_are_listed_newest_first_by_page_or_cursor() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let (user, other) = (app.user(), app.user());
    other.order(&deal, 1).await.expect(201);
    let mut made = Vec::new();
    for number in 0..5 {
        app.pass_millis(1);
        let order = user.order(&deal, 1).key(&format!("k-{number}")).await.expect(201);
        made.insert(0, order["id"].as_str().unwrap().to_owned());
    }
    let list = async |query: &str| user.get(&format!("/orders{query}")).await;
    let whole = list("").await;
    assert_eq!(ids(&whole.expect(200)), made);
    let page = list("?page=2&per_page=2").await;
    let meta = page.json["meta"].clone();
    assert_eq!(ids(&page.expect(200)), made[2..4]);
    assert_each_eq!((meta["total"], 5), (meta["page"], 2), (meta["per_page"], 2), (meta["total_pages"], 3));
    let first = list("?limit=3").await;
    let cursor = first.json["meta"]["next_cursor"].as_str().unwrap().to_owned();
    assert_eq!(ids(&first.expect(200)), made[..3]);
    assert_eq!(ids(&list(&format!("?limit=3&cursor={cursor}")).await.expect(200)), made[3..]);
    for query in ["?page=0", "?per_page=101", "?cursor=nonsense", "?status=reserved", "?page=1&limit=2"] {
        list(query).await.refused(400, "VALIDATION_ERROR");
    }
    app.finish().await;
}

#[tokio::test]
async fn staff_names_the_user_whose_orders_are_listed() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let user = app.user();
    user.order(&deal, 1).await.expect(201);
    let path = format!("/orders?user_id={}", user.id());
    let own = user.get(&path).await.snapshot(200);
    assert_eq!(own.as_array().unwrap().len(), 1);
    for reader in [app.operator(), app.auditor(), app.admin()] {
        assert_eq!(reader.get(&path).await.expect(200), own);
        assert_eq!(reader.get("/orders").await.expect(200), json!([]));
    }
    app.user().get(&path).await.refused(403, "FORBIDDEN");
    app.anonymous().get("/orders").await.refused(401, "UNAUTHORIZED");
    app.finish().await;
}

#[tokio::test]
async fn orders_of_the_version_before_are_listed_and_entered() {
    let mut app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let user = app.user();
    let mut made = Vec::new();
    for number in 0..3 {
        app.pass_millis(1);
        let order = user.order(&deal, 1).key(&format!("k-{number}")).await.expect(201);
        made.insert(0, order["id"].as_str().unwrap().to_owned());
    }
    app.settle().await;
    app.stop_relays().await;
    for id in &made {
        let (owner, name) = id.split_once(':').unwrap();
        app.take_out_of_list(&DEALS, &format!("USER#{owner}"), &format!("ORDER#{name}")).await;
    }
    for read in ["enters them", "leaves the marker", "reads the list"] {
        let listed = user.get("/orders").await;
        assert_eq!(listed.json["meta"]["total"], 3, "{read}");
        assert_eq!(ids(&listed.expect(200)), made, "{read}");
    }
    app.abandon();
}
