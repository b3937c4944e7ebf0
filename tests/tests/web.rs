//! Web application as the local stack serves it, and the crowd of its demo.

use std::time::Duration;

use assertions::assert_each_eq;
use dibs_tests::harness::TestApp;
use local::crowd::{Crowd, CrowdSize};
use reqwest::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH,
};
use reqwest::{Client, Response, StatusCode};

async fn get(app: &TestApp, path: &str) -> Response {
    Client::new().get(format!("{}{path}", app.address())).send().await.unwrap()
}

fn header(response: &Response, name: HeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// Returns the paths of the scripts of a page.
fn scripts(page: &str) -> Vec<String> {
    let sources = page.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    sources.filter(|source| source.ends_with(".js")).map(str::to_owned).collect()
}

#[tokio::test]
async fn pages_are_served_under_their_policy_and_are_asked_for_again() {
    let app = TestApp::start().await;
    let policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: data:; \
                  connect-src 'self' wss:; frame-ancestors 'none'; base-uri 'none'";
    for path in ["/", "/deals", "/orders/usr_1:2", "/console", "/console/requests"] {
        let page = get(&app, path).await;
        assert_each_eq!(
            (page.status(), StatusCode::OK),
            (header(&page, CONTENT_TYPE), "text/html"),
            (header(&page, CONTENT_SECURITY_POLICY), policy),
            (header(&page, CACHE_CONTROL), "no-cache"),
        );
        let tag = header(&page, ETAG).to_owned();
        let again = Client::new().get(format!("{}{path}", app.address())).header(IF_NONE_MATCH, tag);
        assert_eq!(again.send().await.unwrap().status(), StatusCode::NOT_MODIFIED, "{path}");
    }
    app.finish().await;
}

#[tokio::test]
async fn storefront_and_console_are_two_pages_whose_scripts_are_kept_for_a_year() {
    let app = TestApp::start().await;
    let (shop, console) =
        (get(&app, "/").await.text().await.unwrap(), get(&app, "/console").await.text().await.unwrap());
    assert_ne!(scripts(&shop), scripts(&console));
    for script in scripts(&shop).iter().chain(&scripts(&console)) {
        let file = get(&app, script).await;
        assert_each_eq!(
            (file.status(), StatusCode::OK),
            (header(&file, CONTENT_TYPE), "text/javascript"),
            (header(&file, CACHE_CONTROL), "public, max-age=31536000, immutable"),
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn missing_file_is_no_page_and_the_api_answers_for_its_own_paths() {
    let app = TestApp::start().await;
    let missing = get(&app, "/assets/gone-1234.js").await;
    assert_each_eq!(
        (missing.status(), StatusCode::NOT_FOUND),
        (header(&missing, CONTENT_TYPE).starts_with("text/plain"), true),
    );
    for path in ["/api/v1/nothing", "/.well-known/nothing", "/_standins/nothing"] {
        let answer = get(&app, path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["error"]["code"], "NOT_FOUND", "{path}");
    }
    let post = Client::new().post(app.address()).send().await.unwrap();
    assert_eq!(post.status(), StatusCode::NOT_FOUND);
    assert_eq!(post.json::<serde_json::Value>().await.unwrap()["error"]["code"], "NOT_FOUND");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crowd_claims_orders_and_pays_seats_and_only_one_runs() {
    let app = TestApp::start().await;
    local::demo::seed(app.app()).await.unwrap();
    let crowd = Crowd::new(app.app().clone(), app.address());
    let size = CrowdSize { clients: 12, seconds: 1 };
    assert!(crowd.start(size).await.unwrap());
    assert!(!crowd.start(size).await.unwrap(), "a second crowd does not start beside the first");
    let state = tokio::time::timeout(Duration::from_secs(120), async {
        while crowd.state().running {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        crowd.state()
    });
    let state = state.await.unwrap();
    assert_each_eq!(
        (state.finished, 12),
        (state.failed, 0),
        (state.done.claims, 4),
        // Buyers 1, 4, 7 and 10 want 2 + 1 + 2 + 1 of three units, and the last one keeps its order unpaid.
        (state.done.orders > 0, true),
        // Visitors 2, 8 and 11 pay 1 + 1 + 2 seats; the fifth, in place of paying, lets the hold end.
        (state.done.seats, 4),
    );
    app.finish().await;
}

#[tokio::test]
async fn crowd_without_demo_data_is_refused_with_advice() {
    let app = TestApp::start().await;
    let start = |query: &str| Client::new().post(format!("{}/_standins/crowd{query}", app.address())).send();
    let refused = start("").await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().await.unwrap().contains("--demo"));
    assert_eq!(start("?clients=0").await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(start("?clients=1001").await.unwrap().status(), StatusCode::BAD_REQUEST);
    app.finish().await;
}
