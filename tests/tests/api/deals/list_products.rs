//! Tests of `GET /products`, the list of products.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{each, pages, paging_is_checked};

#[tokio::test]
async fn active_products_are_listed_newest_first() {
    let app = TestApp::start().await;
    assert_eq!(app.anonymous().get("/products").await.snapshot(200), json!([]));
    let mut made = Vec::new();
    for number in 0..5 {
        made.insert(0, app.product(json!({"name": format!("ball {number}"), "category": "toy"})).await);
    }
    let hidden = app.product(json!({"status": "inactive"})).await;
    let gone = app.product(json!({})).await;
    app.operator().patch(&format!("/products/{gone}"), json!({"status": "deleted"})).await.expect(200);
    for caller in [app.anonymous(), app.user(), app.auditor(), app.operator()] {
        let (found, sizes) = pages(&caller, "/products?limit=2").await;
        assert_each_eq!(
            (each(&json!(found), "id"), made.iter().map(String::as_str).collect::<Vec<_>>()),
            (sizes, vec![2, 2, 1])
        );
    }
    for staff in [app.auditor(), app.operator()] {
        let inactive = staff.get("/products?status=inactive").await.expect(200);
        assert_eq!(each(&inactive, "id"), [&hidden]);
    }
    app.anonymous().get("/products?status=inactive").await.refused(401, "UNAUTHORIZED");
    app.user().get("/products?status=inactive").await.refused(403, "FORBIDDEN");
    app.finish().await;
}

#[tokio::test]
async fn products_are_filtered_by_kind() {
    let app = TestApp::start().await;
    let food = app.product(json!({"category": "food"})).await;
    let toy = app.product(json!({"category": "toy"})).await;
    let find = async |query: &str| {
        let found: Value = app.anonymous().get(&format!("/products?{query}")).await.expect(200);
        each(&found, "id").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(find("category=food").await, [food]);
    assert_eq!(find("category=toy&status=active").await, [toy]);
    app.anonymous()
        .get("/products?category=cars&status=deleted&colour=red")
        .await
        .invalid(&["category", "status", "colour"]);
    paging_is_checked(&app.anonymous(), "/products").await;
    app.finish().await;
}
