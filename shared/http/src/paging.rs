//! Assembly of list pages from reads of the store.

use crate::{Cursor, Page};
use domain::Result;
use serde::Serialize;

/// Maximum number of reads of the store by one request. Afterwards it responds with the entries found and a
/// cursor.
const READS_MAX: usize = 10;

/// Collects up to `limit` entries that pass `keep`, each with its position. Also returns the position
/// after which the next page begins, if the list goes on. `read` returns up to `at_once` entries after a
/// position, and fewer only at the end of the list.
///
/// # Errors
/// Any error of `read`.
pub async fn collect_filtered<P: Clone, T, Fut>(
    limit: usize,
    at_once: usize,
    mut after: Option<P>,
    read: impl Fn(Option<P>, usize) -> Fut,
    keep: impl Fn(&T) -> bool,
) -> Result<(Vec<(P, T)>, Option<P>)>
where
    Fut: Future<Output = Result<Vec<(P, T)>>>,
{
    let mut kept: Vec<(P, T)> = Vec::new();
    for _ in 0..READS_MAX {
        let found = read(after.clone(), at_once).await?;
        let last = found.len() < at_once;
        for (position, entry) in found {
            after = Some(position.clone());
            if !keep(&entry) {
                continue;
            }
            // An entry beyond the limit proves that the list goes on after the last returned one.
            if kept.len() == limit {
                let next = kept.last().map(|(position, _)| position.clone());
                return Ok((kept, next));
            }
            kept.push((position, entry));
        }
        if last {
            return Ok((kept, None));
        }
    }
    Ok((kept, after))
}

/// Builds a page of `limit` entries from a read of up to `limit + 1`. `position` returns the value that
/// the cursor carries.
pub fn page<T, P: Serialize, V>(
    mut found: Vec<T>,
    limit: usize,
    position: impl Fn(&T) -> P,
    view: impl Fn(&T) -> V,
) -> Page<V> {
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).and_then(|last| Cursor::of(&position(last)));
    Page { entries: found.iter().map(view).collect(), next_cursor }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;
    use std::future::Ready;

    type Numbers = Vec<(usize, usize)>;

    /// Builds a reader of the numbers behind a position, up to `end`.
    fn numbers(end: usize) -> impl Fn(Option<usize>, usize) -> Ready<Result<Numbers>> {
        move |after, limit| {
            let first = after.map_or(0, |after| after + 1);
            std::future::ready(Ok((first..end).take(limit).map(|number| (number, number)).collect()))
        }
    }

    async fn all(end: usize, limit: usize, keep: impl Fn(&usize) -> bool + Copy) -> Vec<Vec<usize>> {
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let (kept, next) = collect_filtered(limit, 10, after, numbers(end), keep).await.unwrap();
            pages.push(kept.into_iter().map(|(_, number)| number).collect());
            after = next;
            if after.is_none() {
                return pages;
            }
        }
    }

    #[tokio::test]
    async fn pages_are_full_and_together_they_are_the_list() {
        for end in [0, 1, 9, 10, 11, 40] {
            let pages = all(end, 4, |_| true).await;
            assert_eq!(pages.concat(), (0..end).collect::<Vec<_>>());
            assert!(pages.iter().rev().skip(1).all(|page| page.len() == 4), "{pages:?}");
            assert!(end == 0 || pages.iter().all(|page| !page.is_empty()), "{pages:?}");
        }
    }

    #[tokio::test]
    async fn what_is_left_out_does_not_make_a_page_empty() {
        assert_eq!(all(60, 2, |number| number % 25 == 24).await, [vec![24, 49]]);
        assert_eq!(all(95, 2, |number| number % 25 == 24).await, [vec![24, 49], vec![74]]);
    }

    #[tokio::test]
    async fn a_request_reads_only_so_much() {
        let pages = all(250, 2, |number| *number == 240).await;
        assert_eq!(pages, [vec![], vec![], vec![240]]);
    }

    #[test]
    fn a_cursor_is_given_only_when_there_is_more() {
        let arrival_bucket_of = |found: Vec<u32>| page(found, 2, |one| *one, |one| one * 10);
        assert_each_eq!(
            (arrival_bucket_of(vec![1, 2]).entries, vec![10, 20]),
            (arrival_bucket_of(vec![1, 2]).next_cursor, None)
        );
        let more = arrival_bucket_of(vec![1, 2, 3]);
        assert_each_eq!((more.entries, vec![10, 20]), (more.next_cursor, Cursor::of(&2)));
    }
}
