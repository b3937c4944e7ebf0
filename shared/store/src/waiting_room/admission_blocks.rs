//! Storage of admission blocks: an item for sixteen positions, with up to three attributes for each.
//! `a#<position>` is the time of admission, `t#<position>` that of the first protected request with
//! `w#<position>`, the class of the time waited before the admission, and `e#<position>` the end, with `l#<position>` the
//! time at which a user left.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::analytics::wait_class;
use domain::ids::QueueId;
use domain::waiting_room::{
    Admission, AdmissionBlock, PositionEnd, PositionKey, PositionState, QueuePosition,
};
use domain::{Result, Timestamp};

use crate::Store;
use crate::keys::n;
use crate::keys::{Attributes, Key};
use crate::schema::QUEUE;
use crate::transaction::Transaction;
use crate::update::ConditionalUpdate;

const ADMISSION_BLOCK: &str = "GATE";

/// Whether a protected request may pass with its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseOutcome {
    /// The request may pass.
    Allowed,
    /// The request may not pass, because its position has ended in this way.
    Ended(PositionEnd),
}

pub(super) fn admission_block_key(queue: &QueueId, admission_block: u64) -> Key {
    Key::new(format!("QUEUE#{queue}#GATE#{admission_block}"), ADMISSION_BLOCK)
}

/// Parses the key of an admission block. Returns `None` for other keys.
pub fn admission_block_of(pk: &str, sk: &str) -> Option<(QueueId, u64)> {
    let (queue, admission_block) = pk.strip_prefix("QUEUE#")?.split_once("#GATE#")?;
    if sk == ADMISSION_BLOCK { Some((QueueId::parse(queue)?, admission_block.parse().ok()?)) } else { None }
}

pub(crate) fn admission_block(item: &Attributes) -> AdmissionBlock {
    let mut admission_block = AdmissionBlock::default();
    for (name, value) in item {
        let Some((kind, position)) = name.split_once('#') else { continue };
        let Ok(position) = position.parse().map(QueuePosition) else { continue };
        let state: &mut PositionState = admission_block.states.entry(position).or_default();
        let at = || value.as_n().ok()?.parse().ok().map(Timestamp::from_millis);
        match kind {
            "a" => state.admitted_at = at(),
            "t" => state.first_use_at = at(),
            "w" => state.wait_class = value.as_n().ok().and_then(|class| class.parse().ok()),
            "l" => state.left_at = at(),
            "e" => state.end = value.as_s().ok().and_then(|end| end.parse().ok()),
            _ => {}
        }
    }
    admission_block
}

fn end_value(end: PositionEnd) -> AttributeValue {
    AttributeValue::S(end.as_ref().to_owned())
}

impl Store {
    /// Reads the admission blocks `numbers`, strongly consistent. Missing ones are returned empty.
    pub async fn get_admission_blocks(
        &self,
        queue: &QueueId,
        numbers: &[u64],
    ) -> Result<BTreeMap<u64, AdmissionBlock>> {
        let keys: Vec<Key> = numbers.iter().map(|number| admission_block_key(queue, *number)).collect();
        let items = self.get_all(&QUEUE, &keys).await?;
        let mut admission_blocks: BTreeMap<u64, AdmissionBlock> =
            numbers.iter().map(|number| (*number, AdmissionBlock::default())).collect();
        for item in &items {
            let name = Key::of(item).and_then(|key| key.pk.rsplit('#').next()?.parse().ok());
            if let Some(number) = name {
                admission_blocks.insert(number, admission_block(item));
            }
        }
        Ok(admission_blocks)
    }

    /// Reads the states of all positions in `admission_blocks`, strongly consistent. Positions without a
    /// recorded state are left out.
    pub async fn get_position_states(
        &self,
        queue: &QueueId,
        admission_blocks: std::ops::RangeInclusive<u64>,
    ) -> Result<BTreeMap<QueuePosition, PositionState>> {
        let keys: Vec<Key> =
            admission_blocks.map(|admission_block| admission_block_key(queue, admission_block)).collect();
        let items = self.get_all(&QUEUE, &keys).await?;
        Ok(items.iter().flat_map(|item| admission_block(item).states).collect())
    }

    /// Reads the state of one position, strongly consistent.
    pub async fn get_position_state(&self, position: &PositionKey) -> Result<PositionState> {
        let states = self
            .get_position_states(&position.queue_id, position.admission_block()..=position.admission_block())
            .await?;
        Ok(states.get(&position.position).copied().unwrap_or_default())
    }

    /// Reads the state of one position, eventually consistent.
    pub async fn get_position_state_eventual(&self, position: &PositionKey) -> Result<PositionState> {
        let items = self
            .get_all_eventual(&QUEUE, &[admission_block_key(&position.queue_id, position.admission_block())])
            .await?;
        Ok(items.first().map(|item| admission_block(item).state(position.position)).unwrap_or_default())
    }

    /// Records `at` as the time of admission of `positions`, all in admission block `admission_block`. A
    /// repeat changes nothing.
    pub async fn record_admission(
        &self,
        queue: &QueueId,
        admission_block: u64,
        positions: &[QueuePosition],
        at: Timestamp,
    ) -> Result<()> {
        let Some(first) = positions.first() else { return Ok(()) };
        let set: Vec<String> = positions.iter().map(|position| format!("#a{position} = :at")).collect();
        // The positions are written together, so the first one stands for all.
        let mut change = ConditionalUpdate::new(
            format!("SET {}", set.join(", ")),
            format!("attribute_not_exists(#a{first})"),
        );
        for position in positions {
            change = change.name(format!("#a{position}"), format!("a#{position}"));
        }
        let change = change.value(":at", n(at.as_millis()));
        self.update(&QUEUE, &admission_block_key(queue, admission_block), change).await.map(drop)
    }

    /// Decides whether a protected request may pass with position `position`. Records the first protected
    /// request of the position at `now`, which must come before `admission.first_use_before`; later ones pass
    /// until the position has ended. Beside it the first one records the class of the time from
    /// `joined_at` to the admission.
    pub async fn use_position(
        &self,
        position: &PositionKey,
        admission: &Admission,
        joined_at: Timestamp,
        now: Timestamp,
    ) -> Result<UseOutcome> {
        let known = self.get_position_state_eventual(position).await?;
        if let Some(end) = known.end {
            return Ok(UseOutcome::Ended(end));
        }
        if known.first_use_at.is_some() {
            return Ok(UseOutcome::Allowed);
        }
        let number = position.position;
        let waited_ms = admission.since.as_millis().saturating_sub(joined_at.as_millis());
        let class = wait_class(u64::try_from(waited_ms).unwrap_or(0));
        let condition = "attribute_not_exists(#t) AND attribute_not_exists(#e)";
        let change = ConditionalUpdate::new("SET #t = :now, #w = :class", condition)
            .name("#t", format!("t#{number}"))
            .name("#w", format!("w#{number}"))
            .name("#e", format!("e#{number}"))
            .value(":now", n(now.as_millis()))
            .value(":class", n(class));
        if now >= admission.first_use_before {
            // This request is too late to be the first protected one. Only a strongly consistent read tells
            // whether there was an earlier one.
            let state = self.get_position_state(position).await?;
            return Ok(match (state.first_use_at, state.end) {
                (_, Some(end)) => UseOutcome::Ended(end),
                (Some(_), None) => UseOutcome::Allowed,
                (None, None) => UseOutcome::Ended(PositionEnd::NoShow),
            });
        }
        let item = self
            .update(&QUEUE, &admission_block_key(&position.queue_id, position.admission_block()), change)
            .await?
            .item();
        Ok(match admission_block(&item).state(number).end {
            Some(end) => UseOutcome::Ended(end),
            None => UseOutcome::Allowed,
        })
    }

    /// Ends a position because its owner leaves at `now`. Returns the reason for its end: another one than
    /// `PositionEnd::Left` if the position had already ended.
    pub async fn end_as_left(&self, position: &PositionKey, now: Timestamp) -> Result<PositionEnd> {
        let change = ConditionalUpdate::new("SET #e = :left, #l = :now", "attribute_not_exists(#e)")
            .name("#e", format!("e#{}", position.position))
            .name("#l", format!("l#{}", position.position))
            .value(":left", end_value(PositionEnd::Left))
            .value(":now", n(now.as_millis()));
        let item = self
            .update(&QUEUE, &admission_block_key(&position.queue_id, position.admission_block()), change)
            .await?
            .item();
        Ok(admission_block(&item).state(position.position).end.unwrap_or(PositionEnd::Left))
    }

    /// Ends a position as `PositionEnd::Done`, in a write of its own after the payment was written. Does
    /// nothing when it has ended already or its owner sent no protected request.
    pub(crate) async fn end_as_done(&self, position: &PositionKey) -> Result<()> {
        let key = admission_block_key(&position.queue_id, position.admission_block());
        self.update(&QUEUE, &key, end_as_done(position)).await.map(drop)
    }

    /// Ends expired positions of one admission block, all or none, and returns the block afterwards. Writes
    /// none of `ends` when one of the positions has ended already, or when one to end as
    /// `PositionEnd::NoShow` has sent its first protected request.
    pub async fn end_positions(
        &self,
        queue: &QueueId,
        block_number: u64,
        ends: &[(QueuePosition, PositionEnd)],
    ) -> Result<AdmissionBlock> {
        let set: Vec<String> =
            ends.iter().map(|(position, _)| format!("#e{position} = :e{position}")).collect();
        let conditions = ends.iter().map(|(position, end)| match end {
            PositionEnd::NoShow => {
                format!("attribute_not_exists(#e{position}) AND attribute_not_exists(#t{position})")
            }
            _ => format!("attribute_not_exists(#e{position})"),
        });
        let conditions: Vec<String> = conditions.collect();
        let mut change = ConditionalUpdate::new(format!("SET {}", set.join(", ")), conditions.join(" AND "));
        for (position, end) in ends {
            change = change.name(format!("#e{position}"), format!("e#{position}"));
            change = change.value(format!(":e{position}"), end_value(*end));
            if *end == PositionEnd::NoShow {
                change = change.name(format!("#t{position}"), format!("t#{position}"));
            }
        }
        Ok(admission_block(
            &self.update(&QUEUE, &admission_block_key(queue, block_number), change).await?.item(),
        ))
    }
}

impl Transaction<'_> {
    /// Adds the write that ends position `position` as `PositionEnd::Done`, on condition that its owner sent
    /// a protected request and that it has not ended.
    pub fn end_as_done(self, position: &PositionKey) -> Result<Self> {
        self.update(
            &QUEUE,
            &admission_block_key(&position.queue_id, position.admission_block()),
            end_as_done(position),
        )
    }
}

/// Builds the update that ends position `position` as `PositionEnd::Done`, on condition that its owner sent a
/// protected request and that it has not ended.
fn end_as_done(position: &PositionKey) -> ConditionalUpdate {
    ConditionalUpdate::new("SET #e = :done", "attribute_exists(#t) AND attribute_not_exists(#e)")
        .name("#t", format!("t#{}", position.position))
        .name("#e", format!("e#{}", position.position))
        .value(":done", end_value(PositionEnd::Done))
}
