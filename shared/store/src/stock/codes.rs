//! Uploading of codes into a pool. A hash of the code chooses its bucket, so that one bucket tells whether
//! the code was uploaded before.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::stock::{Stock, begins, bucket_of};
use domain::{BusyReason, Code, Error, Result};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::bucket::{Bucket, SAME_GENERATION, key};
use crate::item::Updated;
use crate::keys::n;
use crate::schema::REWARDS;
use crate::update::ConditionalUpdate;
use crate::{Store, TryResult, retry_up_to};

/// Number of buckets that are filled concurrently.
const BUCKETS_AT_A_TIME: usize = 32;
/// Maximum number of codes in a bucket, issued or not. With the longest codes and user ids they fit into
/// DynamoDB's limit of 400 KB for an item.
const CODES_PER_BUCKET_MAX: usize = 800;
/// Maximum number of tries to add codes to a bucket that concurrent requests change.
const TRIES_MAX: usize = 10;

/// Result of an upload of codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeUpload {
    /// Number of codes that are new in the pool. Two concurrent uploads of the same codes may both count
    /// them.
    pub added: usize,
    /// Codes that the pool had already, or that are repeated within the upload.
    pub duplicates: Vec<String>,
}

impl Store {
    /// Adds `codes` to the pool. Codes that it has already, issued or not, stay unchanged.
    ///
    /// # Errors
    /// `CONFLICT` when a bucket is full; `BUSY` when concurrent writes changed a bucket first in each of ten
    /// tries. Some codes may be added already; a repeat adds the rest.
    pub async fn add_codes(&self, pool: &Stock, codes: &[String]) -> Result<CodeUpload> {
        let mut by_bucket: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
        let mut upload = CodeUpload::default();
        for code in codes {
            if !by_bucket.entry(bucket_of(code, pool.buckets())).or_default().insert(code.clone()) {
                upload.duplicates.push(code.clone());
            }
        }
        let known: Vec<Vec<String>> = stream::iter(by_bucket)
            .map(|(bucket, codes)| async move {
                let known = self.fill(pool, bucket, &codes).await?;
                Ok::<_, Error>((codes.len(), known))
            })
            .buffered(BUCKETS_AT_A_TIME)
            .map_ok(|(brought, known)| {
                upload.added += brought - known.len();
                known
            })
            .try_collect()
            .await?;
        upload.duplicates.extend(known.into_iter().flatten());
        Ok(upload)
    }

    /// Adds those of `codes` to `bucket` that it does not contain, issued or not. Returns the others.
    async fn fill(&self, pool: &Stock, bucket: u32, codes: &BTreeSet<String>) -> Result<Vec<String>> {
        let attempt = async |()| {
            let seen = self.get_bucket(pool, bucket).await?.unwrap_or_default();
            let (known, new): (Vec<String>, Vec<String>) =
                codes.iter().cloned().partition(|code| seen.has(code));
            if new.is_empty() {
                return Ok(TryResult::Done(known));
            }
            if seen.codes.len() + seen.codes_held.len() + new.len() > CODES_PER_BUCKET_MAX {
                let message = "The pool is full: it was made for far fewer codes.";
                return Err(Error::refused(Code::Conflict, message));
            }
            self.note_state(pool, bucket, begins(seen.generation + 1)).await?;
            Ok(if self.append(pool, bucket, &seen, &new).await? {
                TryResult::Done(known)
            } else {
                TryResult::Conflict(())
            })
        };
        retry_up_to(TRIES_MAX, BusyReason::Codes, (), attempt).await
    }

    async fn append(&self, pool: &Stock, bucket: u32, seen: &Bucket, new: &[String]) -> Result<bool> {
        let added = new.iter().cloned().map(AttributeValue::S).collect();
        let append = ConditionalUpdate::new(
            "SET codes = list_append(if_not_exists(codes, :none), :new), \
             #left = if_not_exists(#left, :zero) + :count, epoch = :next",
            SAME_GENERATION,
        )
        .name("#left", "left")
        .value(":none", AttributeValue::L(Vec::new()))
        .value(":new", AttributeValue::L(added))
        .value(":zero", n(0))
        .value(":count", n(new.len()))
        .value(":epoch", n(seen.generation))
        .value(":next", n(seen.generation + 1))
        .without_item();
        match self.update(&REWARDS, &key(pool, bucket), append).await? {
            Updated::Done(_) => Ok(true),
            // A bucket in the announced generation with all new codes proves that an earlier try of this
            // write succeeded.
            Updated::ConditionFailed(item) => {
                let now = Bucket::of(&item.unwrap_or_default());
                Ok(now.generation == seen.generation + 1 && new.iter().all(|code| now.has(code)))
            }
        }
    }
}

impl Bucket {
    fn has(&self, code: &str) -> bool {
        self.codes.iter().any(|known| known == code) || self.codes_held.values().any(|known| known == code)
    }
}
