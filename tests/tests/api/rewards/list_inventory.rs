//! Tests of `GET /inventory`, the caller's granted rewards.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{guarded, pages, paging_is_checked};

#[tokio::test]
async fn inventory_has_each_kind_as_promised() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({})).await;
    let until = app.days_ago(-9).to_string();
    for (kind, fields, terms) in [
        ("item", json!({"item_id": "potion", "quantity": 3}), json!({"quantity": 4})),
        ("coupon", json!({"coupon_code": "HI", "expires_at": until}), json!({})),
        ("badge", json!({"badge_id": "hero"}), json!({})),
        ("point", json!({"points": 100}), json!({"quantity": 2})),
    ] {
        let reward = app.reward(kind, fields).await;
        app.offer(&campaign, &reward, terms).await;
    }
    let pool = app.pool(&["MINE"]).await;
    app.offer(&campaign, &pool, json!({})).await;
    let user = app.user();
    user.claim_all(&campaign).await.expect(202);
    app.settle().await;
    let reply = user.get("/inventory").await;
    assert_eq!(reply.json["meta"]["points"], 200);
    let entries = reply.expect(200).as_array().unwrap().clone();
    let find = |name: &str, value: &str| entries.iter().find(|entry| entry[name] == value).unwrap();
    assert_eq!(entries.len(), 4);
    assert_each_eq!((find("item_id", "potion")["quantity"], 12), (find("item_id", "potion")["type"], "ITEM"));
    assert_eq!(find("coupon_code", "HI")["expires_at"], until);
    assert_eq!(find("badge_id", "hero")["event_id"], campaign);
    assert_eq!(find("coupon_code", "MINE")["expires_at"], Value::Null);
    let (all, sizes) = pages(&user, "/inventory?limit=3").await;
    assert_each_eq!((all, entries), (sizes, vec![3, 1]));
    let other = app.user().get("/inventory").await;
    assert_each_eq!(
        (other.json["data"], json!([])),
        (other.json["meta"], json!({"points": 0, "next_cursor": null}))
    );
    paging_is_checked(&user, "/inventory").await;
    guarded(&app, "GET", "/inventory", &["operator", "auditor"]).await;
    app.finish().await;
}
