//! Tests of the deployed binaries under Lambda's runtime API. They receive the events in `events/`, and their
//! responses must be valid for API Gateway, SQS and DynamoDB Streams. The engines are those of a stack in
//! this process, served over HTTP.

use dibs_tests::assert_each_eq;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_lambda_events::event::dynamodb;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use config::SecretString;
use dibs_tests::runtime_api::{Function, Outcome};
use domain::accounts::Role;
use domain::ids::{OrderId, UserId};
use integrations::signature;
use local::hosts::Hosts;
use local::stack::FAKES_SECRET;
use local::{Options, Stack, demo, engine};
use serde_json::{Value, json};
use store::schema::{DEALS, GRANTS, RESERVATIONS, REWARDS, Table};
use tokio::net::TcpListener;

/// Stack with the demo data and served engines, in which no event source runs.
pub struct ServedStack {
    pub app: runtime::App,
    engines: local::engine::Engines,
    deployed: local::engine::Deployed,
    pub environment: BTreeMap<String, String>,
}

impl ServedStack {
    pub async fn start() -> Self {
        let stack = Stack::start(&Options::default()).await.unwrap();
        demo::seed(&stack.app).await.unwrap();
        stack.event_sources.settle_due().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (dynamo, sqs) = (stack.engines.dynamo.clone().unwrap(), stack.engines.sqs.clone().unwrap());
        tokio::spawn(engine::serve(listener, dynamo, sqs, Hosts::default(), std::future::pending()));
        let environment = stack.environment(&address, "http://127.0.0.1:9");
        stack.event_sources.stop().await;
        Self { app: stack.app, engines: stack.engines, deployed: stack.deployed, environment }
    }

    async fn function(&self, name: &str) -> Function {
        Function::start(name, &self.environment).await
    }

    /// Returns the event in `events/<name>.json`, with an access token of `user` in `role`.
    fn event_of(&self, name: &str, user: &str, role: Role) -> Value {
        let user = UserId::parse(user).unwrap();
        let token = self.app.tokens().issue(&user, &BTreeSet::from([role]), self.app.now()).unwrap();
        serde_json::from_str(&file(name).replace("{access_token}", &token)).unwrap()
    }

    pub fn claim_event(&self) -> Value {
        self.event_of("rewards/claim-reward", "usr_user1", Role::User)
    }

    pub async fn item(&self, pk: &str, sk: &str) -> Option<HashMap<String, AttributeValue>> {
        self.item_of(&REWARDS, pk, sk).await
    }

    pub async fn item_of(
        &self,
        table: &Table,
        pk: &str,
        sk: &str,
    ) -> Option<HashMap<String, AttributeValue>> {
        let call = self.engines.dynamo_client.get_item().table_name(self.deployed.name(table.name));
        let call =
            call.key("pk", AttributeValue::S(pk.to_owned())).key("sk", AttributeValue::S(sk.to_owned()));
        call.send().await.unwrap().item
    }

    /// Receives at most ten messages of a queue, and returns their bodies.
    async fn messages(&self, queue: &store::schema::Queue) -> Vec<String> {
        let url = self.deployed.queue_url(queue).unwrap();
        let call = self.engines.sqs_client.receive_message().queue_url(url).max_number_of_messages(10);
        let messages = call.send().await.unwrap().messages.unwrap_or_default();
        messages.into_iter().filter_map(|message| message.body).collect()
    }

    /// Returns the number of delayed messages of a queue, as SQS prints it.
    async fn delayed(&self, queue: &store::schema::Queue) -> String {
        use aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessagesDelayed as Delayed;
        let url = self.deployed.queue_url(queue).unwrap();
        let call = self.engines.sqs_client.get_queue_attributes().queue_url(url).attribute_names(Delayed);
        call.send().await.unwrap().attributes.unwrap().remove(&Delayed).unwrap()
    }
}

fn file(name: &str) -> String {
    let path = format!("{}/../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn event(name: &str) -> Value {
    serde_json::from_str(&file(name)).unwrap()
}

pub async fn answer(function: &mut Function, event: &Value) -> Value {
    match function.invoke(event).await {
        Outcome::Answer(text) => serde_json::from_str(&text).unwrap(),
        Outcome::Failure(text) => panic!("{text}\n{}", function.log()),
    }
}

/// Checks the status of a response in API Gateway's format, and returns its body as JSON.
#[track_caller]
pub fn body(answer: &Value, status: u16) -> Value {
    assert_eq!(answer["statusCode"], status, "{answer}");
    assert_eq!(answer["isBase64Encoded"], false, "{answer}");
    assert_eq!(answer["headers"]["content-type"], "application/json", "{answer}");
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn the_platform_functions_answer_as_api_gateway_wants_it() {
    let served = ServedStack::start().await;

    let mut health = served.function("platform-health").await;
    let answered = answer(&mut health, &event("platform/health")).await;
    let said = body(&answered, 200);
    assert_each_eq!(
        (said["data"]["status"], "healthy"),
        (said["data"]["checks"]["table_rewards"], "ok"),
        "{said}"
    );
    assert_eq!(answered["headers"]["x-request-id"], "event-platform-health");

    let mut default = served.function("platform-default").await;
    let answered = answer(&mut default, &event("platform/default")).await;
    assert_eq!(body(&answered, 405)["error"]["code"], "METHOD_NOT_ALLOWED");
    assert_eq!(answered["headers"]["allow"], "GET");
    let mut nowhere = event("platform/default");
    nowhere["rawPath"] = json!("/api/v1/nowhere");
    nowhere["requestContext"]["http"]["path"] = json!("/api/v1/nowhere");
    let answered = answer(&mut default, &nowhere).await;
    assert_eq!(body(&answered, 404)["error"]["code"], "NOT_FOUND");
    assert_eq!(answered["headers"].get("allow"), None);

    let mut openapi = served.function("platform-openapi").await;
    let answered = answer(&mut openapi, &event("platform/openapi")).await;
    assert_eq!(body(&answered, 200)["openapi"], "3.1.0");
    assert_eq!(answered["body"], platform::DOCUMENT);

    let mut docs = served.function("platform-docs").await;
    let page = answer(&mut docs, &event("platform/docs")).await;
    assert_each_eq!((page["statusCode"], 200), (page["isBase64Encoded"], false));
    assert_eq!(page["headers"]["content-type"], "text/html; charset=utf-8");
    let mut style = event("platform/docs");
    style["rawPath"] = json!("/api/v1/docs/swagger-ui.css");
    style["requestContext"]["http"]["path"] = json!("/api/v1/docs/swagger-ui.css");
    let style = answer(&mut docs, &style).await;
    assert_each_eq!((style["statusCode"], 200), (style["isBase64Encoded"], true), "{style}");
    assert_eq!(style["headers"]["content-encoding"], "gzip");
    let bytes = STANDARD.decode(style["body"].as_str().unwrap()).unwrap();
    assert_eq!(bytes[..2], [0x1f, 0x8b], "gzip begins with these");
}

#[tokio::test]
async fn a_sign_in_gives_a_token_and_a_cookie() {
    let served = ServedStack::start().await;
    let mut login = served.function("accounts-login").await;
    let plain = event("accounts/login");
    let mut encoded = plain.clone();
    encoded["body"] = json!(STANDARD.encode(plain["body"].as_str().unwrap()));
    encoded["isBase64Encoded"] = json!(true);
    for event in [plain, encoded] {
        let answered = answer(&mut login, &event).await;
        let said = body(&answered, 200);
        assert_eq!(said["data"]["user"]["email"], "user1@test.com", "{said}");
        let token = said["data"]["access_token"].as_str().unwrap();
        let claims = served.app.tokens().verify(token, served.app.now()).unwrap();
        assert_eq!(claims.sub.as_str(), "usr_user1");
        let cookies = answered["cookies"].as_array().unwrap();
        let cookie = cookies[0].as_str().unwrap();
        let names: Vec<&str> =
            cookies.iter().filter_map(|one| one.as_str()?.split_once('=').map(|pair| pair.0)).collect();
        assert_eq!(names, ["__Host-refresh_token", "refresh_token", "__Host-device"], "{answered}");
        assert!(cookie.starts_with("__Host-refresh_token=ses_") && cookie.contains("HttpOnly"), "{cookie}");
    }

    let mut jwks = served.function("accounts-get-jwks").await;
    let answered = answer(&mut jwks, &event("accounts/get-jwks")).await;
    assert_eq!(answered["statusCode"], 200);
    let keys: Value = serde_json::from_str(answered["body"].as_str().unwrap()).unwrap();
    assert_eq!(keys, json!(served.app.tokens().public()));
}

#[tokio::test]
async fn a_claim_is_accepted_relayed_and_granted_by_the_binaries() {
    let served = ServedStack::start().await;
    let mut claim = served.function("rewards-claim-reward").await;
    let accepted = answer(&mut claim, &served.claim_event()).await;
    assert_eq!(body(&accepted, 202)["data"]["lines"][0]["status"], "requested", "{accepted}");
    let again = answer(&mut claim, &served.claim_event()).await;
    assert_eq!(body(&again, 409)["error"]["code"], "ALREADY_REQUESTED");
    let unfilled = answer(&mut claim, &event("rewards/claim-reward")).await;
    assert_eq!(body(&unfilled, 401)["error"]["code"], "UNAUTHORIZED");
    assert_eq!(unfilled["headers"]["www-authenticate"], "Bearer");
    let auditors = served.event_of("rewards/claim-reward", "usr_auditor", Role::Auditor);
    assert_eq!(body(&answer(&mut claim, &auditors).await, 403)["error"]["code"], "FORBIDDEN");

    let mut relay = served.function("rewards-relay-changes").await;
    let relayed = json!({"state": {}, "batchItemFailures": []});
    assert_eq!(answer(&mut relay, &event("rewards/relay-changes")).await, relayed);
    assert_eq!(
        served.delayed(&RESERVATIONS).await,
        "1",
        "a unit was taken, so its claim is looked for later"
    );
    let written = served.item("USER#usr_user1", "CLAIM#cmp_welcome").await.unwrap();
    assert_eq!(answer(&mut relay, &stream_event(written)).await, Value::Null);
    let messages = served.messages(&GRANTS).await;
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(served.messages(&GRANTS).await.is_empty());

    let mut grant = served.function("rewards-grant-rewards").await;
    let mut batch = event("rewards/grant-rewards");
    let mut unreadable = batch["Records"][0].clone();
    batch["Records"][0]["body"] = json!(messages[0]);
    unreadable["messageId"] = json!("unreadable");
    unreadable["body"] = json!("{\"user_id\": 1");
    batch["Records"].as_array_mut().unwrap().push(unreadable);
    let partial = answer(&mut grant, &batch).await;
    assert_eq!(partial, json!({"batchItemFailures": [{"itemIdentifier": "unreadable"}]}));

    let (first, second) = ("POINT#000000000001", "POINT#000000000002");
    let entry = served.item("USER#usr_user1", first).await.expect("the points are in the ledger");
    assert!(entry.values().any(|value| value == &AttributeValue::N("100".to_owned())), "{entry:?}");
    // The example event names the same claim, so it is like a second delivery of the message.
    assert_eq!(answer(&mut grant, &event("rewards/grant-rewards")).await, json!({"batchItemFailures": []}));
    assert_eq!(served.item("USER#usr_user1", second).await, None, "granted once");

    let mut list = served.function("rewards-list-my-claims").await;
    let mine = served.event_of("rewards/list-my-claims", "usr_user1", Role::User);
    let said = body(&answer(&mut list, &mine).await, 200);
    assert_eq!(said["data"][0]["event_id"], "cmp_welcome", "{said}");
    assert_eq!(said["data"][0]["lines"][0]["status"], "granted", "{said}");
    assert_eq!(said["data"][0]["fully_granted"], true, "{said}");
}

/// Checks the relay of a stream with a tumbling window. Lambda names the shard, expects a state in return,
/// and calls once more at the end of the window: without records, or without the field `Records`. Lambda
/// reads no further in the shard until that call succeeds.
#[tokio::test]
async fn relay_of_a_window_counts_for_its_shard_and_answers_with_a_state() {
    let served = ServedStack::start().await;
    let (store, now) = (served.app.store(), served.app.now());
    let listed = store.list_deals_cached(false, now).await.unwrap();
    let deal = store.get_deal(&listed[0].id).await.unwrap();
    let (stock, order) = (deal.stock(), OrderId::new(UserId::new("window"), "first"));
    let units =
        store.take_units(&stock, &order, domain::Quantity::ONE, now.plus_seconds(300), now).await.unwrap();
    let bucket = format!("STOCK#{}#{}", stock.id, units.parts[0].bucket);
    let item = served.item_of(&DEALS, &bucket, "BUCKET").await.unwrap();

    let mut relay = served.function("deals-relay-changes").await;
    let mut batch = event("deals/relay-changes");
    let shard = batch["shardId"].as_str().unwrap().to_owned();
    batch["Records"] = stream_event(item)["Records"].take();
    batch["Records"][0]["dynamodb"]["SequenceNumber"] = json!("100000000000000000001");
    let answered = json!({"state": {}, "batchItemFailures": []});
    let counted = async || {
        let shards = store.get_deal_counts(&deal.id).await.unwrap().shards;
        shards.into_iter().find(|one| one.shard == shard).map(|one| (one.reserved, one.sold))
    };
    for times in ["once", "again"] {
        assert_eq!(answer(&mut relay, &batch).await, answered, "{times}");
        assert_eq!(counted().await, Some((1, 0)), "{times}");
    }
    let mut last = batch.clone();
    last["isFinalInvokeForWindow"] = json!(true);
    last["Records"] = json!([]);
    assert_eq!(answer(&mut relay, &last).await, answered, "the window has ended");
    last["isWindowTerminatedEarly"] = json!(true);
    last["state"] = json!({"of": "another version"});
    last.as_object_mut().unwrap().remove("Records");
    assert_eq!(answer(&mut relay, &last).await, answered, "it was ended early");
    assert_eq!(counted().await, Some((1, 0)));

    // Lambda ignores the response without a window, and the unit counts are left to the recount.
    batch.as_object_mut().unwrap().remove("shardId");
    assert_eq!(answer(&mut relay, &batch).await, Value::Null);
    assert!(relay.stopped().await.contains("the shard is not named"));
}

/// Returns an event with the stream record of writing `item`, in Lambda's form.
pub fn stream_event(item: HashMap<String, AttributeValue>) -> Value {
    let keys = ["pk", "sk"].map(|name| (name.to_owned(), item[name].clone()));
    let mut record = dynamodb::EventRecord::default();
    record.event_id = "1".to_owned();
    record.event_name = "INSERT".to_owned();
    record.change.keys = HashMap::from(keys).into();
    record.change.new_image = item.into();
    let mut event = dynamodb::Event::default();
    event.records = vec![record];
    serde_json::to_value(event).unwrap()
}

#[tokio::test]
async fn a_signature_is_over_what_the_gateway_hands_on() {
    let served = ServedStack::start().await;
    let mut callback = served.function("wallet-handle-payment-callback").await;
    let mut report = event("wallet/handle-payment-callback");
    assert_eq!(body(&answer(&mut callback, &report).await, 401)["error"]["code"], "UNAUTHORIZED");
    let text = report["body"].as_str().unwrap().to_owned();
    let (secret, at) = (SecretString::from(FAKES_SECRET), served.app.now().as_seconds().to_string());
    let path = report["rawPath"].as_str().unwrap();
    let signature = signature::sign(&secret, &at, "POST", path, text.as_bytes());
    report["headers"][signature::TIMESTAMP] = json!(at);
    report["headers"][signature::SIGNATURE] = json!(signature);
    let mut encoded = report.clone();
    encoded["body"] = json!(STANDARD.encode(&text));
    encoded["isBase64Encoded"] = json!(true);
    for signed in [report, encoded] {
        // The signature is valid, but there is no such order.
        assert_eq!(body(&answer(&mut callback, &signed).await, 404)["error"]["code"], "NOT_FOUND");
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_an_error_and_the_next_is_answered() {
    let served = ServedStack::start().await;
    let mut claim = served.function("rewards-claim-reward").await;
    let mut grant = served.function("rewards-grant-rewards").await;
    for garbage in ["{", "[]", "\"event\"", "{\"Records\": 5}", "{\"rawPath\": [], \"version\": \"2.0\"}"] {
        for function in [&mut claim, &mut grant] {
            let outcome = function.invoke(garbage).await;
            assert!(matches!(outcome, Outcome::Failure(_)), "{garbage}: {outcome:?}");
        }
    }
    assert_eq!(answer(&mut claim, &served.claim_event()).await["statusCode"], 202);
    let batch = answer(&mut grant, &event("rewards/grant-rewards")).await;
    assert_eq!(batch, json!({"batchItemFailures": []}));
}

#[tokio::test]
async fn a_function_without_a_variable_names_it() {
    let served = ServedStack::start().await;
    let without = |names: &[&str]| {
        let mut environment = served.environment.clone();
        environment.retain(|name, _| !names.contains(&name.as_str()));
        environment
    };
    for (name, missing, named) in [
        ("accounts-login", &["DIBS_PARTIES_SECRET"][..], "DIBS_PARTIES_SECRET"),
        ("rewards-claim-reward", &["DIBS_JWKS", "DIBS_SIGNING_KEY"], "DIBS_JWKS"),
    ] {
        let (status, log) = Function::start(name, &without(missing)).await.ended().await;
        assert!(!status.success() && log.contains(named), "{name} without {missing:?}: {status}\n{log}");
    }

    // A variable that only some functions need is missing. The log names it, and the response does not.
    for (name, event, missing) in [
        ("rewards-claim-reward", served.claim_event(), "TABLE_REWARDS"),
        ("accounts-login", event("accounts/login"), "DIBS_SIGNING_KEY"),
    ] {
        let mut function = Function::start(name, &without(&[missing])).await;
        let answered = answer(&mut function, &event).await;
        assert_eq!(body(&answered, 500)["error"]["code"], "INTERNAL_ERROR");
        assert!(!answered.to_string().contains(missing), "{answered}");
        let log = function.stopped().await;
        assert!(log.contains(missing), "{name} without {missing}:\n{log}");
    }
}

#[tokio::test]
async fn binary_without_a_handler_serves_the_function_that_the_event_names() {
    let served = ServedStack::start().await;
    let mut rewards = served.function("rewards").await;
    let accepted = answer(&mut rewards, &served.claim_event()).await;
    assert_eq!(body(&accepted, 202)["data"]["lines"][0]["status"], "requested", "{accepted}");
    let mine = served.event_of("rewards/list-my-claims", "usr_user1", Role::User);
    assert_eq!(body(&answer(&mut rewards, &mine).await, 200)["data"][0]["event_id"], "cmp_welcome");
    let relayed = json!({"state": {}, "batchItemFailures": []});
    assert_eq!(answer(&mut rewards, &event("rewards/relay-changes")).await, relayed);
    let granted = answer(&mut rewards, &event("rewards/grant-rewards")).await;
    assert_eq!(granted, json!({"batchItemFailures": []}));

    for foreign in ["accounts/login", "wallet/relay-changes", "concerts/expire-holds", "deals/advance-deals"]
    {
        let Outcome::Failure(said) = rewards.invoke(event(foreign)).await else {
            panic!("{foreign} is answered")
        };
        assert!(said.contains("rewards-claim-reward") && said.contains("rewards-grant-rewards"), "{said}");
    }
}

#[tokio::test]
async fn handler_that_names_no_function_ends_the_start_with_the_names() {
    let served = ServedStack::start().await;
    let (status, log) = served.function("wallet-nothing").await.ended().await;
    assert!(!status.success(), "{log}");
    assert!(log.contains("_HANDLER") && log.contains("wallet-create-payment"), "{log}");
}
