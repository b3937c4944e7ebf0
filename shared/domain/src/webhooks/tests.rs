use std::net::IpAddr;

use assertions::assert_each_eq;
use proptest::prelude::*;

use super::*;
use crate::ids::Nonce;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + second * 1000)
}

fn webhook() -> Webhook {
    Webhook {
        id: WebhookId::new("1"),
        url: "https://example.com/hooks".to_owned(),
        events: EventFilter(vec![EventPattern::parse("order.*").unwrap()]),
        description: String::new(),
        enabled: true,
        disabled_reason: None,
        disabled_at: None,
        failing_since: None,
        secrets: vec![WebhookSecret { sealed: "one".to_owned(), created_at: at(0), valid_until: None }],
        created_at: at(0),
        created_by: UserId::new("1"),
        updated_at: None,
        request_fingerprint: None,
        version: 1,
    }
}

#[test]
fn addresses_that_only_the_own_network_reaches_are_closed() {
    let closed = [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];
    for text in closed {
        assert!(!is_public(text.parse().unwrap()), "{text}");
    }
    let open = [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.255.255",
        "172.32.0.1",
        "198.17.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ];
    for text in open {
        assert!(is_public(text.parse().unwrap()), "{text}");
    }
}

#[test]
fn url_of_an_endpoint_is_https_on_the_public_internet() {
    let fine = [
        "https://example.com/hooks",
        "https://example.com:8443/a?b=c",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://xn--bj0bj06e.kr",
    ];
    for text in fine {
        assert!(check_url(text, false).is_ok(), "{text}");
    }
    let long = format!("https://example.com/{}", "a".repeat(500));
    let refused = [
        "",
        "example.com",
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://example.com/#here",
        "https://example.com:25/",
        "https://example.com:80/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://10.0.0.1:8443/",
        "https://그림.kr/",
        long.as_str(),
    ];
    for text in refused {
        assert!(check_url(text, false).is_err(), "{text}");
    }
    for text in ["http://127.0.0.1:9000/", "https://[::1]/", "http://example.com/"] {
        assert!(check_url(text, true).is_ok(), "{text}");
    }
    for text in ["http://10.0.0.1/", "http://169.254.169.254/", "gopher://127.0.0.1/"] {
        assert!(check_url(text, true).is_err(), "{text}");
    }
}

#[test]
fn pattern_matches_a_type_a_kind_or_everything() {
    let matches = |pattern: &str, kind: &str| EventPattern::parse(pattern).unwrap().matches(kind);
    assert_each_eq!(
        (matches("*", "order.confirmed"), true),
        (matches("order.*", "order.confirmed"), true),
        (matches("order.*", "orders.confirmed"), false),
        (matches("order.*", "order"), false),
        (matches("order.confirmed", "order.confirmed"), true),
        (matches("order.confirmed", "order.confirmed_twice"), false)
    );
    for text in
        ["", "**", "order.", ".order", "Order.confirmed", "order.*.confirmed", "*.confirmed", "order*"]
    {
        assert_eq!(EventPattern::parse(text), None, "{text}");
    }
}

#[test]
fn secret_has_the_form_of_standard_webhooks() {
    let secret = new_secret(1, 2);
    assert_each_eq!(
        (key_of_secret(&secret).map(|key| key.len()), Some(32)),
        (secret.starts_with(SECRET_PREFIX), true)
    );
    let short = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM=";
    for text in ["", "whsec_", short, secret.trim_start_matches(SECRET_PREFIX), "whsec_???"] {
        assert_eq!(key_of_secret(text), None, "{text}");
    }
}

#[test]
fn attempts_go_on_for_three_days() {
    let (mut now, mut attempts) = (at(0), 0);
    while let Some(next) = next_try_at(attempts + 1, None, 10, now) {
        (now, attempts) = (next, attempts + 1);
    }
    let hours = (now.as_seconds() - at(0).as_seconds()) / 3600;
    assert_each_eq!((attempts + 1, ATTEMPTS_MAX), ((72..80).contains(&hours), true));
}

#[test]
fn receiver_can_ask_for_a_longer_pause_of_a_day_at_most() {
    let pause = |asked| next_try_at(1, asked, 0, at(0)).unwrap().as_seconds() - at(0).as_seconds();
    assert_each_eq!((pause(Some(1)), 4), (pause(Some(60)), 60), (pause(Some(u32::MAX)), 24 * 3600));
}

#[test]
fn replaced_secret_signs_for_a_day() {
    let rotated = webhook().rotate("two".to_owned(), at(10)).unwrap();
    let signing = |webhook: &Webhook, now| -> Vec<String> {
        webhook.signing_secrets(now).map(|secret| secret.sealed.clone()).collect()
    };
    assert_each_eq!(
        (signing(&rotated, at(10)), vec!["two".to_owned(), "one".to_owned()]),
        (signing(&rotated, at(10 + ROTATION_SECONDS)), vec!["two".to_owned()])
    );
    let later = rotated.rotate("three".to_owned(), at(20 + ROTATION_SECONDS)).unwrap();
    assert_eq!(later.secrets.len(), 2, "the oldest is forgotten");
    let many =
        (1..SECRETS_MAX).fold(webhook(), |webhook, _| webhook.rotate("next".to_owned(), at(1)).unwrap());
    assert_eq!(many.rotate("more".to_owned(), at(1)).unwrap_err().code, Code::Conflict);
}

#[test]
fn webhook_that_is_switched_on_forgets_its_failures() {
    let failing = webhook().failing(Some(at(0))).failing(Some(at(5)));
    assert_each_eq!((failing.failing_since, Some(at(0))), (failing.version, 2));
    assert_each_eq!(
        (failing.has_failed_for_days(at(FAILING_SECONDS_MAX - 1)), false),
        (failing.has_failed_for_days(at(FAILING_SECONDS_MAX)), true)
    );
    let off = failing.disable(DisabledReason::Failing, at(9));
    assert_each_eq!((off.enabled, false), (off.disabled_at, Some(at(9))), (off.version, 3));
    assert_eq!(off.disable(DisabledReason::Gone, at(10)), off);
    let on = off.change(&WebhookChanges { enabled: Some(true), ..WebhookChanges::default() }, at(11));
    assert_each_eq!(
        (on.enabled, true),
        (on.disabled_reason, None),
        (on.failing_since, None),
        (on.updated_at, Some(at(11)))
    );
    assert_eq!(on.change(&WebhookChanges { enabled: Some(true), ..WebhookChanges::default() }, at(12)), on);
}

#[test]
fn register_takes_so_many_webhooks_and_no_more() {
    let ids: Vec<WebhookId> = (0..=WEBHOOKS_MAX).map(WebhookId::new).collect();
    let full = ids[..WEBHOOKS_MAX]
        .iter()
        .fold(WebhookRegister::default(), |register, id| register.with(id).unwrap());
    assert_eq!(full.with(&ids[WEBHOOKS_MAX]).unwrap_err().code, Code::TooManyWebhooks);
    assert_eq!(full.with(&ids[0]).unwrap().ids.len(), WEBHOOKS_MAX, "a repeat is none more");
    assert!(full.without(&ids[3]).with(&ids[WEBHOOKS_MAX]).is_ok());
}

fn lane() -> Lane {
    Lane::new(WebhookId::new("1"), LaneName::of("order.confirmed", "usr_1:abc"), at(0))
}

#[test]
fn lane_is_owned_for_a_limited_time_and_its_owner_learns_what_came() {
    let order = |version: u64| EventOrder::of(&format!("usr_1:abc:{version}"), at(0));
    let lane = Lane { cursor: order(4), ..lane() };
    let owned = lane.claim(Nonce(7), &order(3), at(0));
    assert_each_eq!(
        (owned.cursor.clone(), order(3)),
        (owned.is_claimed(at(CLAIM_SECONDS - 1)), true),
        (owned.is_claimed(at(CLAIM_SECONDS)), false),
        (owned.is_owned_by(Nonce(7)), true)
    );
    let wanted = owned.want(&order(5), at(1)).want(&order(2), at(1)).want(&order(9), at(1));
    assert_eq!(wanted.wanted, Some(order(2)));
    assert_eq!(wanted.claim(Nonce(8), &order(5), at(60)).cursor, order(2));
    let due = wanted.release(Some(at(100)), at(2));
    assert_each_eq!(
        (due.is_waiting(at(90)), true),
        (due.is_waiting(at(95)), false),
        (due.claim, None),
        (due.version, 5)
    );
}

#[test]
fn lane_goes_back_to_an_event_that_came_behind_its_cursor() {
    let order = |version: u64| EventOrder::of(&format!("usr_1:abc:{version}"), at(0));
    let lane = Lane { cursor: order(4), ..lane() };
    assert_eq!(lane.notice(&order(5), at(1)), None, "it is read anyway");
    assert_eq!(lane.notice(&order(3), at(1)).unwrap().cursor, order(3));
    let owned = lane.claim(Nonce(7), &order(4), at(0));
    let told = owned.notice(&order(9), at(CLAIM_SECONDS + 1)).unwrap();
    assert_each_eq!((told.wanted, Some(order(9))), (told.is_owned_by(Nonce(7)), true));
    assert_eq!(told.notice(&order(9), at(1)), None, "its owner knows");
    let behind = told.notice(&order(2), at(1)).unwrap();
    assert_eq!(behind.release(None, at(2)).cursor, order(2));
}

#[test]
fn positions_that_ended_are_not_in_the_lane_of_the_versions_of_their_queue() {
    let lane = |kind: &str| LaneName::of(kind, "que_1");
    assert_eq!(lane("queue.let_in"), lane("queue.closed"));
    assert_ne!(lane("queue.no_show"), lane("queue.let_in"));
    let order = |position: &str, ms: i64| EventOrder::of(&format!("que_1:no_show-{position}"), at(ms));
    assert!(order("900", 1) < order("16", 2), "the time orders them");
}

#[test]
fn place_before_an_event_is_behind_earlier_versions() {
    let order = |id: &str| EventOrder::of(id, at(0));
    for (earlier, later) in [
        ("usr_1:cmp_1:2:0", "usr_1:cmp_1:2:1"),
        ("usr_1:cmp_1:2:9", "usr_1:cmp_1:10:0"),
        ("usr_1:01ABC:9", "usr_1:01ABC:10"),
        ("tdl_1:1", "tdl_1:2"),
    ] {
        assert!(order(earlier) < order(later), "{earlier} {later}");
        assert!(order(earlier) < order(later).before() && order(later).before() < order(later));
    }
    assert!(EventOrder::of("a", at(1)) < EventOrder::of("a", at(2)));
}

fn delivery() -> Delivery {
    let event = NewDelivery {
        id: "usr_1:abc:3".to_owned(),
        kind: "order.confirmed".to_owned(),
        subject: "usr_1:abc".to_owned(),
        time: at(0),
        body: "{}".to_owned(),
    };
    Delivery::new(WebhookId::new("1"), event, at(1))
}

fn tried(status: Option<u16>) -> DeliveryTry {
    let failure = status.is_none().then_some(TryFailure::Timeout);
    DeliveryTry { at: at(2), status, failure, took_ms: 5 }
}

#[test]
fn delivery_keeps_its_last_attempts_and_its_message_id() {
    let first = delivery();
    let mut failing = first.clone();
    for _ in 0..20 {
        failing = failing.failed(tried(None), Some(at(9)));
    }
    assert_each_eq!(
        (failing.tries.len(), 12),
        (failing.attempts, 20),
        (failing.message_id(), first.message_id()),
        (failing.status, DeliveryStatus::Pending),
        (failing.failed(tried(Some(500)), None).status, DeliveryStatus::GivenUp)
    );
    assert!(!first.message_id().contains('.'), "Standard Webhooks forbids full stops");
    let stopped = failing.stopped(tried(Some(410)));
    assert_each_eq!((stopped.status, DeliveryStatus::Pending), (stopped.attempts, 0));
}

#[test]
fn event_behind_a_later_one_is_marked_unless_it_is_replayed() {
    let newer = EventOrder::of("usr_1:abc:4", at(0));
    let done = delivery().delivered(tried(Some(200)), Some(&newer));
    assert_each_eq!(
        (done.late, true),
        (done.status, DeliveryStatus::Delivered),
        (done.delivered_at, Some(at(2)))
    );
    assert!(!delivery().delivered(tried(Some(200)), None).late);
    let replayed = Delivery { replay: 1, ..delivery() };
    assert!(!replayed.delivered(tried(Some(200)), Some(&newer)).late);
}

#[test]
fn replay_goes_back_a_week_at_most() {
    let week = EVENTS_KEPT_SECONDS;
    let begin =
        |from, earlier| Replay::begin(WebhookId::new("1"), ReplayKind::All, from, earlier, at(2 * week));
    let first = begin(at(0), None);
    assert_each_eq!((first.from, at(week)), (first.number, 1), (first.version, 1));
    let ended = first.go_on(None, at(2 * week));
    assert_each_eq!((ended.due_at, None), (ended.version, 2));
    assert_eq!(begin(at(2 * week - 5), Some(&ended)).number, 2);
}

proptest! {
    #[test]
    fn address_is_public_in_each_of_its_forms_or_in_none(bits in any::<u32>()) {
        let plain = std::net::Ipv4Addr::from(bits);
        let mapped = IpAddr::V6(plain.to_ipv6_mapped());
        let nat64 = IpAddr::V6(std::net::Ipv6Addr::from((0x64_ff9b_u128 << 96) | u128::from(bits)));
        prop_assert_eq!(is_public(mapped), is_public(plain.into()));
        prop_assert_eq!(is_public(nat64), is_public(plain.into()));
        if plain.is_private() || plain.is_loopback() || plain.is_link_local() || plain.is_multicast() {
            prop_assert!(!is_public(plain.into()));
        }
    }

    #[test]
    fn events_of_a_subject_are_ordered_by_version(one in 0..u64::MAX, other in 0..u64::MAX, part in 0..50_u64) {
        let order = |version: u64, part: u64| EventOrder::of(&format!("usr_9:cmp_9:{version}:{part}"), at(0));
        prop_assert_eq!(order(one, part).cmp(&order(other, 3)), (one, part).cmp(&(other, 3)));
    }

    #[test]
    fn pause_is_within_ten_percent(attempts in 1..ATTEMPTS_MAX, entropy in any::<u128>()) {
        let exact = next_try_at(attempts, None, 10, at(0)).unwrap().as_millis() - at(0).as_millis();
        let drawn = next_try_at(attempts, None, entropy, at(0)).unwrap().as_millis() - at(0).as_millis();
        prop_assert!((drawn - exact).abs() * 10 <= exact, "{} {}", drawn, exact);
    }
}
