//! Tests of names, reasons, descriptions and addresses.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{ALL_ROLES, Call, TestApp};
use serde_json::{Value, json};

/// Names that are invisible, or change how the text around them is displayed.
const ODD: [&str; 11] = [
    "   ",
    "\u{200b}\u{200b}",
    "\u{3164}\u{3164}",
    "\u{2800}\u{2800}",
    "\t\t",
    "a\0b",
    "a\nb",
    "a\r\nb",
    "abc\u{202e}def",
    "abc\u{2066}def",
    "\u{e0041}\u{e0042}",
];

/// Returns a request for each route that takes a name or a reason, with `text` in that field, and the field's
/// name.
fn naming(app: &TestApp, text: &str) -> Vec<(&'static str, Call)> {
    let caller = app.with_roles(&ALL_ROLES);
    let account = json!({"email": "kim@example.com", "password": "password123", "name": text});
    let event = json!({"name": text, "starts_at": app.now(), "ends_at": app.days_ago(-1)});
    let queue = json!({"name": text, "capacity": 1, "admissions_per_second": 1});
    let decision = json!({"action": "approve", "reason": text});
    let decisions = json!({"ids": ["usr_1:cmp_1"], "action": "approve", "reason": text});
    vec![
        ("name", app.anonymous().post("/auth/register", account)),
        ("name", caller.patch("/auth/me", json!({"name": text}))),
        ("name", caller.post("/products", json!({"name": text, "price": 1, "category": "food"}))),
        ("name", caller.patch("/products/prd_1", json!({"name": text}))),
        ("name", caller.post("/events", event)),
        ("name", caller.patch("/events/cmp_1", json!({"name": text}))),
        ("name", caller.post("/rewards/point", json!({"name": text, "points": 1}))),
        ("name", caller.post("/rewards/item", json!({"name": text, "item_id": "a", "quantity": 1}))),
        ("name", caller.post("/rewards/coupon", json!({"name": text, "pool": true}))),
        ("name", caller.post("/rewards/badge", json!({"name": text, "badge_id": "a"}))),
        ("name", caller.post("/concerts", json!({"name": text}))),
        ("name", caller.post("/queues", queue)),
        ("name", caller.patch("/queues/que_1", json!({"name": text}))),
        ("reason", caller.patch("/events/requests/usr_1:cmp_1", decision)),
        ("reason", caller.patch("/events/requests", decisions)),
    ]
}

#[tokio::test]
async fn name_or_reason_of_nothing_visible_is_refused_everywhere() {
    let app = TestApp::start().await;
    for text in ODD {
        for (field, call) in naming(&app, text) {
            call.await.invalid(&[field]);
        }
    }
    for (_, call) in naming(&app, "김민지 \u{2764}\u{fe0f}") {
        let reply = call.await;
        assert_ne!(reply.json["error"]["code"], "VALIDATION_ERROR", "{}", reply.json);
    }
    app.finish().await;
}

#[tokio::test]
async fn name_is_kept_composed_and_without_blanks_around_it() {
    let app = TestApp::start().await;
    let name = format!("  {}\u{3000}", "\u{1112}\u{1161}\u{11ab}".repeat(200));
    let body =
        json!({"name": name, "price": 1, "category": "food", "description": "\u{1112}\u{1161}\r\nb\n"});
    let made = app.operator().post("/products", body).await.expect(201);
    assert_each_eq!((made["name"], json!("한".repeat(200))), (made["description"], "하\nb"));
    let one_more = json!({"name": "한".repeat(201)});
    app.operator()
        .patch(&format!("/products/{}", made["id"].as_str().unwrap()), one_more)
        .await
        .invalid(&["name"]);
    app.finish().await;
}

#[tokio::test]
async fn description_has_line_feeds_and_no_other_controls() {
    let app = TestApp::start().await;
    let of =
        |description: &str| json!({"name": "n", "price": 1, "category": "food", "description": description});
    for fine in ["", "a\nb", "a\n\n- b"] {
        assert_eq!(app.operator().post("/products", of(fine)).await.expect(201)["description"], fine);
    }
    for odd in ["a\0", "\u{1b}[31m", "\u{202e}", "\u{2028}"] {
        app.operator().post("/products", of(odd)).await.invalid(&["description"]);
        app.operator().patch("/events/cmp_1", json!({"description": odd})).await.invalid(&["description"]);
        app.operator()
            .post("/concerts", json!({"name": "n", "description": odd}))
            .await
            .invalid(&["description"]);
    }
    app.finish().await;
}

#[tokio::test]
async fn address_of_a_picture_has_no_credentials_and_no_quotes() {
    let app = TestApp::start().await;
    for odd in [
        "https://user:password@example.com/1.png",
        "https://example.com/\"onerror=\"alert(1)",
        "https://example.com/'onerror='alert(1)",
        "https://example.com/<script>",
        "https://example.com:99999/1.png",
        "https://exa mple.com/1.png",
        "javascript:alert(1)",
    ] {
        let new =
            json!({"name": "n", "price": 1, "category": "food", "image_url": odd, "thumbnail_url": odd});
        app.operator().post("/products", new).await.invalid(&["image_url", "thumbnail_url"]);
        let change = json!({"image_url": odd, "thumbnail_url": Value::Null});
        app.operator().patch("/products/prd_1", change).await.invalid(&["image_url"]);
    }
    app.finish().await;
}
