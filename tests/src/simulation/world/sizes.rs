//! Sizes of a run: how many actors and function instances take part, and how many units of each limited
//! thing there are.
//!
//! They come from a random sequence of their own, so a new size does not change the other draws of a run.

use super::prng::Prng;
use super::theme::Theme;

/// Number that makes the draws of sizes independent of all other draws of a seed.
const STREAM: u64 = 0x0073_697a_6573;

macro_rules! sizes {
    ($($(#[doc = $doc:literal])+ $name:ident: $choices:expr,)+) => {
        /// Sizes of a run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Sizes { $($(#[doc = $doc])+ pub $name: usize,)+ }

        impl Sizes {
            fn draw(prng: &Prng) -> Self {
                Self { $($name: *prng.pick(&$choices),)+ }
            }
        }

        /// Name of each size, the values from which it is drawn, and the function that reads it.
        #[cfg(test)]
        const CHOICES: &[(&str, &[usize], fn(&Sizes) -> usize)] =
            &[$((stringify!($name), &$choices, |sizes| sizes.$name),)+];
    };
}

// A value that is listed twice is drawn twice as often. The usual values are in the middle; few of a thing,
// and many, find what they do not.
sizes! {
    /// Function instances that serve the API.
    api_instances: [1, 2, 3, 3, 4, 6],
    /// Function instances that handle messages and stream records.
    worker_instances: [1, 2, 2, 4],
    /// Shards of each table's stream. Only items in the same shard are ordered.
    stream_shards: [1, 2, 3, 3, 5],
    /// Tasks that poll each queue.
    queue_pollers: [1, 2, 2, 4],
    /// Users who claim rewards.
    claimants: [1, 2, 9, 12, 12, 15, 24],
    /// Operators who review claims.
    reviewers: [1, 2, 2, 3],
    /// Decisions that each reviewer makes at most.
    reviews: [1, 3, 5, 5, 8],
    /// Users who register during a run with rewards.
    newcomers: [1, 2, 4, 4, 8],
    /// Codes in the pool at the start of the run.
    codes: [1, 2, 6, 6, 10],
    /// Codes that an operator adds during the run.
    later_codes: [1, 2, 3],
    /// Units of the badge in the campaign that is open to everybody.
    badges: [1, 2, 7, 7, 15],
    /// Units of the item, which a user may have three times.
    items: [1, 2, 9, 25, 45, 60],
    /// Units of the badge in the campaign whose claims are reviewed.
    reviewed_badges: [1, 2, 5, 5, 10],
    /// Units of the coupon that the fulfilment service hands over.
    external_coupons: [1, 2, 4, 4, 8],
    /// Users who go to concerts.
    concertgoers: [1, 2, 8, 12, 12, 16, 24],
    /// Seats of the concert without sections.
    plain_seats: [1, 2, 13, 19, 26, 40],
    /// Sections of the other concert.
    sections: [1, 2, 2, 3],
    /// Rows in each section.
    rows: [1, 2, 2, 3],
    /// Seats in each row.
    row_seats: [1, 2, 7, 7, 12],
    /// Users who order units of deals.
    buyers: [1, 2, 8, 12, 12, 16, 24],
    /// Deals that are active for the whole run.
    lasting_deals: [1, 2, 2, 3],
    /// Units of the first lasting deal, which is behind the waiting room if there is one.
    first_deal_units: [1, 2, 5, 13, 24, 31, 45, 60],
    /// Units of each further lasting deal.
    further_deal_units: [1, 2, 5, 13, 24, 31, 45, 60],
    /// Units of the deal that starts and ends during the run.
    passing_deal_units: [1, 2, 5, 13, 24, 31, 45, 60],
    /// Units of the deal that is canceled.
    canceled_deal_units: [1, 2, 5, 13, 24, 31, 45, 60],
    /// Members with accounts of their own. Each of their registrations and sign-ins costs a password hash.
    members: [1, 2, 3, 3, 6],
    /// Webhooks, each of which receives all events. Two thirds of the runs have none, because a webhook doubles
    /// the calls of a run.
    webhooks: [0, 0, 0, 0, 1, 2],
    /// Clients that follow a deal's stock.
    subscribers: [0, 1, 3],
    /// Owners of accounts who use mailed tokens and authenticator apps, in runs with accounts.
    owners: [0, 1],
}

impl Sizes {
    /// Returns the sizes of the run with this seed.
    pub fn of(seed: u64) -> Self {
        let drawn = Self::draw(&Prng::new(seed ^ STREAM));
        let theme = Theme::of(seed);
        // A run with both groups has fewer users in each, because they take more time.
        let share =
            |people: usize| if theme.concerts && theme.deals { (people * 2).div_ceil(3) } else { people };
        Self { concertgoers: share(drawn.concertgoers), buyers: share(drawn.buyers), ..drawn }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn sizes_follow_from_the_seed() {
        assert_eq!(Sizes::of(7), Sizes::of(7), "the same seed");
        assert_ne!(Sizes::of(7), Sizes::of(8), "neighboring seeds");
    }

    #[test]
    fn least_and_greatest_value_of_each_size_occur() {
        let drawn: Vec<Sizes> = (0..200).map(Sizes::of).collect();
        for (name, choices, read) in CHOICES {
            let seen: BTreeSet<usize> = drawn.iter().map(read).collect();
            assert_eq!(seen.first(), choices.first(), "least value of {name}");
            assert_eq!(seen.last(), choices.last(), "greatest value of {name}");
        }
    }

    #[test]
    fn each_domain_takes_part_in_some_runs_and_not_in_others() {
        let themes: Vec<Theme> = (0..200).map(Theme::of).collect();
        let runs_with =
            |takes_part: fn(&Theme) -> bool| themes.iter().filter(|theme| takes_part(theme)).count();
        let domains = [
            ("rewards", runs_with(|theme| theme.rewards)),
            ("concerts", runs_with(|theme| theme.concerts)),
            ("deals", runs_with(|theme| theme.deals)),
            ("accounts", runs_with(|theme| theme.accounts)),
        ];
        for (name, runs) in domains {
            assert!((1..200).contains(&runs), "{name} takes part in {runs} of 200 runs");
        }
        let domains_in =
            |theme: &Theme| [theme.rewards, theme.concerts, theme.deals].into_iter().filter(|is| *is).count();
        let counts: BTreeSet<usize> = themes.iter().map(domains_in).collect();
        assert_eq!(counts, BTreeSet::from([1, 2, 3]), "numbers of domains beside accounts");
    }
}
