//! Faults of a run and their rates.
//!
//! Each seed draws its own mixture: some kinds never happen, others often. A run in which everything fails a
//! little finds less than one in which two things fail often.

use std::sync::atomic::{AtomicBool, Ordering};

use super::prng::Prng;
use super::theme::Theme;

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Kind of fault that a run can inject.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $($(#[doc = $doc])+ $name,)+ }

        impl Fault {
            /// All kinds of faults.
            pub const ALL: &[Self] = &[$(Self::$name,)+];
        }
    };
}

faults! {
    /// A request to DynamoDB is lost.
    RequestLost,
    /// The call is executed, and the response is lost.
    AnswerLost,
    /// The call is executed long after its caller gave up.
    AppliedLate,
    /// DynamoDB throttles the call.
    Throttled,
    /// A single write conflicts with a transaction.
    ConflictOnWrite,
    /// A transaction conflicts with another write.
    ConflictOnTransaction,
    /// Status 500, and the call is not executed.
    FailedNotApplied,
    /// Status 500, and the call is executed.
    FailedApplied,
    /// The connection breaks during the call.
    ConnectionBroken,
    /// An eventually consistent read returns outdated data.
    StaleRead,
    /// An index returns outdated data.
    StaleIndex,
    /// A message is not sent, and the call gets no response.
    SendLost,
    /// The message is sent, and the response is lost.
    SendAnswerLost,
    /// Some messages of a batch are refused.
    SendFailedInPart,
    /// A message is delivered twice.
    MessageDuplicated,
    /// A message overtakes another one.
    MessagesReordered,
    /// A message arrives late.
    MessageDelayed,
    /// A message is deleted, but delivered again.
    DeleteLost,
    /// A message becomes visible again while its handler is running.
    VisibilityExpired,
    /// Some messages of a batch fail.
    BatchFailedInPart,
    /// A message moves to the dead-letter queue.
    DeadLettered,
    /// A function dies at an await.
    Died,
    /// A function hangs after a write until its timeout.
    TimedOutAfterCommit,
    /// A function is frozen for half a minute or longer, and then continues.
    Frozen,
    /// A function decides on outdated data in its cache.
    StaleCache,
    /// The clocks of two functions differ by more than a second.
    ClocksApart,
    /// A stream is read again from an earlier position.
    StreamRedelivered,
    /// Records of a later write to one item are relayed before those of an earlier write to another item.
    StreamInterleaved,
    /// A client sends the same request several times at once, with an `Idempotency-Key`.
    RepeatedInParallel,
    /// A client sends the same request several times at once, without an `Idempotency-Key`.
    RepeatedWithoutKey,
    /// An outside service is slow.
    PartySlow,
    /// An outside service responds with 500 or not at all.
    PartyFailed,
    /// An outside service refuses the request.
    PartyRefused,
    /// An outside service does the work, and the response is lost.
    PartyActedInSilence,
    /// A gateway in front of an outside service refuses a call, whatever the service did for an earlier one.
    PartyOutOfReach,
    /// An outside service is asked twice, and reports that the work is done.
    PartyAnsweredTwice,
    /// The payment provider sends a callback more than once.
    CallbackRepeated,
    /// The payment provider sends a callback late.
    CallbackLate,
    /// A client's connection for live updates breaks.
    SocketBroken,
}

/// Rates of the faults, per thousand.
#[derive(Clone, Debug)]
pub struct Rates {
    /// Faults per thousand calls of DynamoDB, by kind.
    pub dynamo: Vec<(Fault, u64)>,
    /// Faults per thousand calls that send messages, by kind.
    pub send: Vec<(Fault, u64)>,
    /// Duplicates per thousand messages.
    pub duplicated: u64,
    /// Delays per thousand messages.
    pub delayed: u64,
    /// Lost deletions per thousand handled messages.
    pub delete_lost: u64,
    /// Deaths per thousand invocations of a function.
    pub died: u64,
    /// Freezes per thousand invocations of a function.
    pub frozen: u64,
    /// Redeliveries per thousand batches of a stream.
    pub redelivered: u64,
    /// Faults per thousand calls of an outside service.
    pub outside: u64,
    /// Reads from the replica per thousand eventually consistent reads.
    pub stale: u64,
}

/// Faults of a run, with one switch for all of them.
pub struct Faults {
    /// Rate of each kind of fault, per thousand.
    pub rates: Rates,
    /// Text in the key of those calls that fail several times as often as others.
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

/// Texts of keys to focus on. Without a focus, a rarely written item would hardly ever be written during a
/// fault.
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
/// Factor by which faults are more frequent for calls in focus.
const FOCUS_TIMES: usize = 6;

impl Faults {
    /// Draws the faults of a run with the domains `theme`. No fault happens before [`Faults::switch`] enables
    /// them.
    pub fn draw(prng: &Prng, theme: Theme) -> Self {
        let draw = |most: u64| if prng.permille(350) { 0 } else { prng.between(1, most) };
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
            outside: draw(500),
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
        let focus = *prng.pick(&items);
        Self { rates, focus, on: AtomicBool::new(false) }
    }

    /// Enables or disables all faults.
    pub fn switch(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }

    /// Returns `true` if the faults are enabled.
    pub fn on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Returns `true` if a fault with the rate `often` per thousand happens now, drawn at random.
    pub fn strikes(&self, prng: &Prng, often: u64) -> bool {
        self.on() && prng.permille(often)
    }

    /// Returns which fault among `kinds` happens to the call that `what` describes, drawn at random. `None`
    /// if none does.
    pub fn which(&self, prng: &Prng, kinds: &[(Fault, u64)], what: &str) -> Option<Fault> {
        if !self.on() {
            return None;
        }
        let rolls = if what.contains(self.focus) { FOCUS_TIMES } else { 1 };
        (0..rolls).find_map(|_| Self::roll(prng, kinds))
    }

    fn roll(prng: &Prng, kinds: &[(Fault, u64)]) -> Option<Fault> {
        let mut roll = prng.below(1000);
        for (fault, often) in kinds {
            if roll < *often {
                return Some(*fault);
            }
            roll -= often;
        }
        None
    }
}
