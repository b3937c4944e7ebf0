//! Tests of the real `dibs` process on a data file: its startup time and memory, and that no data is lost
//! when it is killed at any time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dibs_tests::process::{Dibs, Folder, Operator, Player};
use tokio::sync::Notify;
use tokio::task::JoinSet;

const MEBIBYTE: u64 = 1024 * 1024;

/// Maximum startup time of a debug build while other tests run. The documented two seconds hold for the time
/// that the process measures itself, on an idle machine.
const READY_MAX: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stack_is_ready_at_once_and_takes_little_memory() {
    let folder = Folder::new("ready");
    let dibs = Dibs::start(&folder).await;
    let (ready, at_start) = (dibs.ready, dibs.resident_bytes());
    let ids = Operator::of(&dibs).campaign().await;
    let users: Vec<Player> = (0..200).map(|index| Player::new(&dibs, &format!("player-{index}"))).collect();
    for user in &users {
        assert_eq!(user.claim(&dibs, &ids).await, Some(202));
    }
    for user in &users {
        user.wait_for_the_grant(&dibs, &ids).await;
    }
    let after = dibs.resident_bytes();
    println!(
        "ready {} ms after its start by its own measure, {ready:?} after it was spawned; {} MiB then, {} MiB after 200 claims",
        dibs.ready_ms,
        at_start / MEBIBYTE,
        after / MEBIBYTE,
    );
    assert!(ready < READY_MAX, "{ready:?}");
    assert!(at_start < 190 * MEBIBYTE && after < 190 * MEBIBYTE, "{at_start} and {after} bytes");
    dibs.interrupt().await;
}

/// Checks that all accepted claims are granted after a restart, although the process was killed after some
/// responses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_at_any_moment_loses_nothing() {
    const USERS: usize = 60;
    let folder = Folder::new("kill");
    let mut dibs = Dibs::start(&folder).await;
    let ids = Arc::new(Operator::of(&dibs).campaign().await);
    let mut everybody = Vec::new();
    for (round, answers) in [1, 7, 23, 41, 58].into_iter().enumerate() {
        let users: Vec<Player> =
            (0..USERS).map(|index| Player::new(&dibs, &format!("round-{round}-{index}"))).collect();
        let (answered, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let mut claims = JoinSet::new();
        for user in users.clone() {
            let (address, ids) = (dibs.address(), ids.clone());
            let (answered, enough) = (answered.clone(), enough.clone());
            claims.spawn(async move {
                let status = user.claim(&address, &ids).await;
                if status.is_some() && answered.fetch_add(1, Ordering::SeqCst) + 1 == answers {
                    enough.notify_one();
                }
                (user, status)
            });
        }
        enough.notified().await;
        dibs.kill().await;
        let outcomes = claims.join_all().await;
        let accepted: Vec<&Player> =
            outcomes.iter().filter(|(_, status)| *status == Some(202)).map(|(user, _)| user).collect();
        assert!(outcomes.iter().all(|(_, status)| matches!(status, None | Some(202))), "{outcomes:?}");
        assert!(accepted.len() >= answers, "{} of {answers}", accepted.len());
        println!("killed after {} of {USERS} answers", accepted.len());

        dibs = Dibs::start(&folder).await;
        for user in accepted {
            user.wait_for_the_grant(&dibs, &ids).await;
        }
        // A user who got no response claims again, and the claim is either new or known.
        for (user, status) in &outcomes {
            if status.is_none() {
                assert!(matches!(user.claim(&dibs, &ids).await, Some(202 | 409)));
                user.wait_for_the_grant(&dibs, &ids).await;
            }
        }
        everybody.extend(users);
    }
    for user in &everybody {
        assert_eq!(user.ledger(&dibs).await, [100], "{user:?}");
    }
    dibs.interrupt().await;
}

/// Checks that an interrupt lets the requests in progress finish: every accepted request gets its response,
/// and the process exits successfully.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interrupt_ends_the_stack_in_order() {
    let folder = Folder::new("interrupt");
    let dibs = Dibs::start(&folder).await;
    let ids = Arc::new(Operator::of(&dibs).campaign().await);
    let users: Vec<Player> = (0..40).map(|index| Player::new(&dibs, &format!("late-{index}"))).collect();
    let (first, mut claims) = (Arc::new(Notify::new()), JoinSet::new());
    for user in users {
        let (address, ids, first) = (dibs.address(), ids.clone(), first.clone());
        claims.spawn(async move {
            let status = user.claim(&address, &ids).await;
            first.notify_one();
            (user, status)
        });
    }
    first.notified().await;
    dibs.interrupt().await;
    let outcomes = claims.join_all().await;
    assert!(outcomes.iter().all(|(_, status)| matches!(status, None | Some(202))), "{outcomes:?}");

    let dibs = Dibs::start(&folder).await;
    for (user, status) in &outcomes {
        if *status == Some(202) {
            user.wait_for_the_grant(&dibs, &ids).await;
            assert_eq!(user.ledger(&dibs).await, [100]);
        } else {
            assert_eq!(user.ledger(&dibs).await, [] as [u64; 0], "refused at the door, so nothing happened");
        }
    }
    dibs.interrupt().await;
}
