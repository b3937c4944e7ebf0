//! Storage of webhooks. Their events, lanes and replays have files of their own.

mod deliveries;
mod due_index;
mod lanes;
mod replays;

pub use due_index::{DueWork, DueWorkKind};

use domain::ids::WebhookId;
use domain::webhooks::{Webhook, WebhookRegister};
use domain::{BusyReason, Error, Result};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::item::{PartitionRange, entity};
use crate::keys::Key;
use crate::schema::{Table, WEBHOOKS};
use crate::transaction::{Committed, WriteVerdict};
use crate::{Entity, Saved, Store, TryResult, retry};

/// Partition of all webhooks and their register. There are few, and staff write them.
const PARTITION: &str = "WEBHOOKS";
/// Beginning of the sort keys of webhooks in [`PARTITION`].
const PREFIX: &str = "WEBHOOK#";

impl Entity for Webhook {
    const TABLE: &'static Table = &WEBHOOKS;

    fn key(&self) -> Key {
        key(&self.id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

impl Entity for WebhookRegister {
    const TABLE: &'static Table = &WEBHOOKS;

    fn key(&self) -> Key {
        register_key()
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

fn key(id: &WebhookId) -> Key {
    Key::new(PARTITION, format!("{PREFIX}{id}"))
}

fn register_key() -> Key {
    Key::new(PARTITION, "REGISTER")
}

impl Store {
    /// Reads a webhook, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_webhook(&self, id: &WebhookId) -> Result<Webhook> {
        self.get_webhook_if_exists(id).await?.ok_or_else(|| Error::not_found("webhook"))
    }

    /// Reads a webhook, strongly consistent. Returns `None` when it does not exist.
    pub async fn get_webhook_if_exists(&self, id: &WebhookId) -> Result<Option<Webhook>> {
        self.get(&key(id)).await
    }

    /// Reads all webhooks in the order of their ids, strongly consistent.
    pub async fn list_webhooks(&self) -> Result<Vec<Webhook>> {
        self.query(PartitionRange { consistent: true, ..PartitionRange::of(PARTITION, PREFIX) }).await
    }

    /// Writes a new webhook and its entry in the register, both or neither. Returns `Saved::Conflict` when a
    /// webhook with this id is stored.
    ///
    /// # Errors
    /// `TOO_MANY_WEBHOOKS` when the register is full.
    pub async fn create_webhook(&self, webhook: &Webhook) -> Result<Saved<Webhook>> {
        let attempt = async |register: WebhookRegister| {
            let next = register.with(&webhook.id)?;
            let transaction = self.transaction().create(webhook)?;
            let transaction =
                if next.version == 1 { transaction.create(&next)? } else { transaction.save(&next)? };
            match transaction.commit().await? {
                Committed::Done => Ok(TryResult::Done(Saved::Done)),
                Committed::Refused(verdicts) => match verdicts.into_iter().next() {
                    Some(WriteVerdict::AlreadyApplied) => Ok(TryResult::Done(Saved::Done)),
                    Some(WriteVerdict::Failed(found)) => {
                        Ok(TryResult::Done(Saved::Conflict(found.map(entity).transpose()?.map(Box::new))))
                    }
                    _ => Ok(TryResult::Conflict(self.get_register().await?)),
                },
            }
        };
        retry(BusyReason::Webhook, self.get_register().await?, attempt).await
    }

    /// Writes the next version of a webhook. Returns `Saved::Conflict` with the stored one when another write
    /// came first.
    pub async fn save_webhook(&self, webhook: &Webhook) -> Result<Saved<Webhook>> {
        self.save(webhook).await
    }

    /// Deletes a webhook and its entry in the register, both or neither. Does nothing when they are gone. Its
    /// events expire after a week.
    pub async fn delete_webhook(&self, id: &WebhookId) -> Result<()> {
        let attempt = async |register: WebhookRegister| {
            let next = register.without(id);
            if next.ids == register.ids {
                return Ok(TryResult::Done(()));
            }
            let value = AttributeValue::S(id.to_string());
            let transaction = self.transaction().remove(&WEBHOOKS, &key(id), "id", value)?.save(&next)?;
            match transaction.commit().await? {
                Committed::Done => Ok(TryResult::Done(())),
                Committed::Refused(_) => Ok(TryResult::Conflict(self.get_register().await?)),
            }
        };
        retry(BusyReason::Webhook, self.get_register().await?, attempt).await
    }

    async fn get_register(&self) -> Result<WebhookRegister> {
        Ok(self.get(&register_key()).await?.unwrap_or_default())
    }
}
