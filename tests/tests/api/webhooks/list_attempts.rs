//! Tests of `GET /webhooks/{webhook_id}/attempts`, the log of attempts.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::receiver::{Receiver, event, publish};
use super::{each, guarded, pages, paging_is_checked, path, webhook};

#[tokio::test]
async fn attempts_are_listed_page_by_page_newest_first() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[]).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    for number in 1..=5 {
        publish(&app, &[event(&app, &format!("usr_{number}:a"), 1)]).await;
    }
    let attempts = format!("{}/attempts", path(&hook));
    let (all, sizes) = pages(&app.operator(), &format!("{attempts}?limit=2")).await;
    let all = json!(all);
    assert_each_eq!(
        (sizes, vec![2, 2, 1]),
        (each(&all, "event_id"), vec!["usr_5:a:1", "usr_4:a:1", "usr_3:a:1", "usr_2:a:1", "usr_1:a:1"]),
        (each(&all, "status"), vec!["delivered"; 5]),
        (all[0]["tries"][0]["status"], 200),
        (all[0].to_string().contains("whsec_"), false)
    );
    paging_is_checked(&app.operator(), &attempts).await;
    app.operator().get("/webhooks/whk_none/attempts").await.refused(404, "NOT_FOUND");
    guarded(&app, "GET", &attempts, &["user", "auditor"]).await;
    app.finish().await;
}
