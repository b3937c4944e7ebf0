//! Several items in one call.

use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::{Error, Result};
use futures::future::try_join_all;

use crate::Store;
use crate::failure::failed;
use crate::keys::{Attributes, Key};
use crate::schema::Table;

/// What one call of BatchGetItem takes.
const KEYS_MAX: usize = 100;
/// Rounds for keys that DynamoDB left over because it was busy.
const ROUNDS_MAX: u32 = 5;

impl Store {
    /// The items under `keys` that exist, as they were within the last second or so, in no order.
    pub(crate) async fn peek_all(&self, table: &Table, keys: &[Key]) -> Result<Vec<Attributes>> {
        self.read_all(table, keys, false).await
    }

    /// The items under `keys` that exist, as they are, in no order.
    pub(crate) async fn get_all(&self, table: &Table, keys: &[Key]) -> Result<Vec<Attributes>> {
        self.read_all(table, keys, true).await
    }

    async fn read_all(&self, table: &Table, keys: &[Key], consistent: bool) -> Result<Vec<Attributes>> {
        let table = self.names.table(table)?;
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
                Some(rest) if !rest.keys.is_empty() => wanted = rest.keys,
                _ => return Ok(found),
            }
        }
        Err(Error::busy("keys of a batch stayed unprocessed"))
    }
}
