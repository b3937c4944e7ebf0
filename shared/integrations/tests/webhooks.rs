//! Tests of the calls to webhooks, against endpoints on this machine that fail in every way that endpoints do.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use assertions::assert_each_eq;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use config::{SecretString, WebhooksConfig};
use dibs_integrations::{Lookup, WebhookCall, WebhookReply, WebhookSender};
use domain::Timestamp;
use domain::webhooks::TryFailure;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Timeout of a call in these tests, in milliseconds.
const TIMEOUT_MS: u64 = 400;
/// Time within which each call must end, with some reserve for a busy machine.
const BOUND: Duration = Duration::from_secs(5);

/// Returns a lookup that answers with each of `answers` in turn, and then repeats the last one.
fn lookup(answers: &[&str]) -> (Lookup, Arc<AtomicUsize>) {
    let answers: Vec<IpAddr> = answers.iter().map(|address| address.parse().unwrap()).collect();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let lookup: Lookup = Arc::new(move |_| {
        let turn = count.fetch_add(1, Ordering::Relaxed);
        let found = answers.get(turn.min(answers.len().saturating_sub(1))).copied();
        Box::pin(async move { Ok(found.into_iter().collect()) })
    });
    (lookup, asked)
}

fn sender(allows_local: bool, answers: &[&str]) -> WebhookSender {
    WebhookSender::new(WebhooksConfig { timeout_ms: TIMEOUT_MS, allows_local }, lookup(answers).0)
}

fn call(url: &str) -> WebhookCall {
    WebhookCall {
        url: url.to_owned(),
        message_id: "msg_1".to_owned(),
        now: Timestamp::from_millis(1_795_000_000_000),
        body: "{\"id\": 1}".to_owned(),
        secrets: vec![SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
        is_brief: false,
    }
}

/// Sends a call, and checks that it ends in time.
async fn send(sender: &WebhookSender, url: &str) -> WebhookReply {
    let began = Instant::now();
    let reply = sender.send(&call(url)).await;
    assert!(began.elapsed() < BOUND, "{url} took {:?}", began.elapsed());
    reply
}

fn answer(status: u16) -> WebhookReply {
    WebhookReply::Answer { status, retry_after_s: None }
}

/// Serves `router` on a free port of the loopback address, and returns the address.
async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

#[tokio::test]
async fn endpoint_gets_the_signed_body() {
    let seen: Arc<Mutex<Vec<(HeaderMap, Bytes)>>> = Arc::default();
    let record = seen.clone();
    let take = async move |headers: HeaderMap, body: Bytes| record.lock().unwrap().push((headers, body));
    let address = serve(Router::new().route("/hooks", post(take))).await;
    assert_eq!(send(&sender(true, &[]), &format!("http://{address}/hooks?a=b")).await, answer(200));
    let seen = seen.lock().unwrap();
    let (headers, body) = &seen[0];
    let value = |name: &str| headers[name].to_str().unwrap();
    assert_each_eq!(
        (value("webhook-id"), "msg_1"),
        (value("webhook-timestamp"), "1795000000"),
        (value("content-type"), "application/json"),
        (value("webhook-signature").starts_with("v1,"), true),
        (&body[..], &b"{\"id\": 1}"[..])
    );
}

#[tokio::test]
async fn redirect_is_an_answer_and_not_followed() {
    let followed = Arc::new(AtomicUsize::new(0));
    let count = followed.clone();
    let target =
        serve(Router::new().fallback(async move || count.fetch_add(1, Ordering::Relaxed).to_string())).await;
    let to = format!("http://{target}/");
    let away = async move || (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response();
    let address = serve(Router::new().route("/", post(away))).await;
    assert_eq!(send(&sender(true, &[]), &format!("http://{address}/")).await, answer(307));
    assert_eq!(followed.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn status_decides_whatever_the_body_is() {
    let huge = async || vec![b'x'; 10 * 1024 * 1024];
    let wait = async || (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "120")]);
    let address = serve(Router::new().route("/huge", post(huge)).route("/wait", post(wait))).await;
    let sender = sender(true, &[]);
    assert_eq!(send(&sender, &format!("http://{address}/huge")).await, answer(200));
    let asked = WebhookReply::Answer { status: 503, retry_after_s: Some(120) };
    assert_eq!(send(&sender, &format!("http://{address}/wait")).await, asked);
}

#[tokio::test]
async fn body_that_never_ends_does_not_hold_the_call() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        connection.read_exact(&mut [0; 100]).await.unwrap();
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nabc").await.unwrap();
        std::future::pending::<()>().await;
    });
    assert_eq!(send(&sender(true, &[]), &format!("http://{address}/")).await, answer(200));
}

#[tokio::test]
async fn endpoint_that_never_answers_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    assert_eq!(send(&sender(true, &[]), &url).await, WebhookReply::Failed(TryFailure::Timeout));
    drop(listener);
    assert_eq!(send(&sender(true, &[]), &url).await, WebhookReply::Failed(TryFailure::Connection));
}

#[tokio::test]
async fn brief_call_waits_for_a_fifth_of_the_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let config = WebhooksConfig { timeout_ms: 10_000, allows_local: true };
    let began = Instant::now();
    let reply =
        WebhookSender::new(config, lookup(&[]).0).send(&WebhookCall { is_brief: true, ..call(&url) }).await;
    assert_eq!(reply, WebhookReply::Failed(TryFailure::Timeout));
    assert!((1..8).contains(&began.elapsed().as_secs()), "two seconds expected: {:?}", began.elapsed());
}

#[tokio::test]
async fn certificate_that_nobody_vouches_for_is_refused() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            if acceptor.accept(connection).await.is_ok() {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let url = format!("https://localhost:{port}/");
    assert_eq!(
        send(&sender(true, &["127.0.0.1"]), &url).await,
        WebhookReply::Failed(TryFailure::Certificate)
    );
    assert_eq!(calls.load(Ordering::Relaxed), 0, "nothing is sent before the certificate is accepted");
}

#[tokio::test]
async fn name_with_a_private_address_gets_nothing() {
    for address in ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "::ffff:192.168.0.1", "64:ff9b::a00:1"]
    {
        let sender = sender(false, &[address]);
        let refused = WebhookReply::Failed(TryFailure::AddressRefused);
        assert_eq!(send(&sender, "https://hooks.example.com/").await, refused, "{address}");
        assert!(sender.check("https://hooks.example.com/").await.is_err(), "{address}");
    }
    assert_eq!(
        send(&sender(false, &[]), "https://hooks.example.com/").await,
        WebhookReply::Failed(TryFailure::UnknownHost)
    );
}

#[tokio::test]
async fn literal_address_and_plain_http_get_nothing_outside_of_a_local_stack() {
    let address = serve(Router::new().fallback(async || "taken")).await;
    let refused = WebhookReply::Failed(TryFailure::AddressRefused);
    for url in [format!("http://{address}/"), format!("https://{address}/"), "https://[::1]:8443/".to_owned()]
    {
        assert_eq!(send(&sender(false, &["127.0.0.1"]), &url).await, refused, "{url}");
    }
}

/// A name that is public when the webhook is created, and private when it is called.
#[tokio::test]
async fn name_that_is_rebound_after_the_check_gets_nothing() {
    let (lookup, asked) = lookup(&["93.184.215.14", "127.0.0.1"]);
    let config = WebhooksConfig { timeout_ms: TIMEOUT_MS, allows_local: false };
    let sender = WebhookSender::new(config, lookup);
    assert_eq!(sender.check("https://rebound.example.com:8443/").await, Ok(()));
    assert_eq!(
        send(&sender, "https://rebound.example.com:8443/").await,
        WebhookReply::Failed(TryFailure::AddressRefused)
    );
    assert_eq!(
        asked.load(Ordering::Relaxed),
        2,
        "the call resolves once, and connects to what it has checked"
    );
}

#[tokio::test]
async fn name_that_does_not_exist_yet_is_accepted() {
    assert_eq!(sender(false, &[]).check("https://soon.example.com/").await, Ok(()));
}
