//! Contract of admissions: the time of an admission is recorded once, its first use and its end exclude each
//! other, and its end is final.

use crate::assert_each_eq;
use domain::Timestamp;
use domain::analytics::wait_class;
use domain::waiting_room::{
    Admission, AdmissionStep, PositionEnd, PositionKey, PositionState, QueuePosition, WaitingRoom,
};
use store::UseOutcome;

use super::waiting_room::{at_positions, room};
use super::{ContractBackend, at};

fn key_of(room: &WaitingRoom, number: u64) -> PositionKey {
    PositionKey { queue_id: room.id.clone(), position: QueuePosition(number) }
}

fn admission(since: Timestamp) -> Admission {
    Admission { since, first_use_before: since.plus_seconds(60), until: since.plus_seconds(600) }
}

/// Checks that the time of admission is recorded once for each position, also across admission blocks.
pub async fn admission_is_recorded_once(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("h"));
    let step = AdmissionStep { after: QueuePosition(14), at: at(5) };
    for round in 0..2 {
        for (admission_block, positions) in step.admission_blocks(QueuePosition(18)) {
            store.record_admission(&room.id, admission_block, &positions, at(5 + round)).await.unwrap();
        }
    }
    store.record_admission(&room.id, 1, &at_positions(&[19, 20]), at(9)).await.unwrap();
    store.record_admission(&room.id, 2, &[], at(9)).await.unwrap();
    let states = store.get_position_states(&room.id, 0..=2).await.unwrap();
    let noted: Vec<(u64, Option<Timestamp>)> =
        states.iter().map(|(position, state)| (position.0, state.admitted_at)).collect();
    let (early, late) = (Some(at(5)), Some(at(9)));
    assert_eq!(noted, [(15, early), (16, early), (17, early), (18, early), (19, late), (20, late)]);
}

/// Checks that the first protected request uses the admission, that it must come before the deadline for
/// first use, and that no request passes after the admission ended.
pub async fn position_is_first_used_in_time(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("i"));
    let enter = async |number, second| {
        store.use_position(&key_of(&room, number), &admission(at(0)), at(-9), at(second)).await.unwrap()
    };
    assert_eq!(enter(1, 59).await, UseOutcome::Allowed);
    assert_eq!(enter(1, 599).await, UseOutcome::Allowed, "it was used in time");
    assert_eq!(enter(2, 60).await, UseOutcome::Ended(PositionEnd::NoShow));
    let states = store.get_position_states(&room.id, 0..=0).await.unwrap();
    assert_each_eq!(
        (states[&QueuePosition(1)].first_use_at, Some(at(59))),
        (states.get(&QueuePosition(2)), None),
        "a refusal writes nothing"
    );
    assert_eq!(store.end_as_left(&key_of(&room, 1), at(60)).await.unwrap(), PositionEnd::Left);
    assert_eq!(store.end_as_left(&key_of(&room, 1), at(60)).await.unwrap(), PositionEnd::Left);
    assert_eq!(enter(1, 61).await, UseOutcome::Ended(PositionEnd::Left));
    // Leaving does not replace the end that is already recorded.
    store.end_positions(&room.id, 0, &[(QueuePosition(3), PositionEnd::Expired)]).await.unwrap();
    assert_eq!(store.end_as_left(&key_of(&room, 3), at(60)).await.unwrap(), PositionEnd::Expired);
}

/// Checks that an admission that was used cannot end as a no-show. A batch of ends that contains such an
/// admission is not written, and the returned admission block shows which one it is.
pub async fn used_position_is_no_no_show(backend: &ContractBackend) {
    let (store, room) = (backend.store(), room("j"));
    assert_eq!(
        store.use_position(&key_of(&room, 2), &admission(at(0)), at(-9), at(59)).await.unwrap(),
        UseOutcome::Allowed
    );
    let admission_block = store
        .end_positions(&room.id, 0, &[1, 2].map(|number| (QueuePosition(number), PositionEnd::NoShow)))
        .await
        .unwrap();
    let taken = PositionState {
        first_use_at: Some(at(59)),
        wait_class: Some(wait_class(9_000)),
        ..PositionState::default()
    };
    assert_each_eq!(
        (admission_block.state(QueuePosition(1)), PositionState::default()),
        (admission_block.state(QueuePosition(2)), taken)
    );
    let admission_block =
        store.end_positions(&room.id, 0, &[(QueuePosition(1), PositionEnd::NoShow)]).await.unwrap();
    assert_eq!(admission_block.state(QueuePosition(1)).end, Some(PositionEnd::NoShow));
    let again = store.end_positions(&room.id, 0, &[(QueuePosition(1), PositionEnd::NoShow)]).await.unwrap();
    assert_eq!(again, admission_block);
    assert_eq!(
        store.use_position(&key_of(&room, 1), &admission(at(0)), at(-9), at(30)).await.unwrap(),
        UseOutcome::Ended(PositionEnd::NoShow)
    );
    // An expiry ends the admission whether or not it was used.
    let admission_block =
        store.end_positions(&room.id, 0, &[(QueuePosition(2), PositionEnd::Expired)]).await.unwrap();
    assert_eq!(
        admission_block.state(QueuePosition(2)),
        PositionState { end: Some(PositionEnd::Expired), ..taken }
    );
}

/// Checks under a race that the first use of an admission and its end as a no-show exclude each other:
/// exactly one of the two is recorded.
pub async fn first_use_and_end_exclude_each_other(backend: &ContractBackend) {
    for round in 0..12 {
        let room = room(&format!("k{round}"));
        let (store, place) = (backend.store(), key_of(&room, 1));
        let entering = tokio::spawn(async move {
            store.use_position(&place, &admission(at(0)), at(-9), at(59)).await.unwrap()
        });
        let (store, id) = (backend.store(), room.id.clone());
        let ending = tokio::spawn(async move {
            store.end_positions(&id, 0, &[(QueuePosition(1), PositionEnd::NoShow)]).await.unwrap()
        });
        let (entered, admission_block) = (entering.await.unwrap(), ending.await.unwrap());
        let state = backend.store().get_position_states(&room.id, 0..=0).await.unwrap()[&QueuePosition(1)];
        match entered {
            UseOutcome::Allowed => assert!(state.first_use_at.is_some() && state.end.is_none(), "{state:?}"),
            UseOutcome::Ended(end) => {
                assert!((state.first_use_at, state.end) == (None, Some(end)), "{state:?}")
            }
        }
        assert_eq!(admission_block.state(QueuePosition(1)), state, "the runner was told");
    }
}
