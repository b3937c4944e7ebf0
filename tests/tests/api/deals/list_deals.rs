//! Tests of `GET /timedeals`, the list of deals.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{each, pages};

/// Creates deals in every status, and returns their ids in the order in which the list shows them.
async fn create_listed_deals(app: &TestApp) -> Vec<String> {
    let day = |days: i64| json!(app.days_ago(-days));
    let of = async |start: i64, end: i64, kind: &str| {
        let product = app.product(json!({"category": kind})).await;
        let fields = json!({
            "product_id": product, "start_at": day(start), "end_at": day(end), "stock_quantity": 1,
        });
        app.deal(fields).await
    };
    let (ended, canceled) = (of(-9, -8, "toy").await, of(-7, 1, "food").await);
    let path = format!("/timedeals/{canceled}");
    app.operator().patch(&path, json!({"status": "canceled"})).await.expect(200);
    let (later, soon) = (of(2, 3, "toy").await, of(1, 4, "toy").await);
    let (new, old) = (of(-1, 1, "toy").await, of(-2, 9, "food").await);
    vec![old, new, soon, later, ended, canceled]
}

async fn find(app: &TestApp, query: &str) -> Vec<String> {
    let found = app.anonymous().get(&format!("/timedeals?{query}")).await.expect(200);
    each(&found, "id").into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn active_ones_come_first_then_scheduled_ones_then_the_rest() {
    let app = TestApp::start().await;
    let none = app.anonymous().get("/timedeals").await;
    let meta = json!({"total": 0, "page": 1, "per_page": 20, "total_pages": 0, "next_cursor": null});
    assert_each_eq!((none.json["data"], json!([])), (none.json["meta"], meta));
    let made = create_listed_deals(&app).await;
    for caller in [app.anonymous(), app.user(), app.auditor(), app.operator()] {
        let found = caller.get("/timedeals").await.expect(200);
        assert_eq!(each(&found, "id"), made);
        let statuses = ["active", "active", "scheduled", "scheduled", "ended", "canceled"];
        assert_eq!(each(&found, "status"), statuses);
    }
    // The list shows a deal in the same way as `GET /timedeals/{deal_id}`.
    let listed = app.anonymous().get("/timedeals?per_page=1&page=5").await.expect(200);
    assert_eq!(listed[0], app.anonymous().get(&format!("/timedeals/{}", made[4])).await.expect(200));
    // The statuses follow the clock without a write: a day and a half later one deal has ended and one has
    // started.
    app.pass_seconds(36 * 60 * 60);
    let moved: Vec<&String> = [0, 2, 3, 4, 5, 1].into_iter().map(|index| &made[index]).collect();
    let found = app.anonymous().get("/timedeals").await.expect(200);
    assert_eq!(each(&found, "id"), moved);
    assert_eq!(each(&found, "status"), ["active", "active", "scheduled", "ended", "canceled", "ended"]);
    app.finish().await;
}

#[tokio::test]
async fn pages_have_numbers() {
    let app = TestApp::start().await;
    let made = create_listed_deals(&app).await;
    for (page, ids) in [(1, &made[..4]), (2, &made[4..]), (3, &made[6..])] {
        let reply = app.anonymous().get(&format!("/timedeals?page={page}&per_page=4")).await;
        let meta = &reply.json["meta"];
        assert_each_eq!((meta["total"], 6), (meta["total_pages"], 2), "{meta}");
        assert_each_eq!((meta["page"], json!(page)), (meta["per_page"], 4), "{meta}");
        assert_eq!(each(&reply.expect(200), "id"), ids);
    }
    let bad = "page=0&per_page=101";
    app.anonymous().get(&format!("/timedeals?{bad}")).await.invalid(&["page", "per_page"]);
    let both = "page=1&per_page=5&limit=5";
    app.anonymous().get(&format!("/timedeals?{both}")).await.invalid(&["page", "per_page"]);
    app.finish().await;
}

#[tokio::test]
async fn deals_are_paged_by_cursor() {
    let app = TestApp::start().await;
    let made = create_listed_deals(&app).await;
    let (found, sizes) = pages(&app.anonymous(), "/timedeals?limit=4").await;
    assert_each_eq!(
        (each(&json!(found), "id"), made.iter().map(String::as_str).collect::<Vec<_>>()),
        (sizes, vec![4, 2])
    );
    // A page that was selected by its number has a cursor to the next page, too.
    let first = app.anonymous().get("/timedeals?per_page=5").await;
    let cursor = first.json["meta"]["next_cursor"].as_str().unwrap();
    let rest = app.anonymous().get(&format!("/timedeals?cursor={cursor}")).await;
    assert_eq!(rest.json["meta"], json!({"next_cursor": null}));
    assert_eq!(each(&rest.expect(200), "id"), made[5..]);
    for (query, fields) in
        [("limit=0", "limit"), ("cursor=bm9uc2Vuc2U", "cursor"), ("cursor=%2F%2F", "cursor")]
    {
        app.anonymous().get(&format!("/timedeals?{query}")).await.invalid(&[fields]);
    }
    app.finish().await;
}

#[tokio::test]
async fn deals_are_filtered_by_status_and_kind() {
    let app = TestApp::start().await;
    let made = create_listed_deals(&app).await;
    for (query, ids) in [
        ("status=active", vec![0, 1]),
        ("status=scheduled", vec![2, 3]),
        ("status=ended", vec![4]),
        ("status=canceled", vec![5]),
        ("status=soldout", vec![]),
        ("category=food", vec![0, 5]),
        ("category=toy&status=ended", vec![4]),
        ("category=food&status=ended", vec![]),
        ("category=toy&per_page=2&page=2", vec![3, 4]),
    ] {
        let ids: Vec<&String> = ids.into_iter().map(|index: usize| &made[index]).collect();
        assert_eq!(find(&app, query).await.iter().collect::<Vec<_>>(), ids, "{query}");
    }
    let wrong: Value = app.anonymous().get("/timedeals?status=over&category=cars&colour=red").await.json;
    assert_eq!(wrong["error"]["details"].as_array().unwrap().len(), 3, "{wrong}");
    app.finish().await;
}
