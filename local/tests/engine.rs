//! Tests of the embedded engines, through the real AWS SDK.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use assertions::assert_each_eq;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure, TimeToLiveStatus,
    TransactWriteItem,
};
use aws_sdk_sqs::types::QueueAttributeName;
use aws_smithy_runtime_api::client::result::ConnectorError;
use dibs::engine::connector::{Backend, Call, Reply};
use dibs::engine::{Deployed, Dynamo, Engines, Sqs, serve};
use dibs::hosts::Hosts;
use store::schema::{GRANTS, LIST_INDEX, QUEUES, REWARDS, TABLES};

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

async fn engines() -> (Engines, Deployed) {
    let engines = Engines::embedded(Dynamo::memory().unwrap(), Sqs::memory());
    let deployed = engines.create("dibs", TABLES, QUEUES).await.unwrap();
    (engines, deployed)
}

async fn count(engines: &Engines, url: &str) -> [u32; 3] {
    let call =
        engines.sqs_client.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
    let attributes = call.send().await.unwrap().attributes.unwrap();
    let read = |name| attributes[&name].parse().unwrap();
    [
        read(QueueAttributeName::ApproximateNumberOfMessages),
        read(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
        read(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
    ]
}

#[tokio::test]
async fn a_failed_condition_shows_the_item_that_is_there() {
    let (engines, _) = engines().await;
    let put = |value: &str| {
        engines
            .dynamo_client
            .put_item()
            .table_name("dibs-rewards")
            .item("pk", text("USER#1"))
            .item("sk", text("CLAIM#1"))
            .item("value", text(value))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
            .send()
    };
    let first = put("first").await.unwrap();
    assert_eq!(first.consumed_capacity.unwrap().capacity_units, Some(1.0));
    let error = put("second").await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failure) = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(failure.item.unwrap()["value"], text("first"));
}

#[tokio::test]
async fn a_cancelled_transaction_says_why_for_each_item() {
    let (engines, _) = engines().await;
    let put = |key: &str, condition: Option<&str>| {
        let put = Put::builder()
            .table_name("dibs-rewards")
            .item("pk", text(key))
            .item("sk", text("A"))
            .set_condition_expression(condition.map(str::to_owned))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .unwrap();
        TransactWriteItem::builder().put(put).build()
    };
    let client = &engines.dynamo_client;
    client.transact_write_items().transact_items(put("one", None)).send().await.unwrap();
    let call = client.transact_write_items().transact_items(put("two", None));
    let call = call.transact_items(put("one", Some("attribute_not_exists(pk)")));
    let error = call.send().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
        canceled,
    ) = error
    else {
        panic!("{error:?}")
    };
    let reasons = canceled.cancellation_reasons.unwrap();
    assert_eq!(reasons[0].code.as_deref(), Some("None"));
    assert_eq!(reasons[1].code.as_deref(), Some("ConditionalCheckFailed"));
    assert_eq!(reasons[1].item.as_ref().unwrap()["pk"], text("one"));
    let absent = client.get_item().table_name("dibs-rewards").key("pk", text("two")).key("sk", text("A"));
    assert!(absent.send().await.unwrap().item.is_none());
}

#[tokio::test]
async fn the_sparse_index_lists_only_what_is_in_it_and_is_paid_for() {
    let (engines, _) = engines().await;
    for (key, listed) in [("1", true), ("2", false), ("3", true)] {
        let mut call = engines
            .dynamo_client
            .put_item()
            .table_name("dibs-rewards")
            .item("pk", text(key))
            .item("sk", text("A"))
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        if listed {
            call = call.item("list_pk", text("LIST")).item("list_sk", text(key));
        }
        let paid = call.send().await.unwrap().consumed_capacity.unwrap().capacity_units;
        assert_eq!(paid, Some(if listed { 2.0 } else { 1.0 }));
    }
    let call = engines.dynamo_client.query().table_name("dibs-rewards").index_name(LIST_INDEX);
    let call =
        call.key_condition_expression("list_pk = :list").expression_attribute_values(":list", text("LIST"));
    let found = call.scan_index_forward(false).send().await.unwrap().items.unwrap();
    assert_eq!(found.iter().map(|item| item["pk"].clone()).collect::<Vec<_>>(), [text("3"), text("1")]);
}

#[tokio::test]
async fn an_expired_item_goes_with_the_sweep() {
    let (engines, _) = engines().await;
    let client = &engines.dynamo_client;
    let described = client.describe_time_to_live().table_name("dibs-accounts").send().await.unwrap();
    let described = described.time_to_live_description.unwrap();
    assert_eq!(described.time_to_live_status, Some(TimeToLiveStatus::Enabled));
    for (key, expires) in [("gone", "1"), ("stays", "99999999999")] {
        let call = client.put_item().table_name("dibs-accounts").item("pk", text(key)).item("sk", text("A"));
        call.item("expires", AttributeValue::N(expires.to_owned())).send().await.unwrap();
    }
    assert_eq!(engines.dynamo.as_ref().unwrap().sweep_expired().unwrap(), 1);
    assert_eq!(client.scan().table_name("dibs-accounts").send().await.unwrap().count, 1);
}

#[tokio::test]
async fn a_refused_call_has_the_name_that_aws_gives_it() {
    let (engines, _) = engines().await;
    let call =
        engines.dynamo_client.get_item().table_name("absent").key("pk", text("1")).key("sk", text("1"));
    let error = call.send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error:?}");
    let call = engines.dynamo_client.get_item().table_name("dibs-rewards").key("pk", text(""));
    let error = call.send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("ValidationException"));
    let reply = engines.dynamo.unwrap().execute("DynamoDB_20120810.MakeTea", b"{}");
    assert_eq!(reply.status, 400);
    assert!(String::from_utf8_lossy(&reply.body).contains("UnknownOperationException"));
}

#[tokio::test]
async fn creating_again_leaves_what_is_there() {
    let (engines, first) = engines().await;
    let put = engines.dynamo_client.put_item().table_name("dibs-rewards").item("pk", text("1"));
    put.item("sk", text("1")).send().await.unwrap();
    let again = engines.create("dibs", TABLES, QUEUES).await.unwrap();
    assert_eq!(first.variables(), again.variables());
    assert_eq!(first.variables()["TABLE_REWARDS"], "dibs-rewards");
    assert_eq!(engines.dynamo_client.scan().table_name(again.name("rewards")).send().await.unwrap().count, 1);
}

#[tokio::test]
async fn a_message_that_is_never_deleted_ends_in_the_dead_letter_queue() {
    let (engines, deployed) = engines().await;
    let (url, dead) = (deployed.queue_url(&GRANTS).unwrap(), deployed.dead_letter_url(&GRANTS).unwrap());
    engines.sqs_client.send_message().queue_url(url).message_body("hello").send().await.unwrap();
    for receive in 1..=GRANTS.receives_max {
        assert_eq!(count(&engines, url).await, [1, 0, 0], "before receive {receive}");
        let received =
            engines.sqs_client.receive_message().queue_url(url).send().await.unwrap().messages.unwrap();
        assert_eq!(received[0].body.as_deref(), Some("hello"));
        assert_eq!(count(&engines, url).await, [0, 1, 0]);
        let call = engines.sqs_client.change_message_visibility().queue_url(url).visibility_timeout(0);
        call.receipt_handle(received[0].receipt_handle.as_deref().unwrap()).send().await.unwrap();
    }
    assert!(engines.sqs_client.receive_message().queue_url(url).send().await.unwrap().messages.is_none());
    assert_each_eq!((count(&engines, url).await, [0, 0, 0]), (count(&engines, dead).await, [1, 0, 0]));
}

#[tokio::test]
async fn a_delayed_message_of_a_batch_comes_later_and_deleting_twice_is_fine() {
    let (engines, deployed) = engines().await;
    let (client, url) = (&engines.sqs_client, deployed.queue_url(&GRANTS).unwrap());
    let entry = |id: &str, delay_s| {
        let entry = aws_sdk_sqs::types::SendMessageBatchRequestEntry::builder().id(id).message_body(id);
        entry.delay_seconds(delay_s).build().unwrap()
    };
    let sent = client.send_message_batch().queue_url(url).entries(entry("now", 0)).entries(entry("later", 1));
    assert_eq!(sent.send().await.unwrap().successful.len(), 2);
    assert_eq!(count(&engines, url).await, [1, 0, 1]);
    let mut bodies = Vec::new();
    let begun = Instant::now();
    while bodies.len() < 2 {
        let call = client.receive_message().queue_url(url).max_number_of_messages(10).wait_time_seconds(2);
        for message in call.send().await.unwrap().messages.unwrap_or_default() {
            bodies.push(message.body.unwrap());
            for _ in 0..2 {
                let receipt = message.receipt_handle.as_deref().unwrap();
                client.delete_message().queue_url(url).receipt_handle(receipt).send().await.unwrap();
            }
        }
    }
    assert_eq!(bodies, ["now", "later"]);
    assert!(begun.elapsed() >= Duration::from_millis(900));
    let wrong = client.delete_message().queue_url(url).receipt_handle("nonsense").send().await;
    assert!(wrong.unwrap_err().into_service_error().is_receipt_handle_is_invalid());
    let absent = client.send_message().queue_url(format!("{url}-absent")).message_body("x").send().await;
    assert!(absent.unwrap_err().into_service_error().is_queue_does_not_exist());
}

#[tokio::test]
async fn the_same_engines_answer_over_http() {
    let (inside, deployed) = engines().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (dynamo, sqs) = (inside.dynamo.clone().unwrap(), inside.sqs.clone().unwrap());
    let server =
        tokio::spawn(serve(listener, dynamo, sqs, Hosts::default(), async move { drop(stopped.await) }));

    let options = dibs::engine::Options {
        dynamodb_endpoint: Some(url.clone()),
        sqs_endpoint: Some(url.clone()),
        ..Default::default()
    };
    let outside = Engines::open(&options).await.unwrap();
    let seen = outside.create("dibs", TABLES, QUEUES).await.unwrap();
    let queue = seen.queue_url(&GRANTS).unwrap();
    assert!(queue.starts_with(&url), "{queue}");
    outside.sqs_client.send_message().queue_url(queue).message_body("from outside").send().await.unwrap();
    assert_eq!(count(&inside, deployed.queue_url(&GRANTS).unwrap()).await, [1, 0, 0]);
    let put = outside.dynamo_client.put_item().table_name("dibs-rewards").item("pk", text("1"));
    put.item("sk", text("1")).send().await.unwrap();
    assert_eq!(inside.dynamo_client.scan().table_name("dibs-rewards").send().await.unwrap().count, 1);
    let streams =
        outside.streams_client.list_streams().table_name(deployed.name(REWARDS.name)).send().await.unwrap();
    assert_eq!(streams.streams.unwrap().len(), 1);

    drop(outside);
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(5), server).await.unwrap().unwrap().unwrap();
}

/// Backend that executes every call and loses every second response.
struct Lossy(Dynamo, std::sync::atomic::AtomicU32);

impl Backend for Lossy {
    fn answer(&self, call: Call) -> futures::future::BoxFuture<'static, Result<Reply, ConnectorError>> {
        let reply = self.0.execute(&call.target, &call.body);
        let lost = self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst).is_multiple_of(2);
        let outcome = if lost { Err(ConnectorError::io("the answer was lost".into())) } else { Ok(reply) };
        Box::pin(std::future::ready(outcome))
    }
}

#[tokio::test]
async fn a_fault_layer_fits_between_the_sdk_and_the_engine() {
    let dynamo = Dynamo::memory().unwrap();
    Engines::embedded(dynamo.clone(), Sqs::memory()).create("dibs", TABLES, QUEUES).await.unwrap();
    let faulty = Engines::behind(Lossy(dynamo, 0.into()), Sqs::memory());
    let call = faulty.dynamo_client.put_item().table_name("dibs-rewards").item("pk", text("1"));
    let call = call.item("sk", text("1")).condition_expression("attribute_not_exists(pk)");
    // The SDK retries by itself, and the retry's condition fails on the item that the first attempt wrote.
    let error = call.send().await.unwrap_err().into_service_error();
    assert!(error.is_conditional_check_failed_exception(), "{error:?}");
}
