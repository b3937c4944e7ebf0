use super::*;
use assertions::assert_each_eq;

const HOUR: i64 = 3_600_000;

fn campaign() -> Campaign {
    Campaign {
        trail: crate::trail::Trail::default(),
        id: CampaignId::new("1"),
        name: "a campaign".into(),
        description: String::new(),
        condition: Condition::always(),
        starts_at: Timestamp::from_millis(0),
        ends_at: Timestamp::from_millis(HOUR),
        time_zone: "Asia/Seoul".into(),
        status: CampaignStatus::Active,
        review: Review::Auto,
        queue_id: None,
        deleted: false,
        closed_at: None,
        has_ended: false,
        created_at: Timestamp::from_millis(0),
        created_by: UserId::new("1"),
        request_fingerprint: None,
        version: 1,
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let start = campaign().starts_at;
    let wrong = Campaign { ends_at: start, time_zone: "Mars/Olympus".into(), ..campaign() };
    let details = wrong.check().unwrap_err().details.unwrap().to_string();
    assert!(details.contains("ends_at") && details.contains("time_zone"), "{details}");
    assert!(campaign().check().is_ok());
}

#[test]
fn a_change_is_a_new_version_and_no_change_is_none() {
    let campaign = campaign();
    let now = Timestamp::from_millis(1);
    let paused =
        CampaignChanges { status: Patch(Some(CampaignStatus::Inactive)), ..CampaignChanges::default() };
    let next = campaign.change(&paused, now).unwrap();
    assert_each_eq!((next.status, CampaignStatus::Inactive), (next.version, 2));
    assert_eq!(next.change(&paused, now).unwrap(), next);
    let backwards =
        CampaignChanges { ends_at: Patch(Some(campaign.starts_at)), ..CampaignChanges::default() };
    assert_eq!(campaign.change(&backwards, now).unwrap_err().code, Code::ValidationError);
}

#[test]
fn what_has_ended_is_no_draft_but_may_be_prolonged() {
    let campaign = campaign();
    let late = Timestamp::from_millis(2 * HOUR);
    assert_eq!(campaign.status_at(late), CampaignStatus::Ended);
    let draft = CampaignChanges { status: Patch(Some(CampaignStatus::Draft)), ..CampaignChanges::default() };
    assert_eq!(campaign.change(&draft, late).unwrap_err().code, Code::Conflict);
    let longer = CampaignChanges {
        ends_at: Patch(Some(Timestamp::from_millis(3 * HOUR))),
        ..CampaignChanges::default()
    };
    assert_eq!(campaign.change(&longer, late).unwrap().status_at(late), CampaignStatus::Active);
}

#[test]
fn event_that_has_ended_does_not_become_a_draft_by_way_of_inactive() {
    let set = |status| CampaignChanges { status: Patch(Some(status)), ..CampaignChanges::default() };
    let now = Timestamp::from_millis(1);
    let ended = campaign().change(&set(CampaignStatus::Ended), now).unwrap();
    let paused = ended.change(&set(CampaignStatus::Inactive), now).unwrap();
    assert_eq!(paused.change(&set(CampaignStatus::Draft), now).unwrap_err().code, Code::Conflict);
    let late = Timestamp::from_millis(2 * HOUR);
    let paused = campaign().change(&set(CampaignStatus::Inactive), now).unwrap();
    assert_eq!(paused.change(&set(CampaignStatus::Draft), late).unwrap_err().code, Code::Conflict);
    let paused = campaign().change(&set(CampaignStatus::Inactive), late).unwrap();
    let longer = CampaignChanges {
        ends_at: Patch(Some(Timestamp::from_millis(5 * HOUR))),
        ..CampaignChanges::default()
    };
    let longer = paused.change(&longer, late).unwrap();
    assert_eq!(longer.change(&set(CampaignStatus::Draft), late).unwrap_err().code, Code::Conflict);
    assert!(longer.change(&set(CampaignStatus::Active), late).is_ok());
    let draft = Campaign { status: CampaignStatus::Draft, ..campaign() };
    assert!(
        draft
            .change(&set(CampaignStatus::Inactive), now)
            .unwrap()
            .change(&set(CampaignStatus::Draft), now)
            .is_ok()
    );
}

#[test]
fn event_that_is_over_is_not_made_active() {
    let late = Timestamp::from_millis(HOUR);
    assert!(campaign().check_new(Timestamp::from_millis(HOUR - 1)).is_ok());
    assert_eq!(campaign().check_new(late).unwrap_err().code, Code::ValidationError);
    let draft = Campaign { status: CampaignStatus::Draft, ..campaign() };
    assert!(draft.check_new(late).is_ok());
    let active =
        CampaignChanges { status: Patch(Some(CampaignStatus::Active)), ..CampaignChanges::default() };
    assert_eq!(draft.change(&active, late).unwrap_err().code, Code::ValidationError);
    let rename = CampaignChanges { name: Title::parse("b").unwrap().into(), ..CampaignChanges::default() };
    assert!(campaign().change(&rename, late).is_ok(), "one that has ended can still be renamed");
}

#[test]
fn deletion_closes_first_and_opens_again_by_itself() {
    let at = |second: i64| Timestamp::from_millis(second * 1000);
    assert_eq!(campaign().deletion_at(at(0)), Deletion::NotBegun);
    let closed = campaign().close(at(100)).unwrap();
    assert_eq!(closed.check_claimable(at(100)).unwrap_err().code, Code::EventNotActive);
    assert_eq!(closed.deletion_at(at(100)), Deletion::Closing(15));
    assert_eq!(closed.deletion_at(Timestamp::from_millis(114_999)), Deletion::Closing(1));
    assert_eq!(closed.deletion_at(at(115)), Deletion::Due);
    assert_eq!(closed.deletion_at(at(189)), Deletion::Due);
    assert_eq!(closed.deletion_at(at(190)), Deletion::NotBegun, "it must be over before it opens");
    assert!(closed.check_claimable(at(219)).is_err());
    assert!(closed.check_claimable(at(220)).is_ok(), "nobody came back");
    assert!(closed.reopen().unwrap().check_claimable(at(101)).is_ok());
    let renamed = CampaignChanges { name: Title::parse("b").unwrap().into(), ..CampaignChanges::default() };
    assert_eq!(closed.change(&renamed, at(101)).unwrap().closed_at, None, "a change ends a deletion");
}

#[test]
fn what_is_deleted_is_gone() {
    let deleted = campaign().delete().unwrap();
    assert_eq!(deleted.delete().unwrap_err().code, Code::NotFound);
    let error = deleted.change(&CampaignChanges::default(), Timestamp::from_millis(0)).unwrap_err();
    assert_eq!(error.code, Code::NotFound);
}
