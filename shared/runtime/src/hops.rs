//! Hop counts of message chains. A message sent while another is handled is one hop further. Lambda counts
//! hops in the lineage of the trace header and stops long chains; the local event-source emulator and the
//! simulation do the same.

use aws_lambda_events::event::sqs::SqsMessage;

/// Maximum number of hops of a chain. Lambda drops messages beyond it.
pub const HOPS_MAX: u32 = 16;
/// Message attribute that carries the trace header.
const TRACE_HEADER: &str = "AWSTraceHeader";

tokio::task_local! {
    static HOPS: u32;
}

/// Returns the number of hops up to the message being handled, or 0 outside of a message.
pub fn hops() -> u32 {
    HOPS.try_with(|hops| *hops).unwrap_or(0)
}

/// Returns the message attribute (name and value) that records `hops` previous hops.
pub fn lineage(hops: u32) -> (String, String) {
    (TRACE_HEADER.to_owned(), format!("Lineage=dibs:{hops}"))
}

/// Returns the number of hops before `message`, the largest count in the lineage of its trace header.
pub(crate) fn of_message(message: &SqsMessage) -> u32 {
    // A trace header has the form `Root=1-…;Parent=…;Sampled=0;Lineage=a87bd80c:1|68fd508a:5`.
    let header = message.attributes.get(TRACE_HEADER).map(String::as_str).unwrap_or_default();
    let lineage = header.split(';').find_map(|part| part.trim().strip_prefix("Lineage=")).unwrap_or_default();
    lineage.split('|').filter_map(|one| one.rsplit_once(':')?.1.parse().ok()).max().unwrap_or(0)
}

/// Runs `work`, which handles a message with `hops` hops, and returns its output.
pub(crate) async fn run_with<T>(hops: u32, work: impl Future<Output = T>) -> T {
    HOPS.scope(hops, work).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    #[test]
    fn hops_are_read_from_the_lineage_of_the_trace() {
        let of = |header: &str| {
            let mut message = SqsMessage::default();
            message.attributes.insert(TRACE_HEADER.to_owned(), header.to_owned());
            of_message(&message)
        };
        assert_eq!(
            of("Root=1-5759e988;Parent=53995c3f;Sampled=0;Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2"),
            5
        );
        assert_each_eq!(
            (of("Lineage=a:16"), 16),
            (of("Root=1-5759e988"), 0),
            (of("Lineage="), 0),
            (of(""), 0)
        );
        assert_each_eq!((of(&lineage(7).1), 7), (of_message(&SqsMessage::default()), 0));
    }

    #[tokio::test]
    async fn message_that_is_handled_beside_another_has_a_chain_of_its_own() {
        let later =
            |hops| run_with(hops, async { (tokio::task::yield_now().await, hops_of_a_child().await).1 });
        assert_each_eq!((hops(), 0), (tokio::join!(later(3), later(9)), (3, 9)));
    }

    async fn hops_of_a_child() -> u32 {
        hops()
    }
}
