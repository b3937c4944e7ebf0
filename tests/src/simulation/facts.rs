//! What is in the tables at the end, read past every function.

mod concerts;

use std::collections::BTreeMap;

use domain::claims::{Claim, Line};
use domain::ids::UserId;
use domain::points::{Grant, PointEntry};
use domain::rewards::Offer;
use serde_json::Value;
use store::ReplacedDecision;
use store::schema::{ACCOUNTS, REWARDS};

use super::core::Core;
use super::watch::read;
pub use concerts::Concerts;

/// Everything in the tables.
#[derive(Default)]
pub struct Facts {
    /// Claims.
    pub claims: Vec<Claim>,
    /// Decisions about claims that newer ones have replaced.
    pub replaced_decisions: Vec<ReplacedDecision>,
    /// Inventories.
    pub grants: Vec<Grant>,
    /// Ledgers, in the order of their numbers.
    pub ledgers: BTreeMap<UserId, Vec<PointEntry>>,
    /// Buckets by stock and number.
    pub buckets: BTreeMap<(String, u32), Bucket>,
    /// Offers.
    pub offers: Vec<Offer>,
    /// Invitations that are recorded: who invited, and whom.
    pub invitations: Vec<(String, String)>,
    /// Keys of the table of accounts, without those of closed accounts.
    pub account_keys: Vec<String>,
    /// Waiting rooms, concerts and money.
    pub concerts: Concerts,
}

/// A bucket of a stock.
#[derive(Clone, Debug, Default)]
pub struct Bucket {
    /// Units that nobody has.
    pub left: u64,
    /// Who has one: `<user>#<number>`, for which version of a claim.
    pub holds: BTreeMap<String, String>,
    /// Codes that nobody has.
    pub codes: Vec<String>,
    /// Codes that somebody has.
    pub codes_held: BTreeMap<String, String>,
}

impl Facts {
    /// Reads everything.
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
        // A closed account has neither an e-mail nor an invite code any more.
        let open = core.scan(&ACCOUNTS).into_iter().filter(|item| item["status"]["S"] != "closed");
        facts.account_keys = open.filter_map(|item| item["pk"]["S"].as_str().map(str::to_owned)).collect();
        facts
    }

    /// Every line with its claim.
    pub fn lines(&self) -> impl Iterator<Item = (&Claim, &Line)> {
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
