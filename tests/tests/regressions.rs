//! Tests of orders of events in which a simulation seed found a bug. Each plays the events of one seed and nothing
//! else. `dibs_tests::simulation::regressions` lists all seeds, and the tests of those that are found elsewhere.

use dibs_tests::assert_each_eq;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dibs_tests::cost::bench::Bench;
use dibs_tests::cost::campaigns::{endless, points};
use dibs_tests::cost::in_paused_time;
use domain::accounts::Role;
use domain::campaigns::Review;
use domain::claims::LineStatus;
use domain::events::EventType;
use domain::ids::QueueId;
use domain::messages::RunWaitingRoom;
use domain::waiting_room::{Admission, PositionEnd, PositionKey, QueuePosition};
use integrations::{ServiceReply, script};
use rewards::workers::grant_rewards;
use serde_json::{Value, json};
use store::UseOutcome;
use waiting_room::workers::run_rooms;

/// Both copies of one request find that its condition is not met, in the same millisecond (simulation seed 1).
#[test]
fn refusals_of_one_request_in_one_millisecond_are_two_events() {
    in_paused_time(async {
        let mut bench = Bench::start().await;
        let ids = bench.campaign(Review::Auto, &[endless(points())]).await;
        let caller = bench.user();
        bench.relay().await;
        let claim = || bench.claim(&caller, &ids.campaign, &ids.rewards[0]);

        let (one, other) = tokio::join!(claim(), claim());

        for answer in [one, other] {
            assert_eq!(answer.body["error"]["code"], "CONDITION_NOT_MET", "{answer:?}");
        }
        let events = bench.relay().await.events();
        let kinds: Vec<EventType> = events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventType::ClaimFailed; 2], "{events:?}");
        assert_eq!(events[0].occurred_at, events[1].occurred_at, "the same millisecond");
        assert_ne!(events[0].id, events[1].id, "consumers drop events with the same id");
    });
}

/// The worker's first read returns the claim as it was before it had the line item that the message names
/// (simulation seed 142).
#[test]
fn line_is_granted_by_a_worker_that_reads_the_claim_from_before_it() {
    in_paused_time(async {
        let mut bench = Bench::start().await;
        let ids = bench.campaign(Review::Auto, &[endless(points()), endless(points())]).await;
        let caller = bench.signed_in().await;
        for (index, reward) in ids.rewards.iter().enumerate() {
            let sk = format!("CLAIM#{}", ids.campaign);
            let before = bench.meter.item("dibs-rewards", &format!("USER#{}", caller.id), &sk);
            assert_eq!(bench.claim(&caller, &ids.campaign, reward).await.status, 202);
            let message = bench.relay().await.messages["grants"][0].clone();
            if index == 1 {
                bench.meter.lag(before.unwrap());
            }
            bench.work(&grant_rewards::WORKER, &message).await;
        }
        assert!(!bench.meter.waits());
        let claim = bench.app.store().get_claim(&caller.id, &ids.campaign).await.unwrap();
        let statuses: Vec<LineStatus> = claim.lines.iter().map(|line| line.status).collect();
        assert_eq!(statuses, [LineStatus::Granted; 2], "{claim:?}");
    });
}

/// A run ends one of two positions, schedules the next check of the other one, and cannot write the room. The run
/// after it finds both checks due, and the other position in both (simulation seed 71000120).
#[test]
fn position_in_two_due_checks_is_ended_once() {
    in_paused_time(async {
        let mut bench = Bench::start().await;
        let settings = json!({"name": "Doors", "capacity": 2, "admissions_per_second": 2,
            "token_seconds": 120, "no_show_seconds": 60});
        let made = bench.call("POST", "/queues", Some(&bench.somebody(Role::Operator)), Some(settings)).await;
        let queue_id = QueueId::parse(made.body["data"]["id"].as_str().unwrap()).unwrap();
        bench.advance_seconds(60);
        for _ in 0..2 {
            let path = format!("/queues/{queue_id}/tokens");
            assert_eq!(bench.call("POST", &path, Some(&bench.user()), None).await.status, 201);
        }
        let messages = bench.relay().await.messages;
        bench.advance_seconds(2);
        for message in &messages["rooms"] {
            bench.work(&run_rooms::WORKER, message).await;
        }
        let (store, now) = (bench.app.store(), bench.app.now());
        assert_eq!(store.get_waiting_room(&queue_id).await.unwrap().admitted, 2);
        let first = PositionKey { queue_id: queue_id.clone(), position: QueuePosition(1) };
        let admission =
            Admission { since: now, first_use_before: now.plus_seconds(60), until: now.plus_seconds(120) };
        assert_eq!(store.use_position(&first, &admission, now, now).await.unwrap(), UseOutcome::Allowed);
        let run = serde_json::to_string(&RunWaitingRoom::of(queue_id.clone())).unwrap();

        bench.advance_seconds(61);
        bench.meter.lose("\"ROOM\"");
        assert!(!bench.deliver(&run_rooms::WORKER, &run).await, "the room cannot be written");
        bench.meter.recover();
        bench.advance_seconds(61);
        let checks =
            store.get_scheduled_checks(&store.get_waiting_room(&queue_id).await.unwrap(), 10).await.unwrap();
        let due = checks.iter().filter(|check| check.at <= bench.app.now() && check.after == 0);
        assert_eq!(due.count(), 2, "{checks:?}");
        assert!(bench.deliver(&run_rooms::WORKER, &run).await, "the room stands still");

        let room = store.get_waiting_room(&queue_id).await.unwrap();
        assert_each_eq!((room.admitted.0, 2), (room.active(), 0), "{room:?}");
        let states = store
            .get_position_states(&queue_id, first.admission_block()..=first.admission_block())
            .await
            .unwrap();
        let ends: Vec<Option<PositionEnd>> = states.values().map(|state| state.end).collect();
        assert_eq!(ends, [Some(PositionEnd::Expired), Some(PositionEnd::NoShow)]);
    });
}

/// Checks two deliveries of one message, which read the same version of the claim and call the fulfilment
/// service at once. One call is executed without a response, and a gateway refuses the other one, which says
/// nothing about the first (simulation seeds 72002670 and 72004698).
#[test]
fn refused_call_of_one_of_two_workers_that_began_at_once_is_not_the_only_call() {
    in_paused_time(async {
        let calls = AtomicUsize::new(0);
        let mut bench = Bench::with_script(script(move |_| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move {
                let answer =
                    |status, body: Value| ServiceReply::Answer { status, body: body.to_string().into() };
                match call {
                    0 => {
                        tokio::time::sleep(Duration::from_secs(3)).await;
                        ServiceReply::Timeout
                    }
                    1 => answer(404, json!({"message": "no such route"})),
                    _ => answer(200, json!({"already": true, "reference": "ref-1"})),
                }
            })
        }))
        .await;
        let ids = bench.outside_campaign().await;
        let caller = bench.signed_in().await;
        let claimed = bench.claim(&caller, &ids.campaign, &ids.rewards[0]).await;
        assert_eq!(claimed.status, 202, "{claimed:?}");
        let message = bench.relay().await.messages["grants"][0].clone();
        bench.app.revocations().refresh(bench.app.store(), bench.app.now()).await;
        let deliver = || bench.deliver(&grant_rewards::WORKER, &message);
        let done: (bool, bool) = tokio::join!(deliver(), deliver());
        let store = bench.app.store();
        let claim = store.get_claim(&caller.id, &ids.campaign).await.unwrap();
        assert_each_eq!((done, (false, false)), (claim.lines[0].status, LineStatus::Granting), "{claim:?}");
        assert!(deliver().await, "the message comes again");
        let claim = store.get_claim(&caller.id, &ids.campaign).await.unwrap();
        assert_each_eq!(
            (claim.lines[0].status, LineStatus::Granted),
            (claim.lines[0].reference.as_deref(), Some("ref-1"))
        );
    });
}

/// Charges without an `Idempotency-Key` are requests of their own, also when user, amount and millisecond are
/// the same (simulation seed 8).
#[test]
fn charges_without_a_key_in_one_millisecond_are_two_charges() {
    in_paused_time(async {
        let bench = Bench::start().await;
        let caller = bench.user();
        let charge = || bench.call("POST", "/balance/charge", Some(&caller), Some(json!({"amount": 100})));

        let (one, other) = tokio::join!(charge(), charge());

        assert_each_eq!((one.status, 201), (other.status, 201), "{one:?} {other:?}");
        assert_ne!(one.body["data"]["number"], other.body["data"]["number"], "{one:?} {other:?}");
        let balance = bench.call("GET", "/balance", Some(&caller), None).await;
        assert_eq!(balance.body["data"]["balance"], 200, "{balance:?}");
    });
}
