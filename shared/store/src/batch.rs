//! Reads of several items in one call.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::{Get, KeysAndAttributes, TransactGetItem};
use domain::{BusyReason, Error, Result};
use futures::future::try_join_all;

use crate::Store;
use crate::aws_refusals;
use crate::failure::{failed, refused};
use crate::keys::{Attributes, Key};
use crate::schema::Table;

/// Maximum number of keys of one BatchGetItem call.
const KEYS_MAX: usize = 100;
/// Maximum number of BatchGetItem calls for a chunk of keys. DynamoDB leaves keys unprocessed when it
/// throttles.
const ROUNDS_MAX: u32 = 5;

impl Store {
    /// Reads the items under `keys`, eventually consistent, in no particular order. Missing items are left
    /// out.
    pub(crate) async fn get_all_eventual(&self, table: &Table, keys: &[Key]) -> Result<Vec<Attributes>> {
        self.read_all(table, keys, false).await
    }

    /// Reads the items under `keys`, strongly consistent, in no particular order. Missing items are left out.
    pub(crate) async fn get_all(&self, table: &Table, keys: &[Key]) -> Result<Vec<Attributes>> {
        self.read_all(table, keys, true).await
    }

    /// Reads at most 100 items as one consistent snapshot, in no particular order. Missing items are left
    /// out. Fails with `BUSY` when a concurrent transaction writes one of the items in each of six tries.
    pub(crate) async fn get_together(&self, table: &Table, keys: &[Key]) -> Result<Vec<Attributes>> {
        if keys.len() < 2 {
            return self.get_all(table, keys).await;
        }
        let mut gets = Vec::with_capacity(keys.len());
        for key in keys {
            let get = Get::builder().table_name(self.names.table(table)?).set_key(Some(key.attributes()));
            let get = get.build().map_err(Error::internal)?;
            gets.push(TransactGetItem::builder().get(get).build());
        }
        let call = self.dynamo.transact_get_items().set_transact_items(Some(gets));
        let items = self.retry_with_pauses(BusyReason::Snapshot, async || match call.clone().send().await {
            Ok(output) => {
                let items = output.responses.unwrap_or_default();
                Ok(Some(items.into_iter().filter_map(|response| response.item).collect()))
            }
            // Another transaction is writing one of the items.
            Err(error) => refused(error).map(|_| None),
        });
        items.await
    }

    async fn read_all(&self, table: &Table, keys: &[Key], consistent: bool) -> Result<Vec<Attributes>> {
        let table = self.names.table(table)?;
        // DynamoDB rejects a batch that names a key twice.
        let mut known = HashSet::new();
        let keys: Vec<Key> = keys.iter().filter(|key| known.insert(*key)).cloned().collect();
        let chunks = keys.chunks(KEYS_MAX).map(|chunk| self.read_chunk(table, chunk, consistent));
        Ok(try_join_all(chunks).await?.concat())
    }

    async fn read_chunk(&self, table: &str, keys: &[Key], consistent: bool) -> Result<Vec<Attributes>> {
        let mut found = Vec::with_capacity(keys.len());
        let mut wanted: Vec<Attributes> = keys.iter().map(Key::attributes).collect();
        for _ in 0..ROUNDS_MAX {
            let request = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(consistent);
            let request = request.build().map_err(Error::internal)?;
            let output =
                self.dynamo.batch_get_item().request_items(table, request).send().await.map_err(failed)?;
            found.extend(output.responses.unwrap_or_default().remove(table).unwrap_or_default());
            match output.unprocessed_keys.unwrap_or_default().remove(table) {
                Some(rest) if !rest.keys.is_empty() => {
                    aws_refusals::throttled();
                    wanted = rest.keys;
                }
                _ => return Ok(found),
            }
        }
        Err(Error::busy(BusyReason::Throttled).with_cause("keys of a batch stayed unprocessed"))
    }
}
