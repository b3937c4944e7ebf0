//! Audit entry: its fields, its canonical form and its hash.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use strum::{AsRefStr, EnumString, VariantArray};

use super::AuditHour;
use crate::Timestamp;
use crate::trail::{AuditAct, Hash, StateDigest};

/// Prefix of the bytes that the hash of an entry covers.
const ENTRY: &[u8] = b"dibs.audit.entry.v1\n";
/// Prefix of the bytes that the digest of a state covers.
const STATE: &[u8] = b"dibs.audit.state.v1\n";
/// Members of an exported entry that are not in the hashed JSON: `previous` and the state before are hashed as bytes,
/// and `hash` and `covered_in` are not part of the entry.
const NOT_HASHED: [&str; 5] = ["previous", "before", "before_digest", "hash", "covered_in"];
/// Actor of changes that dibs makes.
pub(super) const SYSTEM: &str = "system";

/// Kind of an audited subject, in the words of the API.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    AsRefStr,
    EnumString,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[strum(serialize_all = "snake_case")]
pub enum SubjectKind {
    /// Request of a user for rewards of an event.
    Request,
    /// Order of units of a time deal.
    Order,
    /// Reservation of seats.
    Reservation,
    /// Ledger of a user's balance: charges and payments.
    Payment,
    /// Account of a user.
    Account,
    /// Event with rewards.
    Event,
    /// Reward in the catalog.
    Reward,
    /// Reward that an event offers.
    EventReward,
    /// Product of the shop.
    Product,
    /// Time deal of a product.
    TimeDeal,
    /// Concert, without its dates.
    Concert,
    /// Date of a concert.
    ConcertDate,
    /// Queue of a waiting room.
    Queue,
}

impl SubjectKind {
    /// Returns `true` if staff configures subjects of this kind, so that they change rarely.
    pub const fn is_configured(self) -> bool {
        !matches!(self, Self::Request | Self::Order | Self::Reservation | Self::Payment | Self::Account)
    }
}

/// Subject of audit entries: one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditSubject {
    /// Kind of the resource.
    pub kind: SubjectKind,
    /// Id of the resource, as the API shows it. For payments, the id of the user whose ledger they are in.
    pub id: String,
}

/// Audit entry of one change of a subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// Kind of the subject.
    pub subject_kind: SubjectKind,
    /// Id of the subject; for payments, the id of the user whose ledger it is.
    pub subject_id: String,
    /// Number of the entry in the subject's chain, without gaps. A chain that began with its subject starts at 1.
    pub number: u64,
    /// Time of the change, in UTC.
    pub at: Timestamp,
    /// Id of the account that made the change, or `system`.
    pub actor: String,
    /// Role in which the account acted; absent for `system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Id of the request or of the worker's call that made the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Kind of the change.
    pub what: AuditAct,
    /// Summary of the state before the change; absent in the first entry of a chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// Digest of the state before. It replaces `before` when an earlier version of dibs summarized that state, so that
    /// only its digest is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_digest: Option<String>,
    /// Summary of the state after the change.
    pub after: Value,
    /// Reason of the change: the operator's, the fulfilment service's or that of dibs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Time of the entry before in the chain, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_at: Option<Timestamp>,
    /// Hash of the entry before in the chain, 64 hexadecimal digits; absent in the first entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
}

/// Audit entry as clients see and export it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
pub struct CoveredEntry {
    /// Entry itself.
    #[serde(flatten)]
    pub entry: AuditEntry,
    /// Hash of the entry, 64 hexadecimal digits.
    pub hash: String,
    /// UTC hour whose root covers the entry, as `2026-11-28T10`.
    pub covered_in: AuditHour,
}

impl AuditEntry {
    /// Returns the subject of the entry.
    pub fn subject(&self) -> AuditSubject {
        AuditSubject { kind: self.subject_kind, id: self.subject_id.clone() }
    }

    /// Returns the hash of the entry.
    pub fn hash(&self) -> Hash {
        let value = serde_json::to_value(self).unwrap_or_default();
        let before = self.before.as_ref().map(state_digest);
        let digest = before.or_else(|| self.before_digest.as_deref().and_then(StateDigest::parse));
        hash_of(&value, self.previous.as_deref().and_then(Hash::parse), digest)
    }

    /// Returns the entry with its hash and the hour whose root covers it.
    pub fn covered_in(self, covered_in: AuditHour) -> CoveredEntry {
        let hash = self.hash().to_string();
        CoveredEntry { entry: self, hash, covered_in }
    }
}

/// Returns the hash of an exported entry: SHA-256 over a prefix, the hash of the entry before (32 bytes, zero
/// if there is none), the digest of the state before (16 bytes, zero if there is none) and the canonical JSON
/// (RFC 8785) of the other members.
pub(super) fn hash_of(entry: &Value, previous: Option<Hash>, before: Option<StateDigest>) -> Hash {
    let members = entry.as_object().into_iter().flatten();
    let hashed: serde_json::Map<String, Value> = members
        .filter(|(name, _)| !NOT_HASHED.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut hash = Sha256::new();
    hash.update(ENTRY);
    hash.update(previous.map_or([0; 32], |hash| hash.0));
    hash.update(before.map_or([0; 16], |digest| digest.0));
    hash.update(canonical(&hashed));
    Hash(hash.finalize().into())
}

/// Returns the digest of a state: the first 16 bytes of the SHA-256 over a prefix and its canonical JSON.
pub fn state_digest(state: &Value) -> StateDigest {
    let hash = Sha256::new().chain_update(STATE).chain_update(canonical(state)).finalize();
    let mut digest = [0; 16];
    digest.copy_from_slice(&hash[..16]);
    StateDigest(digest)
}

/// Returns the canonical JSON of `value` by RFC 8785.
pub(super) fn canonical(value: &impl Serialize) -> Vec<u8> {
    // Maps with keys of text and finite numbers, which is what entries and states consist of, always have one.
    serde_json_canonicalizer::to_vec(value).unwrap_or_default()
}
