//! Merkle tree by RFC 6962, section 2.1, over the heads that moved in an hour, and the published root.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::entry::canonical;
use super::{AuditHour, AuditSubject};
use crate::trail::Hash;

/// Prefix of the bytes that the hash of a published root covers.
const ROOT: &[u8] = b"dibs.audit.root.v1\n";

/// Heads that moved in an hour: for each subject, the newest entry of the hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaves {
    heads: BTreeMap<AuditSubject, (u64, Hash)>,
    entries: u64,
}

impl Leaves {
    /// Adds an entry of the hour. Each entry is added once.
    pub fn add(&mut self, subject: AuditSubject, number: u64, hash: Hash) {
        self.entries += 1;
        let head = self.heads.entry(subject).or_insert((number, hash));
        if number > head.0 {
            *head = (number, hash);
        }
    }

    /// Returns the root of `hour` over these heads, which follows the published root `before`.
    pub fn root(&self, hour: AuditHour, before: Option<&AuditRoot>) -> AuditRoot {
        let leaves = self.heads.iter().map(|(AuditSubject { kind, id }, (number, hash))| {
            leaf_hash(format!("{}\n{id}\n{number}\n{hash}", kind.as_ref()).as_bytes())
        });
        let root = AuditRoot {
            hour,
            subjects: self.heads.len() as u64,
            entries: self.entries,
            root: merkle_root(&leaves.collect::<Vec<Hash>>()).to_string(),
            previous: before.map(|before| before.hash.clone()),
            hash: String::new(),
        };
        AuditRoot { hash: root.computed_hash().to_string(), ..root }
    }
}

/// Published Merkle root of one hour. The roots form a chain, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditRoot {
    /// UTC hour of the root, as `2026-11-28T10`.
    pub hour: AuditHour,
    /// Number of subjects whose chains moved in the hour, which are the leaves of the tree.
    pub subjects: u64,
    /// Number of entries of the hour.
    pub entries: u64,
    /// Merkle root by RFC 6962 over the heads, ordered by kind (as the kinds are listed in `subject_kind`) and id; 64
    /// hexadecimal digits.
    pub root: String,
    /// Value of `hash` of the root before; absent in the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// SHA-256 over the other fields and the root before, 64 hexadecimal digits.
    pub hash: String,
}

impl AuditRoot {
    /// Returns the hash that follows from the other fields: the expected value of `hash`.
    pub fn computed_hash(&self) -> Hash {
        let content = json!({
            "hour": self.hour,
            "subjects": self.subjects,
            "entries": self.entries,
            "root": self.root,
            "previous": self.previous,
        });
        Hash(Sha256::new().chain_update(ROOT).chain_update(canonical(&content)).finalize().into())
    }
}

/// Returns the hash of a leaf by RFC 6962: SHA-256 over a zero byte and the leaf.
fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(leaf).finalize().into())
}

/// Returns the Merkle tree hash of leaf hashes, by RFC 6962: that of no leaves is the SHA-256 of nothing.
pub fn merkle_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash(Sha256::digest([]).into()),
        [leaf] => *leaf,
        _ => {
            // The left part has the largest power of two below the number of leaves.
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            let node = Sha256::new().chain_update([1]);
            let node = node.chain_update(merkle_root(left).0).chain_update(merkle_root(right).0);
            Hash(node.finalize().into())
        }
    }
}
