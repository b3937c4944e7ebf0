//! Packs: up to a few dozen audit entries in one item, compressed.

use std::fmt;
use std::io::{Read, Write};

use domain::audit::{AuditEntry, AuditHour};
use domain::{Error, Result, Timestamp};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Entity;
use crate::keys::Key;
use crate::schema::{AUDIT, Table};

/// Number of partitions of an hour for entries of users. Each takes 1,000 write units a second, which at a
/// fifth of a unit are 40,000 entries a second together.
const SHARDS: u8 = 8;
/// Maximum size of the entries of a pack as JSON, in bytes. Compressed they are about a third of it.
const PACK_BYTES_MAX: usize = 12_000;

/// Part of an hour's entries with a partition of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditShard(u8);

impl AuditShard {
    /// Shard of subjects that staff configures, which are few.
    const CONFIGURED: Self = Self(SHARDS);
    /// Announcements of late entries of earlier hours.
    pub(super) const LATE: Self = Self(SHARDS + 1);

    /// Returns the shards with the entries of an hour.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=SHARDS).map(Self)
    }

    pub(super) fn partition(self, hour: AuditHour) -> String {
        match self {
            Self::CONFIGURED => format!("AUDIT#{hour}#S"),
            Self::LATE => format!("AUDIT#{hour}#L"),
            Self(number) => format!("AUDIT#{hour}#{number}"),
        }
    }
}

/// Returns minute and second of `at` within its hour, as four digits.
pub(super) fn second_of(at: Timestamp) -> String {
    let seconds = at.as_seconds().rem_euclid(3600);
    format!("{:02}{:02}", seconds / 60, seconds % 60)
}

/// Returns the partition with the acts of a member of staff.
pub(super) fn actor_partition(actor: &str) -> String {
    format!("ACTOR#{actor}")
}

/// Key of a pack, which follows from its first entry.
pub(super) struct PackKey(Key);

impl PackKey {
    /// Returns the key in the hour of the entry.
    pub fn of(first: &AuditEntry) -> Self {
        let shard = if first.subject_kind.is_configured() {
            AuditShard::CONFIGURED
        } else {
            let sum = first
                .subject_id
                .bytes()
                .fold(first.number, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
            AuditShard(u8::try_from(sum % u64::from(SHARDS)).unwrap_or(0))
        };
        Self(Key::new(shard.partition(AuditHour::of(first.at)), sort_key(first)))
    }

    /// Returns the key among the acts of the actor.
    pub fn of_actor(first: &AuditEntry) -> Self {
        let sort_key = format!("{}:{}", AuditHour::of(first.at), sort_key(first));
        Self(Key::new(actor_partition(&first.actor), sort_key))
    }

    /// Returns the key of the announcement of a late pack in the hour whose root covers it.
    pub fn announced_in(self, hour: AuditHour) -> Self {
        let Self(Key { pk, sk }) = self;
        Self(Key::new(AuditShard::LATE.partition(hour), format!("{pk}#{sk}")))
    }
}

fn sort_key(first: &AuditEntry) -> String {
    let AuditEntry { subject_kind, subject_id, number, .. } = first;
    format!("{}#{}#{subject_id}#{number:012}", second_of(first.at), subject_kind.as_ref())
}

/// Audit entries that were recorded together.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditPack {
    /// Position of the pack in its partition.
    pub position: String,
    /// Hour whose root covers the entries, if they were recorded too late for their own.
    pub late: Option<AuditHour>,
    /// Entries, in the order of the stream.
    pub entries: Vec<AuditEntry>,
}

impl AuditPack {
    /// Returns the position below which the packs of the second of `at`, and earlier ones of its hour, are.
    pub fn below_second(at: Timestamp) -> String {
        // The character after `#`.
        format!("{}$", second_of(at))
    }

    /// Returns the position below which the acts of the second of `at`, and earlier ones, are.
    pub fn below_second_of_actor(at: Timestamp) -> String {
        format!("{}:{}", AuditHour::of(at), Self::below_second(at))
    }

    /// Returns the second within its hour of a pack at `position`.
    pub fn second_at(position: &str) -> i64 {
        let part =
            |range: std::ops::Range<usize>| position.get(range).and_then(|text| text.parse::<i64>().ok());
        part(0..2).unwrap_or(0) * 60 + part(2..4).unwrap_or(0)
    }
}

/// Item of a pack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredPack {
    pk: String,
    sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    late: Option<AuditHour>,
    /// Number of entries.
    count: usize,
    /// Entries as JSON, one a line, compressed by DEFLATE.
    entries: Bytes,
}

impl Entity for StoredPack {
    const TABLE: &'static Table = &AUDIT;

    fn key(&self) -> Key {
        Key::new(&*self.pk, &*self.sk)
    }
}

impl StoredPack {
    pub fn new(key: &PackKey, late: Option<AuditHour>, entries: &[&AuditEntry]) -> Result<Self> {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
        for entry in entries {
            serde_json::to_writer(&mut packed, entry).map_err(Error::internal)?;
            packed.write_all(b"\n").map_err(Error::internal)?;
        }
        let (pk, sk) = (key.0.pk.clone(), key.0.sk.clone());
        let packed = Bytes(packed.finish().map_err(Error::internal)?);
        Ok(Self { pk, sk, late, count: entries.len(), entries: packed })
    }

    pub fn unpack(&self) -> Result<AuditPack> {
        let mut text = String::new();
        DeflateDecoder::new(&self.entries.0[..]).read_to_string(&mut text).map_err(Error::internal)?;
        let entries = text.lines().map(|line| serde_json::from_str(line).map_err(Error::internal));
        Ok(AuditPack { position: self.sk.clone(), late: self.late, entries: entries.collect::<Result<_>>()? })
    }
}

/// Returns how many of `entries`, at least one, fit into one pack.
pub(super) fn chunk_length(entries: &[&AuditEntry]) -> Result<usize> {
    let (mut bytes, mut length) = (0, 0);
    for entry in entries {
        bytes += serde_json::to_vec(entry).map_err(Error::internal)?.len();
        if length > 0 && bytes > PACK_BYTES_MAX {
            break;
        }
        length += 1;
    }
    Ok(length)
}

/// Bytes that are stored as such.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Raw;
        impl Visitor<'_> for Raw {
            type Value = Bytes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> std::result::Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Raw)
    }
}
