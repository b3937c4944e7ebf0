//! Example events in `events/`, one for each function, as Lambda delivers them. The envelope follows from the
//! route or the event source. Path, query, headers and body of a request, and the body of a message, are kept
//! from the committed file, so that they can name items of the demo data; a new file takes them from the
//! recorded example.

use dibs_http::{Access, Route};
use local::routes::{DOMAINS, routes, workers};
use reqwest::Url;
use runtime::{Source, Worker};
use serde_json::{Map, Value, json};

use super::{File, pretty, read};
use crate::harness::document;

const ACCOUNT: &str = "123456789012";
const ADDRESS: &str = "203.0.113.7";
const AGENT: &str = "dibs-events/1";
const HOST: &str = "api.example.com";
const REGION: &str = "us-east-1";
/// Time of all events: 2026-11-21T09:00:00Z, in Unix milliseconds.
const TIME_MS: u64 = 1_795_251_600_000;

/// Content of a request that does not follow from the route.
struct Sample {
    /// Path without the query.
    path: String,
    query: String,
    headers: Map<String, Value>,
    cookies: Option<Value>,
    body: Option<String>,
}

/// Returns the event of each route and worker. `examples` contains the recorded examples by operation id.
pub fn files(examples: &Value) -> Vec<File> {
    let of_routes = routes().iter().map(|route| {
        let path = path(route.name);
        let text = pretty(&route_event(route, committed(&path).as_ref(), examples));
        File { path, text }
    });
    let of_workers = workers().iter().map(|worker| {
        let path = path(worker.name);
        let text = pretty(&worker_event(worker, committed(&path)));
        File { path, text }
    });
    of_routes.chain(of_workers).collect()
}

/// Returns the path of a function's event: `events/<domain>/<operation>.json`.
pub fn path(function: &str) -> String {
    let operation = DOMAINS
        .iter()
        .find_map(|domain| Some((domain.name, function.strip_prefix(domain.name)?.strip_prefix('-')?)));
    let (domain, operation) = operation.unwrap_or_else(|| panic!("{function} is no <domain>-<operation>"));
    format!("events/{domain}/{operation}.json")
}

fn committed(path: &str) -> Option<Value> {
    read(path).map(|text| serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}")))
}

fn route_event(route: &Route, before: Option<&Value>, examples: &Value) -> Value {
    let addresses: Vec<String> = route.paths.iter().flat_map(|path| dibs_http::addresses(path)).collect();
    let kept = before.and_then(kept).and_then(|sample| Some((address(&addresses, &sample.path)?, sample)));
    let (address, mut sample) = kept.unwrap_or_else(|| {
        let sample = recorded(route, &addresses[0], examples);
        (&addresses[0], sample)
    });
    set_headers(route, &mut sample);
    let key = format!("{} {address}", route.method);
    let mut event =
        json!({"version": "2.0", "routeKey": key, "rawPath": sample.path, "rawQueryString": sample.query});
    if let Some(cookies) = sample.cookies {
        event["cookies"] = cookies;
    }
    event["headers"] = json!(sample.headers);
    if !sample.query.is_empty() {
        let url = Url::parse(&format!("https://{HOST}/?{}", sample.query)).expect("it is a URL");
        event["queryStringParameters"] =
            url.query_pairs().map(|(name, value)| (name, json!(value))).collect();
    }
    let parameters = parameters(address, &sample.path);
    if !parameters.is_empty() {
        event["pathParameters"] = json!(parameters);
    }
    event["requestContext"] = json!({
        "accountId": ACCOUNT, "apiId": "dibsapi123", "domainName": HOST, "domainPrefix": "api",
        "http": {
            "method": route.method, "path": sample.path, "protocol": "HTTP/1.1", "sourceIp": ADDRESS, "userAgent": AGENT,
        },
        "requestId": format!("event-{}", route.name), "routeKey": key, "stage": "$default",
        "time": "21/Nov/2026:09:00:00 +0000", "timeEpoch": TIME_MS,
    });
    if let Some(body) = sample.body {
        event["body"] = json!(body);
    }
    event["isBase64Encoded"] = json!(false);
    event
}

/// Returns the request of a committed event. `None` if it is not an event of API Gateway.
fn kept(event: &Value) -> Option<Sample> {
    Some(Sample {
        path: event["rawPath"].as_str()?.to_owned(),
        query: event["rawQueryString"].as_str()?.to_owned(),
        headers: event["headers"].as_object()?.clone(),
        cookies: event.get("cookies").cloned(),
        body: event["body"].as_str().map(str::to_owned),
    })
}

/// Returns the request of the recorded example of the operation at the path template `address`.
fn recorded(route: &Route, address: &str, examples: &Value) -> Sample {
    let id = &document()["paths"][address][route.method.to_ascii_lowercase()]["operationId"];
    let example = id.as_str().and_then(|id| examples.get(id));
    let example =
        example.unwrap_or_else(|| panic!("{} has no example: add a call to tests/src/examples", route.name));
    let path = example["path"].as_str().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut headers = Map::from_iter([("accept".to_owned(), json!("application/json"))]);
    if route.operation().idempotent {
        headers.insert("idempotency-key".to_owned(), json!(format!("event-{}", route.name)));
    }
    let usual = [
        ("host", HOST),
        ("user-agent", AGENT),
        ("x-forwarded-for", ADDRESS),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ];
    headers.extend(usual.map(|(name, value)| (name.to_owned(), json!(value))));
    let body = example.get("request").map(Value::to_string);
    Sample { path: path.to_owned(), query: query.to_owned(), headers, cookies: None, body }
}

/// Sets the headers that follow from the route and from the body.
fn set_headers(route: &Route, sample: &mut Sample) {
    let mut headers = std::mem::take(&mut sample.headers);
    let first = [
        ("accept", headers.shift_remove("accept")),
        ("authorization", (route.operation().access != Access::Open).then(|| json!("Bearer {access_token}"))),
        ("content-length", sample.body.as_ref().map(|body| json!(body.len().to_string()))),
        ("content-type", sample.body.as_ref().map(|_| json!("application/json"))),
    ];
    for (name, value) in first {
        headers.shift_remove(name);
        sample.headers.extend(value.map(|value| (name.to_owned(), value)));
    }
    sample.headers.extend(headers);
}

/// Returns the path template among `addresses` that matches `path`.
fn address<'a>(addresses: &'a [String], path: &str) -> Option<&'a String> {
    let fits = |(part, value): (&str, &str)| part == value || part.starts_with('{');
    addresses.iter().find(|address| {
        address.split('/').count() == path.split('/').count()
            && address.split('/').zip(path.split('/')).all(fits)
    })
}

/// Returns the values that `path` has for the parameters of the path template `address`.
fn parameters(address: &str, path: &str) -> Map<String, Value> {
    let name = |part: &str| Some(part.strip_prefix('{')?.strip_suffix('}')?.to_owned());
    let parts = address.split('/').zip(path.split('/'));
    parts.filter_map(|(part, value)| Some((name(part)?, json!(value)))).collect()
}

/// Returns the committed event `before` if it has the worker's event source, and otherwise an event with an
/// empty message or record.
fn worker_event(worker: &Worker, before: Option<Value>) -> Value {
    let (key, new) = match worker.source {
        Source::Queue(queue, _) => ("eventSourceARN", queue_event(worker.name, queue.name)),
        Source::Stream(table, _) => ("eventSourceARN", stream_event(worker.name, table.name)),
        Source::Schedule(..) => return schedule_event(worker.name),
        Source::Socket(route, _) => return before.unwrap_or_else(|| socket_event(worker.name, route)),
    };
    let is_of_source = |event: &Value| event["Records"][0][key] == new["Records"][0][key];
    before.filter(is_of_source).unwrap_or(new)
}

fn queue_event(function: &str, queue: &str) -> Value {
    json!({"Records": [{
        "messageId": format!("event-{function}"), "receiptHandle": "handle", "body": "{}",
        "attributes": {
            "ApproximateReceiveCount": "1", "SentTimestamp": TIME_MS.to_string(), "SenderId": ACCOUNT,
            "ApproximateFirstReceiveTimestamp": (TIME_MS + 1).to_string(),
        },
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:dibs-{queue}"), "awsRegion": REGION,
    }]})
}

fn stream_event(function: &str, table: &str) -> Value {
    let keys = json!({"pk": {"S": "EXAMPLE"}, "sk": {"S": "EXAMPLE"}});
    json!({"Records": [{
        "eventID": format!("event-{function}"), "eventName": "INSERT", "eventVersion": "1.1",
        "eventSource": "aws:dynamodb", "awsRegion": REGION,
        "dynamodb": {
            "ApproximateCreationDateTime": TIME_MS / 1000, "Keys": keys, "NewImage": keys,
            "SequenceNumber": "100000000000000000001", "SizeBytes": 100, "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/dibs-{table}/stream/2026-11-21T00:00:00.000"),
    }]})
}

fn socket_event(function: &str, route: &str) -> Value {
    json!({
        "requestContext": {
            "routeKey": route, "connectionId": format!("event-{function}"), "connectedAt": TIME_MS,
            "requestId": format!("event-{function}"), "requestTimeEpoch": TIME_MS, "messageId": null,
            "eventType": if route == "$disconnect" { "DISCONNECT" } else { "MESSAGE" },
            "domainName": HOST, "stage": "live", "identity": {"sourceIp": ADDRESS},
        },
        "body": (route != "$disconnect").then_some("{\"action\": \"ping\"}"), "isBase64Encoded": false,
    })
}

fn schedule_event(function: &str) -> Value {
    json!({
        "version": "0", "id": format!("event-{function}"), "detail-type": "Scheduled Event", "source": "aws.events",
        "account": ACCOUNT, "time": "2026-11-21T09:00:00Z", "region": REGION,
        "resources": [format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/dibs-{function}")], "detail": {},
    })
}
