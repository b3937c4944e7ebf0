//! Storage of admission blocks: an item for sixteen positions, with up to three attributes for each.
//! `a#<position>` is the time of admission, `t#<position>` that of the first protected request, and
//! `e#<position>` the end.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::QueueId;
use domain::queue::{Admission, AdmissionBlock, PositionEnd, PositionState, QueuePosition};
use domain::{Result, Timestamp};

use crate::Store;
use crate::keys::n;
use crate::keys::{Attributes, Key};
use crate::schema::QUEUE;
use crate::transaction::Transaction;
use crate::update::ConditionalUpdate;

const GATE: &str = "GATE";

/// Whether a protected request may pass with its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UseOutcome {
    /// The request may pass.
    Yes,
    /// The request may not pass, because its position has ended in this way.
    No(PositionEnd),
}

pub(super) fn gate_key(queue: &QueueId, gate: u64) -> Key {
    Key::new(format!("QUEUE#{queue}#GATE#{gate}"), GATE)
}

/// Parses the key of an admission block. Returns `None` for other keys.
pub fn admission_block_of(pk: &str, sk: &str) -> Option<(QueueId, u64)> {
    let (queue, gate) = pk.strip_prefix("QUEUE#")?.split_once("#GATE#")?;
    if sk == GATE { Some((QueueId::parse(queue)?, gate.parse().ok()?)) } else { None }
}

pub(super) fn gate(item: &Attributes) -> AdmissionBlock {
    let mut gate = AdmissionBlock::default();
    for (name, value) in item {
        let Some((kind, position)) = name.split_once('#') else { continue };
        let Ok(position) = position.parse() else { continue };
        let state: &mut PositionState = gate.states.entry(position).or_default();
        let at = || value.as_n().ok()?.parse().ok().map(Timestamp::from_millis);
        match kind {
            "a" => state.admitted_at = at(),
            "t" => state.taken_at = at(),
            "e" => state.end = value.as_s().ok().and_then(|end| end.parse().ok()),
            _ => {}
        }
    }
    gate
}

fn ending(end: PositionEnd) -> AttributeValue {
    AttributeValue::S(end.as_ref().to_owned())
}

impl Store {
    /// Reads the states of all positions in `gates`, strongly consistent. Positions without a recorded state
    /// are left out.
    pub async fn get_position_states(
        &self,
        queue: &QueueId,
        gates: std::ops::RangeInclusive<u64>,
    ) -> Result<BTreeMap<u64, PositionState>> {
        let keys: Vec<Key> = gates.map(|gate| gate_key(queue, gate)).collect();
        let items = self.get_all(&QUEUE, &keys).await?;
        Ok(items.iter().flat_map(|item| gate(item).states).collect())
    }

    /// Reads the state of one position, strongly consistent.
    pub async fn get_position_state(&self, place: &QueuePosition) -> Result<PositionState> {
        let states = self.get_position_states(&place.queue_id, place.gate()..=place.gate()).await?;
        Ok(states.get(&place.number).copied().unwrap_or_default())
    }

    /// Reads the state of one position, eventually consistent.
    pub async fn get_position_state_eventual(&self, place: &QueuePosition) -> Result<PositionState> {
        let items = self.get_all_eventual(&QUEUE, &[gate_key(&place.queue_id, place.gate())]).await?;
        Ok(items.first().map(|item| gate(item).state(place.number)).unwrap_or_default())
    }

    /// Records `at` as the time of admission of `positions`, all in admission block `gate`. A repeat changes
    /// nothing.
    pub async fn mark_admitted(
        &self,
        queue: &QueueId,
        gate: u64,
        positions: &[u64],
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
        self.update(&QUEUE, &gate_key(queue, gate), change).await.map(drop)
    }

    /// Decides whether a protected request may pass with position `place`. Records the first protected
    /// request of the position at `now`, which must come before `admission.take_up_before`; later ones pass
    /// until the position has ended.
    pub async fn enter(
        &self,
        place: &QueuePosition,
        admission: &Admission,
        now: Timestamp,
    ) -> Result<UseOutcome> {
        let known = self.get_position_state_eventual(place).await?;
        if let Some(end) = known.end {
            return Ok(UseOutcome::No(end));
        }
        if known.taken_at.is_some() {
            return Ok(UseOutcome::Yes);
        }
        let position = place.number;
        let change =
            ConditionalUpdate::new("SET #t = :now", "attribute_not_exists(#t) AND attribute_not_exists(#e)")
                .name("#t", format!("t#{position}"))
                .name("#e", format!("e#{position}"))
                .value(":now", n(now.as_millis()));
        if now >= admission.take_up_before {
            // This request is too late to be the first protected one. Only a strongly consistent read tells
            // whether there was an earlier one.
            let state = self.get_position_state(place).await?;
            return Ok(match (state.taken_at, state.end) {
                (_, Some(end)) => UseOutcome::No(end),
                (Some(_), None) => UseOutcome::Yes,
                (None, None) => UseOutcome::No(PositionEnd::NoShow),
            });
        }
        let there = self.update(&QUEUE, &gate_key(&place.queue_id, place.gate()), change).await?.item();
        Ok(match gate(&there).state(position).end {
            Some(end) => UseOutcome::No(end),
            None => UseOutcome::Yes,
        })
    }

    /// Ends a position because its owner leaves. Returns the reason for its end: another one than
    /// `PositionEnd::Left` if the position had already ended.
    pub async fn leave_position(&self, place: &QueuePosition) -> Result<PositionEnd> {
        let change = ConditionalUpdate::new("SET #e = :left", "attribute_not_exists(#e)")
            .name("#e", format!("e#{}", place.number))
            .value(":left", ending(PositionEnd::Left));
        let there = self.update(&QUEUE, &gate_key(&place.queue_id, place.gate()), change).await?.item();
        Ok(gate(&there).state(place.number).end.unwrap_or(PositionEnd::Left))
    }

    /// Ends a position as `PositionEnd::Done`, in a write of its own after the payment was written. Does
    /// nothing when it has ended already or its owner sent no protected request.
    pub(crate) async fn finish_position(&self, place: &QueuePosition) -> Result<()> {
        let key = gate_key(&place.queue_id, place.gate());
        self.update(&QUEUE, &key, done(place)).await.map(drop)
    }

    /// Ends expired positions of one admission block, all or none, and returns the block afterwards. Writes
    /// none of `ends` when one of the positions has ended already, or when one to end as
    /// `PositionEnd::NoShow` has sent its first protected request.
    pub async fn end_positions(
        &self,
        queue: &QueueId,
        gate_number: u64,
        ends: &[(u64, PositionEnd)],
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
            change = change.value(format!(":e{position}"), ending(*end));
            if *end == PositionEnd::NoShow {
                change = change.name(format!("#t{position}"), format!("t#{position}"));
            }
        }
        Ok(gate(&self.update(&QUEUE, &gate_key(queue, gate_number), change).await?.item()))
    }
}

impl Transaction<'_> {
    /// Adds the write that ends position `place` as `PositionEnd::Done`, on condition that its owner sent a
    /// protected request and that it has not ended.
    pub fn finish(self, place: &QueuePosition) -> Result<Self> {
        self.update(&QUEUE, &gate_key(&place.queue_id, place.gate()), done(place))
    }
}

/// Builds the update that ends position `place` as `PositionEnd::Done`, on condition that its owner sent a
/// protected request and that it has not ended.
fn done(place: &QueuePosition) -> ConditionalUpdate {
    ConditionalUpdate::new("SET #e = :done", "attribute_exists(#t) AND attribute_not_exists(#e)")
        .name("#t", format!("t#{}", place.number))
        .name("#e", format!("e#{}", place.number))
        .value(":done", ending(PositionEnd::Done))
}
