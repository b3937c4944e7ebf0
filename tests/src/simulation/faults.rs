//! Everything that can go wrong, and how often it does in a run.
//!
//! Each seed draws its own mixture: some kinds not at all, others often. A run in which everything fails a
//! little finds less than one in which two things fail a lot.

use std::sync::atomic::{AtomicBool, Ordering};

use super::dice::Dice;
use super::plan::Theme;

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// A kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $($(#[doc = $doc])+ $name,)+ }

        impl Fault {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)+];
        }
    };
}

faults! {
    /// A request to DynamoDB never arrived.
    RequestLost,
    /// It was applied, and the answer never came.
    AnswerLost,
    /// It was applied long after its caller had given up.
    AppliedLate,
    /// DynamoDB throttled.
    Throttled,
    /// A single write met a transaction.
    ConflictOnWrite,
    /// A transaction met another write.
    ConflictOnTransaction,
    /// 500, and nothing was applied.
    FailedNotApplied,
    /// 500, and it was applied.
    FailedApplied,
    /// The connection broke.
    ConnectionBroken,
    /// An eventually consistent read showed the past.
    StaleRead,
    /// An index showed the past.
    StaleIndex,
    /// A message was not sent, and nobody said so.
    SendLost,
    /// It was sent, and nobody said so.
    SendAnswerLost,
    /// Some messages of a batch were refused.
    SendFailedInPart,
    /// A message was delivered twice.
    MessageDuplicated,
    /// A message overtook another.
    MessagesReordered,
    /// A message came late.
    MessageDelayed,
    /// A message was deleted, and came again all the same.
    DeleteLost,
    /// A message became visible again while its handler still worked on it.
    VisibilityExpired,
    /// Some messages of a batch failed.
    BatchFailedInPart,
    /// A message went to the dead letters.
    DeadLettered,
    /// A function died at an await.
    Died,
    /// A function was stuck after a write until its time was over.
    TimedOutAfterCommit,
    /// A function stood still for half a minute or more, and went on.
    Frozen,
    /// A function decided by what it had in its cache while the truth was another.
    StaleCache,
    /// The clocks of two functions were more than a second apart.
    ClocksApart,
    /// A stream was read again from an earlier place.
    StreamRedelivered,
    /// Records of a later write to one item were relayed before those of an earlier write to another.
    StreamInterleaved,
    /// A client sent the same request several times at once, with a key.
    RepeatedInParallel,
    /// The same without a key.
    RepeatedWithoutKey,
    /// An outside service was slow.
    PartySlow,
    /// An outside service answered with 500 or not at all.
    PartyFailed,
    /// An outside service refused.
    PartyRefused,
    /// An outside service did as asked, and did not say so.
    PartyActedInSilence,
    /// A gateway before an outside service refused a call, whatever the service did at an earlier one.
    PartyOutOfReach,
    /// An outside service was asked twice and said that it had been done.
    PartyAnsweredTwice,
    /// The provider of payments called back more than once.
    CallbackRepeated,
    /// It called back long after it was asked.
    CallbackLate,
}

/// How often what goes wrong, in a thousand.
#[derive(Clone, Debug)]
pub struct Rates {
    /// Per call of DynamoDB, kind by kind.
    pub dynamo: Vec<(Fault, u64)>,
    /// Per send, kind by kind.
    pub send: Vec<(Fault, u64)>,
    /// Per message.
    pub duplicated: u64,
    /// Per message.
    pub delayed: u64,
    /// Per message.
    pub delete_lost: u64,
    /// Per invocation.
    pub died: u64,
    /// Per invocation.
    pub frozen: u64,
    /// Per batch of a stream.
    pub redelivered: u64,
    /// Per call of an outside service.
    pub party: u64,
    /// Per eventually consistent read: how many go to the follower.
    pub stale: u64,
}

/// What goes wrong in a run, and whether it does at the moment.
pub struct Faults {
    /// How often.
    pub rates: Rates,
    /// What a call must be about to fail several times as often: a part of its key.
    pub focus: &'static str,
    on: AtomicBool,
}

const DYNAMO: &[(Fault, u64)] = &[
    (Fault::RequestLost, 20),
    (Fault::AnswerLost, 30),
    (Fault::AppliedLate, 30),
    (Fault::Throttled, 40),
    (Fault::ConflictOnWrite, 30),
    (Fault::ConflictOnTransaction, 200),
    (Fault::FailedNotApplied, 20),
    (Fault::FailedApplied, 30),
    (Fault::ConnectionBroken, 20),
    (Fault::TimedOutAfterCommit, 20),
];
const SEND: &[(Fault, u64)] =
    &[(Fault::SendLost, 60), (Fault::SendAnswerLost, 60), (Fault::SendFailedInPart, 60)];

/// Items that seldom are written would else hardly ever be written while something goes wrong.
const FOCUS_ON_REWARDS: &[&str] =
    &["/BUCKET", "/BUCKET", "/HINT", "/CLAIM#", "/POINT#", "/GRANT#", "/ACTIVITY#", "nothing"];
const FOCUS_ON_CONCERTS: &[&str] = &[
    "/BLOCK",
    "/RESERVATION#",
    "/ENTRY#",
    "/ROOM",
    "/PAGE#",
    "/GATE",
    "/JOINING",
    "TransactWriteItems",
    "nothing",
];
const FOCUS_ON_DEALS: &[&str] = &[
    "/BUCKET",
    "/BUCKET",
    "/ORDER#",
    "/ORDER#",
    "/HINT",
    "/ENTRY#",
    "/SUMMARY",
    "/DEAL",
    "TransactWriteItems",
    "nothing",
];
/// How much more often.
const FOCUS_TIMES: usize = 6;

impl Faults {
    /// The mixture of a seed for a run about `theme`; nothing goes wrong before [`Faults::switch`].
    pub fn draw(dice: &Dice, theme: Theme) -> Self {
        let draw = |most: u64| if dice.permille(350) { 0 } else { dice.between(1, most) };
        let kinds =
            |table: &[(Fault, u64)]| table.iter().map(|(fault, most)| (*fault, draw(*most))).collect();
        let rates = Rates {
            dynamo: kinds(DYNAMO),
            send: kinds(SEND),
            duplicated: draw(200),
            delayed: draw(200),
            delete_lost: draw(100),
            died: draw(100),
            frozen: draw(60),
            redelivered: draw(200),
            party: draw(500),
            stale: draw(900),
        };
        let mut items = Vec::new();
        for (is_about, focus) in [
            (theme.rewards, FOCUS_ON_REWARDS),
            (theme.concerts, FOCUS_ON_CONCERTS),
            (theme.deals, FOCUS_ON_DEALS),
        ] {
            items.extend_from_slice(if is_about { focus } else { &[] });
        }
        let focus = *dice.pick(&items);
        Self { rates, focus, on: AtomicBool::new(false) }
    }

    /// Lets things go wrong, or ends that.
    pub fn switch(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }

    /// Whether things go wrong.
    pub fn on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Whether something that happens `often` in a thousand happens now.
    pub fn strikes(&self, dice: &Dice, often: u64) -> bool {
        self.on() && dice.permille(often)
    }

    /// Which of `kinds` strikes a call that is about `what`, if any.
    pub fn which(&self, dice: &Dice, kinds: &[(Fault, u64)], what: &str) -> Option<Fault> {
        if !self.on() {
            return None;
        }
        let rolls = if what.contains(self.focus) { FOCUS_TIMES } else { 1 };
        (0..rolls).find_map(|_| Self::roll(dice, kinds))
    }

    fn roll(dice: &Dice, kinds: &[(Fault, u64)]) -> Option<Fault> {
        let mut roll = dice.below(1000);
        for (fault, often) in kinds {
            if roll < *often {
                return Some(*fault);
            }
            roll -= often;
        }
        None
    }
}
