//! Tests of `tests/infra/on-moto`, and of what Terraform created for it: the tables and queues equal those of
//! `store::schema`.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{KeySchemaElement, TableDescription};
use aws_sdk_sqs::types::QueueAttributeName;
use dibs_tests::harness::{TestBackend, differences};
use local::engine::{self, Engines};
use serde_json::{Value, json};
use store::schema::{QUEUES, TABLES};

#[tokio::test]
#[ignore = "tests/infra/on-moto runs it on what Terraform made"]
async fn terraform_defines_what_the_schema_does() {
    let backend = TestBackend::of_terraform().expect("DIBS_TEST_AWS names what Terraform made");
    let there = Engines::open(&backend.engines()).await.unwrap();
    // The queues are not created here, so that one that Terraform lacks is found.
    let names = Names(backend.prefix());
    let here = Engines::open(&engine::Options::default()).await.unwrap();
    here.create(backend.prefix(), TABLES, QUEUES).await.unwrap();
    let mut found = Vec::new();
    for table in TABLES {
        let name = names.of(table.name);
        let (there, here) = (table_of(&there, &name).await, table_of(&here, &name).await);
        found.extend(differences(&name, &there, &here));
    }
    for queue in QUEUES {
        let name = names.of(queue.name);
        let (there, here) = (queue_of(&there, &name).await, queue_of(&here, &name).await);
        found.extend(differences(&name, &there, &here));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Checks that each name in the list `left_out` of `tests/infra/on-moto` is part of a test's name. A name that is
/// not would leave out nothing: the test that was meant would run on moto, and fail there.
#[test]
fn tests_that_are_left_out_on_moto_exist() {
    let script = include_str!("../infra/on-moto");
    let list = script.split_once("left_out=(\n").and_then(|(_, rest)| rest.split_once("\n)\n")).unwrap().0;
    let names: Vec<&str> = list.lines().filter_map(|line| Some(line.trim().split_once('|')?.0)).collect();
    let output = std::process::Command::new(std::env::current_exe().unwrap()).arg("--list").output().unwrap();
    let tests = String::from_utf8(output.stdout).unwrap();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let part = name.trim_start_matches('"');
        assert!(tests.lines().any(|test| test.contains(part)), "no test is named {part}");
    }
}

struct Names<'a>(&'a str);

impl Names<'_> {
    fn of(&self, name: &str) -> String {
        format!("{}-{name}", self.0)
    }
}

/// Returns the part of a table's definition that Terraform and the schema must agree on.
async fn table_of(engines: &Engines, name: &str) -> Value {
    let described = engines.dynamo_client.describe_table().table_name(name).send().await;
    let Some(table) = described.ok().and_then(|described| described.table) else { return json!("missing") };
    let expires = engines.dynamo_client.describe_time_to_live().table_name(name).send().await.unwrap();
    let expires = expires.time_to_live_description.and_then(|described| described.attribute_name);
    json!({
        "keys": keys(table.key_schema()),
        "attributes": attributes(&table),
        "indexes": indexes(&table),
        "time to live": expires,
        "stream": table.stream_specification().and_then(|stream| stream.stream_view_type()).map(|view| view.as_str()),
        "billing": table.billing_mode_summary().and_then(|billing| billing.billing_mode()).map(|mode| mode.as_str()),
    })
}

fn keys(schema: &[KeySchemaElement]) -> Value {
    schema.iter().map(|key| (key.key_type().to_string(), json!(key.attribute_name()))).collect()
}

fn attributes(table: &TableDescription) -> Value {
    let attributes = table.attribute_definitions().iter();
    attributes.map(|one| (one.attribute_name().to_owned(), json!(one.attribute_type().as_str()))).collect()
}

fn indexes(table: &TableDescription) -> Value {
    let index = |index: &aws_sdk_dynamodb::types::GlobalSecondaryIndexDescription| {
        let projection = index.projection().and_then(|projection| projection.projection_type());
        let projection = projection.map(|projection| projection.as_str().to_owned());
        let name = index.index_name().unwrap_or_default().to_owned();
        (name, json!({"keys": keys(index.key_schema()), "projection": projection}))
    };
    table.global_secondary_indexes().iter().map(index).collect()
}

/// Returns the part of a queue's definition and redrive policy that Terraform and the schema must agree on.
async fn queue_of(engines: &Engines, name: &str) -> Value {
    let Some(attributes) = attributes_of(engines, name).await else { return json!("missing") };
    let redrive: Value = attributes
        .get(&QueueAttributeName::RedrivePolicy)
        .and_then(|policy| serde_json::from_str(policy).ok())
        .unwrap_or_default();
    let dead_letters = redrive["deadLetterTargetArn"].as_str().and_then(|arn| arn.rsplit(':').next());
    // Some implementations of SQS return this number as a number, others as text.
    let receives = redrive["maxReceiveCount"].to_string().replace('"', "");
    json!({
        "visibility": attributes.get(&QueueAttributeName::VisibilityTimeout),
        "delay": attributes.get(&QueueAttributeName::DelaySeconds),
        "receives": receives,
        "dead letters": dead_letters,
        "dead letters exist": attributes_of(engines, dead_letters.unwrap_or_default()).await.is_some(),
    })
}

async fn attributes_of(engines: &Engines, name: &str) -> Option<BTreeMap<QueueAttributeName, String>> {
    let url = engines.sqs_client.get_queue_url().queue_name(name).send().await.ok()?.queue_url?;
    let call = engines.sqs_client.get_queue_attributes().queue_url(url);
    let found = call.attribute_names(QueueAttributeName::All).send().await.ok()?;
    Some(found.attributes.unwrap_or_default().into_iter().collect())
}
