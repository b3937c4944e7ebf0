use assertions::assert_each_eq;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Json;
use axum::http::{Method, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::*;
use crate::{Stack, front};

const BUYERS: u32 = 60;
const STOCK: u32 = 20;

fn options(what: ScenarioKind, running: Running) -> Options {
    let stock = (what != ScenarioKind::Queue).then_some(STOCK);
    Options { what: Some(what), demo: false, buyers: BUYERS, stock, connections: 16, running }
}

async fn send_all(options: &Options) -> Report {
    let report = run(options, &ProgressBar::hidden()).await;
    let report = report.unwrap_or_else(|error| panic!("{error} {:?}", error.cause()));
    println!("{report}");
    report
}

/// Runs the scenario `what`, and checks that exactly the stock is given out, that the report says so, and
/// that a unit takes `write_units_min` write units or more on average.
async fn sells_exactly(what: ScenarioKind, sold_out: &str, write_units_min: f64) {
    let report = send_all(&options(what, Running::default())).await;
    report.verdict().unwrap();
    let refused = [(sold_out.to_owned(), (BUYERS - STOCK) as usize)].into();
    assert_eq!(report.counts, ResponseCounts { got: STOCK as usize, refused, ..ResponseCounts::default() });
    assert_eq!(report.bill.calls, BUYERS as usize);
    let units = report.bill.units.unwrap();
    assert!(units.write >= write_units_min * f64::from(STOCK) && units.read > 0.0, "{units:?}");
    assert!(report.latency.p50 <= report.latency.p99 && report.latency.p99 <= report.latency.max);
    let text = report.to_string();
    assert!(text.contains(&format!("refused     {:>10}  {sold_out}", BUYERS - STOCK)), "{text}");
    assert_eq!(text.matches("\n  holds     ").count(), 6, "{text}");
    assert!(text.contains(&format!("analytics counts {STOCK} and the clients {STOCK},")), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deal_sells_exactly_its_stock() {
    // Each order writes a bucket of the stock and the order itself.
    sells_exactly(ScenarioKind::Deal, "INSUFFICIENT_STOCK", 2.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_go_once_each() {
    // Each hold writes a seat block and a reservation.
    sells_exactly(ScenarioKind::Seats, "SEAT_TAKEN", 2.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reward_is_granted_as_often_as_it_is_there() {
    // Each grant writes a bucket of the stock, the claim, the grant, and the claim again with its outcome.
    sells_exactly(ScenarioKind::Reward, "OUT_OF_STOCK", 4.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_gives_each_position_once() {
    let report = send_all(&options(ScenarioKind::Queue, Running::default())).await;
    report.verdict().unwrap();
    assert_eq!(report.counts, ResponseCounts { got: BUYERS as usize, ..ResponseCounts::default() });
    let units = report.bill.units.unwrap();
    // Each join writes two items, and each client polls at least once.
    assert!(units.write >= 2.0 * f64::from(BUYERS), "{units:?}");
    assert!(report.bill.calls >= 2 * BUYERS as usize, "{}", report.bill.calls);
    let position = format!("{BUYERS} different positions for {BUYERS} clients, from 1 to {BUYERS}");
    assert_eq!(report.invariants.last(), Some(&Invariant::new(true, position)));
}

/// Serves `router` on `listener` until the returned sender is dropped or used.
async fn serve(router: axum::Router, listener: TcpListener) -> oneshot::Sender<()> {
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(front::serve(listener, router, async { drop(stopped.await) }));
    stop
}

/// Returns a listener on a free port of 127.0.0.1, and its URL.
async fn port() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    (listener, address)
}

/// Checks both ways to get access tokens for a running stack: the first run signs in as the demo's operator
/// and registers the clients, the second signs the tokens with the stack's key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stack_that_runs_already() {
    let (listener, address) = port().await;
    let folder = std::env::temp_dir().join(format!("dibs-rush-{:08x}", rand::random::<u32>()));
    std::fs::create_dir_all(&folder).unwrap();
    let data = Some(folder.join("dibs.db"));
    let engines = crate::engine::Options { data, ..crate::engine::Options::default() };
    let stack = crate::Options { engines, fakes_at: address.clone(), ..crate::Options::default() };
    let stack = Stack::start(&stack).await.unwrap();
    crate::demo::seed(&stack.app).await.unwrap();
    let serving = serve(stack.router(), listener).await;
    let running = Running {
        url: Some(format!("{address}/api/v1/")),
        email: "operator@test.com".to_owned(),
        password: crate::demo::PASSWORD.to_owned(),
        signing_key: None,
    };
    let registered = Options { buyers: 6, stock: Some(4), ..options(ScenarioKind::Seats, running.clone()) };
    let signing_key = Some(folder.join("dibs.db.signing-key.pem"));
    let signed = Running { password: "not needed".to_owned(), signing_key, ..running };
    let signed = Options { buyers: 6, stock: Some(4), ..options(ScenarioKind::Reward, signed) };
    for options in [registered, signed] {
        let report = send_all(&options).await;
        report.verdict().unwrap();
        assert_each_eq!((report.counts.got, 4), (report.bill.units, None));
        assert_eq!(report.to_string().matches("not measured").count(), 3);
    }
    drop(serving);
    stack.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}

/// Responds to every order with success, and to every read with a deal of which one unit too many is
/// reserved.
async fn liar(method: Method, calls: Arc<AtomicUsize>) -> (StatusCode, Json<Value>) {
    let number = calls.fetch_add(1, Ordering::Relaxed);
    let deal = json!({"reserved_quantity": STOCK + 1, "sold_quantity": 0, "available_quantity": 0});
    let made = json!({"id": format!("made_{number}"), "access_token": "any"});
    let data = if method == Method::GET { deal } else { made };
    (StatusCode::CREATED, Json(json!({"success": true, "data": data})))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sells_more_than_there_is_is_found_out() {
    let (listener, address) = port().await;
    let calls = Arc::<AtomicUsize>::default();
    let router = axum::Router::new().fallback(move |method: Method| liar(method, calls.clone()));
    let serving = serve(router, listener).await;
    let running = Running { url: Some(address), ..Running::default() };
    let report = send_all(&Options { buyers: STOCK + 1, ..options(ScenarioKind::Deal, running) }).await;
    drop(serving);
    let error = report.verdict().unwrap_err();
    let finding = format!("{} requests succeeded, {STOCK} expected", STOCK + 1);
    assert!(
        error.message.starts_with("An invariant is violated") && error.message.contains(&finding),
        "{error}"
    );
    assert!(report.to_string().contains(&format!("  VIOLATED  {finding}")), "{report}");
}

#[tokio::test]
async fn a_queue_has_no_stock() {
    let options = Options { stock: Some(STOCK), ..options(ScenarioKind::Queue, Running::default()) };
    let error = run(&options, &ProgressBar::hidden()).await.unwrap_err();
    assert_eq!(error.message, "A queue has no limit: omit --stock");
}
