//! Streams of an embedded DynamoDB, read when the measurement asks for it.

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use local::engine::Dynamo;
use runtime::{Source, Worker};
use serde_json::{Value, json};

/// Reader of the streams of all tables. It returns each stream record once.
pub struct Streams {
    dynamo: Dynamo,
    /// ARN and iterator of each shard.
    iterators: Vec<(String, String)>,
}

impl Streams {
    /// Opens the streams of the tables that `dynamo` has now, at their next record.
    pub fn open(dynamo: Dynamo) -> Self {
        let mut streams = Self { dynamo, iterators: Vec::new() };
        for stream in streams.call("ListStreams", &json!({}))["Streams"].as_array().into_iter().flatten() {
            let described = streams.call("DescribeStream", &json!({"StreamArn": stream["StreamArn"]}));
            for shard in described["StreamDescription"]["Shards"].as_array().into_iter().flatten() {
                let from = json!({
                    "StreamArn": stream["StreamArn"], "ShardId": shard["ShardId"],
                    "ShardIteratorType": "TRIM_HORIZON",
                });
                let iterator = streams.call("GetShardIterator", &from);
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                streams.iterators.push((text(&stream["StreamArn"]), text(&iterator["ShardIterator"])));
            }
        }
        streams
    }

    /// Returns the stream records since the previous call, in the form in which Lambda delivers them.
    pub fn new_records(&mut self) -> Vec<EventRecord> {
        let mut records = Vec::new();
        let mut iterators = std::mem::take(&mut self.iterators);
        for (arn, iterator) in &mut iterators {
            loop {
                let mut page = self.call("GetRecords", &json!({"ShardIterator": iterator}));
                *iterator = page["NextShardIterator"].as_str().expect("an open shard").to_owned();
                let found: Vec<EventRecord> =
                    serde_json::from_value(page["Records"].take()).expect("records as Lambda has them");
                if found.is_empty() {
                    break;
                }
                records.extend(found.into_iter().map(|mut record| {
                    record.event_source_arn = Some(arn.clone());
                    record
                }));
            }
        }
        self.iterators = iterators;
        records
    }

    fn call(&self, operation: &str, body: &Value) -> Value {
        let target = format!("DynamoDBStreams_20120810.{operation}");
        let reply = self.dynamo.execute(&target, body.to_string().as_bytes());
        assert_eq!(reply.status, 200, "{operation} {body}: {:?}", reply.body);
        serde_json::from_slice(&reply.body).expect("JSON")
    }
}

/// Groups `records` into one event for each relay, which reads one table's stream.
pub fn events(records: &[EventRecord]) -> Vec<(&'static Worker, Event)> {
    let mut events = Vec::new();
    for worker in local::routes::workers() {
        let Source::Stream(table, _) = worker.source else { continue };
        let of_table = |record: &&EventRecord| {
            let arn = record.event_source_arn.as_deref().unwrap_or_default();
            arn.contains(&format!("dibs-{}/", table.name))
        };
        let mut event = Event::default();
        event.records = records.iter().filter(of_table).cloned().collect();
        events.push((*worker, event));
    }
    events
}
