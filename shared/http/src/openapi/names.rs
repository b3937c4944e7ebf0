//! Operation ids, tags and descriptions of operations.

use domain::Code;
use domain::accounts::Role;

use crate::route::{Access, Operation, Route};

/// Nouns that code and API name differently: first the noun of the code, then that of the API.
const NOUNS: [(&str, &str); 4] =
    [("campaign", "event"), ("claim", "event-request"), ("offer", "event-reward"), ("deal", "time-deal")];

/// Returns the operation id of `route`, a route of `domain`, for the path at `index` in the route's list
/// of paths. It is the id that the route sets for this path, or else follows from the route's name: the
/// name without the domain, in camel case, with the nouns of the API.
pub(super) fn operation_id(domain: &str, route: &Route, index: usize) -> String {
    if let Some(id) = route.operation_ids.get(index) {
        return (*id).to_owned();
    }
    let operation = route.name.strip_prefix(domain).unwrap_or(route.name).trim_start_matches('-');
    let mut words = operation.split('-');
    let verb = words.next().unwrap_or_default().to_owned();
    let nouns: Vec<String> = words.map(api_noun).collect();
    nouns.join("-").split('-').filter(|word| !word.is_empty()).fold(verb, |id, word| id + &capitalized(word))
}

/// Returns the API's name of a noun, in singular or plural like `word`.
fn api_noun(word: &str) -> String {
    let renamed = NOUNS.iter().find_map(|(ours, theirs)| Some((word.strip_prefix(ours)?, theirs)));
    match renamed {
        Some((ending @ ("" | "s"), theirs)) => format!("{theirs}{ending}"),
        _ => word.to_owned(),
    }
}

fn capitalized(word: &str) -> String {
    word[..1].to_ascii_uppercase() + &word[1..]
}

/// Returns the description of an operation: the route's own text, then callers, repeats and refusals as the
/// signature and the list of codes have them.
pub(super) fn description(route: &Route, declared: &Operation) -> String {
    let mut parts: Vec<String> = Vec::new();
    let own: Vec<&str> = route.description.lines().map(str::trim).collect();
    parts.push(own.join(" ").trim().to_owned());
    parts.push(callers(declared));
    if declared.idempotent {
        parts.push(
            "A repeat with the same `Idempotency-Key` and the same body gets the first success again. Without a \
             key, a repeat is decided as a request of its own."
                .to_owned(),
        );
    } else if route.method == "GET" {
        parts.push("It may be repeated at any time.".to_owned());
    }
    let refusals: Vec<String> = route.refusals.iter().map(|code| refusal(*code)).collect();
    if !refusals.is_empty() {
        parts.push(format!("Refusals of its own:\n\n{}", refusals.join("\n")));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn refusal(code: Code) -> String {
    let meaning = Code::ALL.iter().find(|(one, _)| *one == code).map_or("", |(_, meaning)| meaning);
    format!("- `{}`: {}", code.as_str(), meaning.trim())
}

fn callers(declared: &Operation) -> String {
    let names = |roles: &[Role]| roles.iter().map(|role| role.as_ref()).collect::<Vec<_>>().join(", ");
    match declared.access {
        Access::Open if declared.signed => {
            "For the payment provider: the signature in `Dibs-Signature` takes the place of an access token."
                .to_owned()
        }
        Access::Open if declared.cookie.is_some() => {
            "Open to everybody: an access token is neither needed nor read.".to_owned()
        }
        Access::Open if declared.token_optional => {
            "Open to everybody; with an access token of staff it shows more.".to_owned()
        }
        Access::Open => "Open to everybody.".to_owned(),
        Access::SignedIn => "For every signed-in account.".to_owned(),
        Access::Roles([one]) => format!("For accounts with the role {}.", one.as_ref()),
        Access::Roles(roles) => format!("For accounts with one of the roles {}.", names(roles)),
    }
}

/// Returns the description of a path parameter.
pub(super) fn path_parameter(name: &str) -> String {
    match name {
        "date" => "Calendar day of the date, in the concert's time zone, as `2026-12-24`.".to_owned(),
        "type" => "Type of the event, such as `claim.granted`.".to_owned(),
        "version" => "Version of the data, such as `1`.".to_owned(),
        "file" => "Name of a file that the page needs.".to_owned(),
        "id" => "Id of the user.".to_owned(),
        "request_id" => "Id of the request: id of the user, a colon, and id of the event.".to_owned(),
        name => format!("Id of the {}.", name.strip_suffix("_id").unwrap_or(name).replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route;

    async fn handler() -> domain::Result<crate::NoContent> {
        Ok(crate::NoContent)
    }

    #[test]
    fn operation_id_follows_from_the_name_with_the_nouns_of_the_api() {
        let id = |domain: &str, route: Route| operation_id(domain, &route, 0);
        assert_eq!(id("rewards", route!(GET ["/a"] "rewards-claim-reward" handler, "s", [])), "claimReward");
        assert_eq!(
            id("rewards", route!(GET ["/a"] "rewards-list-my-claims" handler, "s", [])),
            "listMyEventRequests"
        );
        assert_eq!(
            id("waiting-room", route!(GET ["/a"] "waiting-room-get-queue" handler, "s", [])),
            "getQueue"
        );
        assert_eq!(id("accounts", route!(GET ["/a"] "accounts-login" handler, "s", [])), "login");
        let named =
            route!(GET ["/a"] "wallet-list-entries" handler, "s", []).operation_ids(&["listBalanceEntries"]);
        assert_eq!(id("wallet", named), "listBalanceEntries");
    }

    #[test]
    fn description_has_text_callers_and_refusals() {
        let route = route!(
            /// Does a thing
            /// in two lines.
            GET ["/a"] "accounts-login" handler, "s", [OutOfStock]
        );
        let text = description(&route, &route.operation());
        assert_eq!(
            text,
            "Does a thing in two lines.\n\nOpen to everybody.\n\nIt may be repeated at any time.\n\nRefusals of \
             its own:\n\n- `OUT_OF_STOCK`: No units of the reward are left. Request another reward."
        );
    }
}
