//! Storage of revocations, which every function instance reads once a second. A ban thus takes effect within
//! a second, at half a read unit for each instance and second.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::accounts::Revocation;
use domain::{Result, Timestamp};

use crate::failure::failed;
use crate::item::entity;
use crate::keys::{Attributes, Key};
use crate::schema::{REVOKED, Table};
use crate::{Entity, Store};

/// Partition key of all revocations. 5,000 busy instances use 2,500 of the 3,000 read units that a partition
/// allows per second.
const PARTITION: &str = "REVOKED#0";
/// Minimum retention of an item, in seconds.
const KEPT_FOR_SECONDS: i64 = 20 * 60;

impl Entity for Revocation {
    const TABLE: &'static Table = &REVOKED;

    fn key(&self) -> Key {
        let subject = match &self.session_id {
            None => format!("{}#{}", self.user_id, self.epoch),
            Some(session) => session.to_string(),
        };
        Key::new(PARTITION, format!("{}#{subject}", sort_key(self.at)))
    }

    fn expires(&self) -> Option<i64> {
        Some(self.at.as_seconds() + KEPT_FOR_SECONDS)
    }
}

fn sort_key(at: Timestamp) -> String {
    format!("{:013}", at.as_millis().max(0))
}

impl Store {
    /// Returns the revocations since `from`, oldest first, eventually consistent.
    pub async fn get_revocations_eventual(&self, from: Timestamp) -> Result<Vec<Revocation>> {
        let mut found = Vec::new();
        let mut start: Option<Attributes> = None;
        let call = self
            .dynamo
            .query()
            .table_name(self.names.table(&REVOKED)?)
            .key_condition_expression("pk = :pk AND sk >= :from")
            .expression_attribute_values(":pk", AttributeValue::S(PARTITION.to_owned()))
            .expression_attribute_values(":from", AttributeValue::S(sort_key(from)));
        loop {
            let page = call.clone().set_exclusive_start_key(start).send().await.map_err(failed)?;
            found.extend(page.items.unwrap_or_default().into_iter().map(entity).collect::<Result<Vec<_>>>()?);
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }
}
