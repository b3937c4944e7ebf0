//! Creation of tables and queues from their single definition in `store::schema`.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType, TableStatus,
    TimeToLiveSpecification, TimeToLiveStatus,
};
use aws_sdk_sqs::types::QueueAttributeName;
use domain::{Error, Result};
use store::Names;
use store::schema::{
    KeyNames, LIST_INDEX, LIST_KEY, LIST_PROJECTION, Queue, STREAM_VIEW, TABLE_KEY, TTL_ATTRIBUTE, Table,
};

use super::{Engines, failed};

/// Maximum number of status checks of a new table in an outside DynamoDB. One check each 200 ms makes that 30
/// s.
const ACTIVE_TRIES: u32 = 150;
const ACTIVE_WAIT: Duration = Duration::from_millis(200);

/// Returns the name of the dead-letter queue of the queue `name`.
pub fn dead_letters(name: &str) -> String {
    format!("{name}-dlq")
}

/// Names and URLs of the tables and queues of one stack, as deployed.
#[derive(Clone, Debug)]
pub struct Deployed {
    prefix: String,
    variables: BTreeMap<String, String>,
    dead_letter_urls: BTreeMap<&'static str, String>,
    queues: Vec<&'static Queue>,
}

impl Deployed {
    /// Returns the environment variables that tell a function the names of its tables and the URLs of its
    /// queues, such as `TABLE_REWARDS` and `QUEUE_GRANTS_URL`.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// Returns the names of the tables and the URLs of the queues, for a store in this process.
    pub fn names(&self) -> Names {
        Names::from_lookup(|variable| self.variables.get(variable).cloned())
    }

    /// Returns the deployed name of the table or queue that the schema calls `short`, such as `dibs-rewards`.
    pub fn name(&self, short: &str) -> String {
        format!("{}-{short}", self.prefix)
    }

    /// Returns the queues, without their dead-letter queues.
    pub fn queues(&self) -> &[&'static Queue] {
        &self.queues
    }

    /// Returns the URL of `queue`.
    ///
    /// # Errors
    /// Fails if the queue is not among the created ones.
    pub fn queue_url(&self, queue: &Queue) -> Result<&str> {
        known(self.variables.get(&queue.variable()), queue.name)
    }

    /// Returns the URL of the dead-letter queue of `queue`.
    ///
    /// # Errors
    /// Fails if the queue is not among the created ones.
    pub fn dead_letter_url(&self, queue: &Queue) -> Result<&str> {
        known(self.dead_letter_urls.get(queue.name), queue.name)
    }
}

fn known<'a>(url: Option<&'a String>, name: &str) -> Result<&'a str> {
    url.map(String::as_str).ok_or_else(|| Error::internal(format!("the queue {name} was not created")))
}

impl Engines {
    /// Creates the tables (with index, stream and time to live) and the queues (with their dead-letter
    /// queues) as `<prefix>-<name>`. Existing ones stay unchanged, so a repeat is safe.
    ///
    /// # Errors
    /// Fails if an engine refuses a call or is unreachable. Tables and queues created before the failure
    /// stay.
    pub async fn create(
        &self,
        prefix: &str,
        tables: &[&'static Table],
        queues: &[&'static Queue],
    ) -> Result<Deployed> {
        let mut deployed = Deployed {
            prefix: prefix.to_owned(),
            variables: BTreeMap::new(),
            dead_letter_urls: BTreeMap::new(),
            queues: queues.to_vec(),
        };
        for table in tables {
            let name = deployed.name(table.name);
            self.create_table(&name, table).await?;
            deployed.variables.insert(table.variable(), name);
        }
        for queue in queues {
            let name = deployed.name(queue.name);
            let (url, dead_letter_url) = self.create_queue(&name, queue).await?;
            deployed.variables.insert(queue.variable(), url);
            deployed.dead_letter_urls.insert(queue.name, dead_letter_url);
        }
        Ok(deployed)
    }

    pub(crate) async fn create_table(&self, name: &str, table: &Table) -> Result<()> {
        let mut call = self
            .dynamo_client
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_key_schema(Some(key_schema(&TABLE_KEY)?));
        let mut attributes = text_attributes(&TABLE_KEY)?;
        if table.list_index {
            let projection = Projection::builder().projection_type(ProjectionType::from(LIST_PROJECTION));
            let index = GlobalSecondaryIndex::builder()
                .index_name(LIST_INDEX)
                .set_key_schema(Some(key_schema(&LIST_KEY)?))
                .projection(projection.build())
                .build()
                .map_err(failed)?;
            attributes.extend(text_attributes(&LIST_KEY)?);
            call = call.global_secondary_indexes(index);
        }
        call = call.set_attribute_definitions(Some(attributes));
        if table.stream {
            let stream = StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::from(STREAM_VIEW))
                .build()
                .map_err(failed)?;
            call = call.stream_specification(stream);
        }
        if let Err(error) = call.send().await
            && !error.as_service_error().is_some_and(|error| error.is_resource_in_use_exception())
        {
            return Err(failed(error));
        }
        self.active(name).await?;
        self.expire(name).await
    }

    async fn active(&self, name: &str) -> Result<()> {
        for _ in 0..ACTIVE_TRIES {
            let table =
                self.dynamo_client.describe_table().table_name(name).send().await.map_err(failed)?.table;
            if table.is_some_and(|table| table.table_status == Some(TableStatus::Active)) {
                return Ok(());
            }
            tokio::time::sleep(ACTIVE_WAIT).await;
        }
        Err(Error::internal(format!("the table {name} does not become active")))
    }

    async fn expire(&self, name: &str) -> Result<()> {
        let described =
            self.dynamo_client.describe_time_to_live().table_name(name).send().await.map_err(failed)?;
        let status =
            described.time_to_live_description.and_then(|description| description.time_to_live_status);
        if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
            return Ok(());
        }
        let specification = TimeToLiveSpecification::builder()
            .enabled(true)
            .attribute_name(TTL_ATTRIBUTE)
            .build()
            .map_err(failed)?;
        let call = self
            .dynamo_client
            .update_time_to_live()
            .table_name(name)
            .time_to_live_specification(specification);
        call.send().await.map(drop).map_err(failed)
    }

    // Creates the queue and its dead-letter queue, and returns the URLs of both.
    async fn create_queue(&self, name: &str, queue: &Queue) -> Result<(String, String)> {
        let dead_letter_url = self.queue(&dead_letters(name), &[]).await?;
        let arn = QueueAttributeName::QueueArn;
        let call =
            self.sqs_client.get_queue_attributes().queue_url(&dead_letter_url).attribute_names(arn.clone());
        let attributes = call.send().await.map_err(failed)?.attributes.unwrap_or_default();
        let arn = attributes.get(&arn).ok_or_else(|| Error::internal("a queue without an ARN"))?;
        let redrive =
            serde_json::json!({ "deadLetterTargetArn": arn, "maxReceiveCount": queue.receives_max });
        let attributes = [
            (QueueAttributeName::VisibilityTimeout, queue.visibility_s.to_string()),
            (QueueAttributeName::RedrivePolicy, redrive.to_string()),
        ];
        Ok((self.queue(name, &attributes).await?, dead_letter_url))
    }

    async fn queue(&self, name: &str, attributes: &[(QueueAttributeName, String)]) -> Result<String> {
        let url = match self.sqs_client.get_queue_url().queue_name(name).send().await {
            Ok(found) => found.queue_url,
            // The reason is ignored: if the queue cannot be used, creating it returns a better error.
            Err(_) => {
                let mut call = self.sqs_client.create_queue().queue_name(name);
                for (attribute, value) in attributes {
                    call = call.attributes(attribute.clone(), value);
                }
                call.send().await.map_err(failed)?.queue_url
            }
        };
        url.ok_or_else(|| Error::internal(format!("the queue {name} has no URL")))
    }
}

fn text_attributes(key: &KeyNames) -> Result<Vec<AttributeDefinition>> {
    let attribute = |name: &str| {
        let definition =
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        definition.build().map_err(failed)
    };
    [key.partition_key, key.sort_key].into_iter().map(attribute).collect()
}

fn key_schema(key: &KeyNames) -> Result<Vec<KeySchemaElement>> {
    [(key.partition_key, KeyType::Hash), (key.sort_key, KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| {
            KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(failed)
        })
        .collect()
}
