//! Final contents of the tables, read without the functions under test.

mod concerts;

use std::collections::BTreeMap;

use domain::claims::{Claim, LineItem};
use domain::ids::UserId;
use domain::points::{Grant, PointEntry};
use domain::rewards::Offer;
use serde_json::Value;
use store::ReplacedDecision;
use store::schema::{ACCOUNTS, REWARDS};

use crate::simulation::world::core::Core;
use crate::simulation::world::histories::writes::read;
pub use concerts::Concerts;

/// Parsed items of all tables.
#[derive(Default)]
pub struct Facts {
    /// All claims in the rewards table.
    pub claims: Vec<Claim>,
    /// Decisions that later ones on the same line item replaced.
    pub replaced_decisions: Vec<ReplacedDecision>,
    /// Grants in all inventories.
    pub grants: Vec<Grant>,
    /// Points ledgers, ordered by entry number.
    pub ledgers: BTreeMap<UserId, Vec<PointEntry>>,
    /// Buckets of stock, by stock id and bucket number.
    pub buckets: BTreeMap<(String, u32), Bucket>,
    /// Offers: rewards that campaigns give, with their terms.
    pub offers: Vec<Offer>,
    /// Recorded invitations, as the inviter and the invited user.
    pub invitations: Vec<(String, String)>,
    /// Partition keys in the accounts table, except for those of closed accounts.
    pub account_keys: Vec<String>,
    /// Contents of the tables of waiting rooms, concerts and money.
    pub concerts: Concerts,
}

/// Bucket of a stock of rewards.
#[derive(Clone, Debug, Default)]
pub struct Bucket {
    /// Number of units that are free.
    pub left: u64,
    /// Versions of the claims that hold units, by holder (`<user>#<number>`).
    pub holds: BTreeMap<String, String>,
    /// Codes that nobody holds.
    pub codes: Vec<String>,
    /// Codes that are held, by holder (`<user>#<number>`).
    pub codes_held: BTreeMap<String, String>,
}

impl Facts {
    /// Reads the tables as they are now.
    pub fn read(core: &Core) -> Self {
        let mut facts = Self { concerts: Concerts::read(core), ..Self::default() };
        for item in core.scan(&REWARDS) {
            let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
            let (pk, sk) = (text("pk"), text("sk"));
            match sk.split('#').next().unwrap_or_default() {
                "CLAIM" => facts.claims.push(read(item)),
                "DECISION" => facts.replaced_decisions.push(read(item)),
                "GRANT" => facts.grants.push(read(item)),
                "OFFER" => facts.offers.push(read(item)),
                "POINT" => {
                    let entry: PointEntry = read(item);
                    facts.ledgers.entry(entry.user_id.clone()).or_default().push(entry);
                }
                "BUCKET" => {
                    let name = pk.strip_prefix("STOCK#").and_then(|name| name.rsplit_once('#'));
                    let (stock, number) = name.expect("a bucket's key names its stock");
                    let number = number.parse().expect("a bucket has a number");
                    facts.buckets.insert((stock.to_owned(), number), Bucket::of(&item));
                }
                "ACTIVITY" if sk.ends_with("#invite") => {
                    let entries = item.as_object().into_iter().flatten();
                    let invited = entries.filter_map(|(name, _)| name.strip_prefix("a#"));
                    let inviter = pk.trim_start_matches("USER#").to_owned();
                    facts.invitations.extend(invited.map(|invited| (inviter.clone(), invited.to_owned())));
                }
                _ => {}
            }
        }
        facts.ledgers.values_mut().for_each(|ledger| ledger.sort_by_key(|entry| entry.number));
        // A closed account has no email and no invite code.
        let open = core.scan(&ACCOUNTS).into_iter().filter(|item| item["status"]["S"] != "closed");
        facts.account_keys = open.filter_map(|item| item["pk"]["S"].as_str().map(str::to_owned)).collect();
        facts
    }

    /// Returns every line item, each with its claim.
    pub fn lines(&self) -> impl Iterator<Item = (&Claim, &LineItem)> {
        self.claims.iter().flat_map(|claim| claim.lines.iter().map(move |line| (claim, line)))
    }
}

impl Bucket {
    fn of(item: &Value) -> Self {
        let named = |prefix: &str| {
            let fields = item.as_object().into_iter().flatten();
            let named = fields.filter_map(|(name, value)| {
                Some((name.strip_prefix(prefix)?.to_owned(), value["S"].as_str()?.to_owned()))
            });
            named.collect()
        };
        let codes = item["codes"]["L"].as_array().into_iter().flatten();
        Self {
            left: item["left"]["N"].as_str().and_then(|left| left.parse().ok()).unwrap_or(0),
            holds: named("h#"),
            codes: codes.filter_map(|code| code["S"].as_str().map(str::to_owned)).collect(),
            codes_held: named("c#"),
        }
    }
}
