//! Tests of `GET /payments/reports`, the provider's reports that could not be booked.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use local::fakes::ProviderSettings;
use local::stack::FAKES_SECRET;
use serde_json::{Value, json};

use super::{guarded, ordered, pages, paging_is_checked, sale};

/// Orders two units at 100 each and requests the payment from the provider, who sends no callback. Returns
/// the id of the order.
async fn asked(app: &TestApp) -> String {
    app.fakes().set_provider(ProviderSettings { callbacks: 0, ..ProviderSettings::default() });
    let (user, deal) = (app.user(), sale(app, json!({})).await);
    let id = ordered(&user, &deal, 2).await;
    user.ask_payment(&id).await.expect(202);
    id
}

fn report(order: &str, status: &str, amount: u64) -> Value {
    json!({"reference": format!("{order}:1"), "order_id": order, "status": status, "amount": amount})
}

#[tokio::test]
async fn report_that_cannot_be_booked_is_kept_once_and_shown_to_staff() {
    let app = TestApp::start().await;
    let order = asked(&app).await;
    let refunded = report(&order, "refunded", 200);
    let dearer = report(&order, "completed", 300);
    let unknown = report("usr_nobody:none", "charged_back", 200);
    let elsewhere = report("usr_nobody:none", "completed", 200);
    for _ in 0..2 {
        app.callback(&refunded).await.invalid(&["status"]);
        app.pass_seconds(1);
        app.callback(&dearer).await.refused(409, "CONFLICT");
        app.pass_seconds(1);
        app.callback(&unknown).await.invalid(&["status"]);
        app.pass_seconds(1);
        app.callback(&elsewhere).await.refused(404, "NOT_FOUND");
        app.pass_seconds(1);
        let broken = app.signed_callback("{\"a\": ", FAKES_SECRET, app.now());
        broken.await.refused(400, "BAD_JSON");
        app.pass_seconds(1);
    }
    for staff in [app.auditor(), app.operator()] {
        let found = staff.get("/payments/reports").await.snapshot(200);
        let seen = |name: &str| -> Vec<Value> {
            found.as_array().unwrap().iter().map(|report| report[name].clone()).collect()
        };
        let codes = ["BAD_JSON", "NOT_FOUND", "VALIDATION_ERROR", "CONFLICT", "VALIDATION_ERROR"];
        assert_eq!(seen("code"), codes, "newest first, each once");
        let statuses =
            [json!(null), json!("completed"), json!("charged_back"), json!("completed"), json!("refunded")];
        assert_eq!(seen("status"), statuses);
        assert_eq!(seen("amount"), [json!(null), json!(200), json!(200), json!(300), json!(200)]);
        assert_eq!(seen("order_id")[3..], [json!(order), json!(order)]);
        assert_each_eq!(
            (found[4]["body"], json!(refunded.to_string())),
            (found[0]["body"], json!("{\"a\": "))
        );
        assert!(found[4]["received_at"].is_string() && found[4]["message"].is_string());
    }
    let (found, sizes) = pages(&app.operator(), "/payments/reports?limit=2").await;
    assert_each_eq!((found.len(), 5), (sizes, vec![2, 2, 1]));
    paging_is_checked(&app.operator(), "/payments/reports").await;
    guarded(&app, "GET", "/payments/reports", &["user"]).await;
    app.finish().await;
}

#[tokio::test]
async fn forged_report_is_not_kept() {
    let app = TestApp::start().await;
    let order = asked(&app).await;
    let said = report(&order, "refunded", 200).to_string();
    app.signed_callback(said.clone(), "some other secret", app.now()).await.refused(401, "UNAUTHORIZED");
    let old = app.signed_callback(said, FAKES_SECRET, app.now().plus_seconds(-302));
    old.await.refused(401, "UNAUTHORIZED");
    assert_eq!(app.auditor().get("/payments/reports").await.expect(200), json!([]));
    app.finish().await;
}

#[tokio::test]
async fn long_report_is_booked_or_kept() {
    let app = TestApp::start().await;
    let order = asked(&app).await;
    let long = |mut report: Value| {
        report["note"] = json!("n".repeat(70 * 1024));
        report
    };
    app.callback(&long(report("usr_nobody:none", "completed", 200))).await.refused(404, "NOT_FOUND");
    let kept = app.auditor().get("/payments/reports").await.expect(200);
    assert_each_eq!((kept[0]["code"], "NOT_FOUND"), (kept[0]["amount"], 200));
    assert!(kept[0]["body"].as_str().unwrap().len() >= 48 * 1024);
    app.callback(&long(report(&order, "completed", 200))).await.expect(200);
    assert_eq!(app.auditor().get("/payments/reports").await.expect(200).as_array().unwrap().len(), 1);
    app.finish().await;
}
