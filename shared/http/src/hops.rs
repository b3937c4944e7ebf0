//! Chains of messages: a message that was sent while another was handled is a hop further. Lambda counts them in the lineage of
//! the trace header, and stops a chain; the local pump and the simulation do the same.

use aws_lambda_events::event::sqs::SqsMessage;

/// Lambda handles no message of a chain after so many.
pub const HOPS_MAX: u32 = 16;
/// The attribute of a message that has the trace header.
const TRACE_HEADER: &str = "AWSTraceHeader";

tokio::task_local! {
    static HOPS: u32;
}

/// Returns how many messages the chain has so far that ends with the one being handled: 0 outside of any.
pub fn hops() -> u32 {
    HOPS.try_with(|hops| *hops).unwrap_or(0)
}

/// Returns the name and the value of the attribute that says of a message that so many were handled before it.
pub fn lineage(hops: u32) -> (String, String) {
    (TRACE_HEADER.to_owned(), format!("Lineage=dibs:{hops}"))
}

/// Returns how many messages of its chain were handled before `message`: the most that any lineage of its trace says.
pub(crate) fn before(message: &SqsMessage) -> u32 {
    // `Root=1-…;Parent=…;Sampled=0;Lineage=a87bd80c:1|68fd508a:5`
    let header = message.attributes.get(TRACE_HEADER).map(String::as_str).unwrap_or_default();
    let lineage = header.split(';').find_map(|part| part.trim().strip_prefix("Lineage=")).unwrap_or_default();
    lineage.split('|').filter_map(|one| one.rsplit_once(':')?.1.parse().ok()).max().unwrap_or(0)
}

/// Returns what `work` gives, which handles a message after which its chain has `hops`.
pub(crate) async fn within<T>(hops: u32, work: impl Future<Output = T>) -> T {
    HOPS.scope(hops, work).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops_are_read_from_the_lineage_of_the_trace() {
        let of = |header: &str| {
            let mut message = SqsMessage::default();
            message.attributes.insert(TRACE_HEADER.to_owned(), header.to_owned());
            before(&message)
        };
        assert_eq!(
            of("Root=1-5759e988;Parent=53995c3f;Sampled=0;Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2"),
            5
        );
        assert_eq!((of("Lineage=a:16"), of("Root=1-5759e988"), of("Lineage="), of("")), (16, 0, 0, 0));
        assert_eq!((of(&lineage(7).1), before(&SqsMessage::default())), (7, 0));
    }

    #[tokio::test]
    async fn message_that_is_handled_beside_another_has_a_chain_of_its_own() {
        let later =
            |hops| within(hops, async { (tokio::task::yield_now().await, hops_of_a_child().await).1 });
        assert_eq!((hops(), tokio::join!(later(3), later(9))), (0, (3, 9)));
    }

    async fn hops_of_a_child() -> u32 {
        hops()
    }
}
