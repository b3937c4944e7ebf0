//! HTTP server of the embedded engines, both on one port, for the AWS CLI and for functions under `cargo
//! lambda`.

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use bytes::Bytes;
use domain::{Error, Result};
use http::{HeaderMap, StatusCode, header};
use tokio::net::TcpListener;

use super::connector::{CONTENT_TYPE, Call, Reply};
use super::sqs::URL_BASE;
use super::{Dynamo, Sqs};
use crate::hosts::{Hosts, answering_to};

/// Maximum size of a request body, in bytes. The largest call of either service is DynamoDB's batch of 16 MB.
const BODY_BYTES_MAX: usize = 17 * 1024 * 1024;

/// Serves both engines on `listener` until `shutdown`, and then finishes the calls in progress. Only requests
/// to one of `hosts` are accepted. Signatures are not checked: every client that reaches the port has full
/// access.
///
/// # Errors
/// Fails if the listener fails.
pub async fn serve(
    listener: TcpListener,
    dynamo: Dynamo,
    sqs: Sqs,
    hosts: Hosts,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let app = Router::new()
        .fallback(answer)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Engines { dynamo, sqs });
    axum::serve(listener, answering_to(hosts, app))
        .with_graceful_shutdown(shutdown)
        .await
        .map_err(Error::internal)
}

#[derive(Clone)]
struct Engines {
    dynamo: Dynamo,
    sqs: Sqs,
}

async fn answer(State(engines): State<Engines>, headers: HeaderMap, body: Bytes) -> Response {
    let target = text(&headers, "x-amz-target").to_owned();
    let reply = if target.starts_with("DynamoDB") {
        engines.dynamo.execute(&target, &body)
    } else if target.starts_with("AmazonSQS.") {
        let reply = engines.sqs.execute(Call { target, body }).await;
        with_reachable_urls(reply, text(&headers, "host"))
    } else {
        unroutable(&headers)
    };
    response(reply)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

// Replaces the base of queue URLs by this server's address, because some clients call a queue by its URL.
fn with_reachable_urls(reply: Reply, host: &str) -> Reply {
    let Ok(body) = std::str::from_utf8(&reply.body) else { return reply };
    // Message bodies are not changed: `ReceiveMessage` must return them as they were sent.
    if host.is_empty() || !(body.starts_with(r#"{"QueueUrl"#) || body.starts_with(r#"{"queueUrls"#)) {
        return reply;
    }
    let body = body.replace(URL_BASE, &format!("http://{host}/"));
    Reply { status: reply.status, body: body.into() }
}

fn unroutable(headers: &HeaderMap) -> Reply {
    // The header contains `Credential=<key>/<date>/<region>/<service>/aws4_request`.
    let scope = text(headers, "authorization").split_once("Credential=").map_or("", |(_, scope)| scope);
    let message = match scope.split('/').nth(3) {
        Some("sqs") => "SQS speaks its JSON protocol here: use an AWS CLI or SDK of 2024 or later",
        Some("dynamodb") => "a call of DynamoDB needs the header X-Amz-Target",
        Some(_) => "only DynamoDB, DynamoDB Streams and SQS are here",
        None => "DynamoDB, DynamoDB Streams and SQS: use an AWS CLI or SDK with this as its endpoint",
    };
    Reply::error(400, "UnknownOperationException", message)
}

fn response(reply: Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(CONTENT_TYPE));
    response
}
