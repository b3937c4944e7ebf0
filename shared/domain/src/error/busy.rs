//! Closed list of the reasons of `BUSY`: for each one its text in the log and its message for clients.

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal, $message:literal;)+) => {
        /// Reason of a `BUSY` error. The log names it; clients see its message, which names the resource and the
        /// way out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum BusyReason { $($(#[doc = $doc])+ $variant,)+ }

        impl BusyReason {
            /// All reasons.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Returns the text of the reason in the log.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Returns the message for clients.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => concat!($message, "; try again shortly."),)+ }
            }
        }
    };
}

reasons! {
    /// The database or a queue throttled for longer than the retries allow.
    Throttled = "throttled", "The service is too busy at the moment";
    /// The database, a queue or the store of secrets failed or did not answer, so the outcome is unknown.
    Unreachable = "unreachable", "A part of the service does not answer at the moment";
    /// Other transactions wrote the same items on each try.
    Transaction = "transaction", "Other requests wrote the same resources on each try";
    /// Items that must be read at one moment were written by other requests during each read.
    Snapshot = "snapshot", "Other requests wrote the same resources on each try";
    /// An account was changed by other requests on each try.
    Account = "account", "The account was changed by other requests on each try";
    /// The failed sign-ins of an account came too fast to be counted.
    SignIns = "sign_ins", "There were too many sign-ins to this account at once";
    /// A session was refreshed by other requests on each try.
    Session = "session", "The session was refreshed by other requests on each try";
    /// The calls of a network came too fast to be counted.
    Network = "network", "There were too many requests from your network at once";
    /// The record of an e-mail address changed each time that it was registered.
    Email = "email", "The e-mail address was used by other requests on each try";
    /// An event or its rewards were changed by other requests on each try.
    Campaign = "event", "The event was changed by other requests on each try";
    /// A reward request was written by other requests or workers on each try.
    Claim = "request", "The request for rewards was written by others on each try";
    /// A grant is not made yet, or was withheld meanwhile.
    Grant = "grant", "The reward is not granted yet";
    /// The newest audit entry of a subject is not recorded yet.
    Audit = "audit", "The newest audit entry of this subject is not recorded yet";
    /// The quota of external condition checks was written by other requests of the user on each try.
    CheckQuota = "check_quota", "You sent too many requests with external condition checks at once";
    /// The ledger of points was appended to by others on each try.
    Points = "points", "The points were changed by others on each try";
    /// The activities of a month were written by other requests on each try.
    Activities = "activities", "Other requests recorded activities of the same month on each try";
    /// Codes of a pool were written by other requests on each try.
    Codes = "codes", "Other requests used the pool of codes on each try";
    /// Other requests took the last units of a stock first on each try.
    Stock = "stock", "Other requests were faster at the last units";
    /// Other requests took the seats first on each try, or kept writing the same seat block while this
    /// request released its seats.
    Seats = "seats", "Other requests were faster at these seats";
    /// A reservation was changed by other requests on each try.
    Reservation = "reservation", "The reservation was changed by other requests on each try";
    /// Another delivery of the message is sending the mail, or the mail service did not take it.
    Mail = "mail", "The mail could not be sent yet";
    /// A rule or the preferences of notifications were changed by other requests on each try.
    Notifications = "notifications", "The notification settings were changed by other requests on each try";
    /// A product was changed by other requests on each try.
    Product = "product", "The product was changed by other requests on each try";
    /// A time deal or its product was changed by other requests on each try.
    Deal = "deal", "The time deal or its product was changed by other requests on each try";
    /// The units of a time deal were counted by another worker at the same time.
    DealCounts = "deal_counts", "The units of the time deal are being counted";
    /// The figures of analytics were counted or merged by another worker on each try.
    Figures = "figures", "The figures are being counted";
    /// An order was changed by other requests on each try, or its units were returned before it was written.
    Order = "order", "The order was changed by other requests on each try";
    /// A money ledger was appended to by others on each try, or while it was read.
    Ledger = "ledger", "The balance was changed by other requests on each try";
    /// A money ledger has too many recent entries to search for an earlier request.
    LedgerLength = "ledger_length", "The balance had too many changes within a day to find an earlier request";
    /// A queue was changed by other requests or workers on each try.
    Queue = "queue", "The queue was changed by others on each try";
    /// A user joined, left or was admitted to a queue at the same time.
    QueueEntry = "queue_entry", "Your place in the queue is being changed";
    /// A webhook was changed by other requests or workers on each try.
    Webhook = "webhook", "The webhook was changed by others on each try";
    /// A connection for live updates, or the state of a topic, was written by others on each try.
    Live = "live_updates", "The live updates were changed by others on each try";
    /// The resource of an earlier request with the same id is gone.
    Created = "created", "What an earlier request created is gone";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn reasons_have_different_texts_and_say_what_to_do() {
        let texts: BTreeSet<&str> = BusyReason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(texts.len(), BusyReason::ALL.len());
        for reason in BusyReason::ALL {
            assert!(reason.message().ends_with("; try again shortly."), "{}", reason.message());
        }
    }
}
