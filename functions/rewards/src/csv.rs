//! Claims as a table, a row for each line.

use crate::views::claim::ClaimView;

const HEAD: &str = "request_id,event_id,user_id,reward_id,number,type,status,requested_at,granted_at,reason,\
     decided_by,points,item_id,badge_id,quantity,code_ending,outcome_unknown,reference,message\r\n";

/// The table of `claims` (RFC 4180), with its head.
pub fn table(claims: &[ClaimView]) -> String {
    let mut table = HEAD.to_owned();
    for claim in claims {
        for line in &claim.lines {
            let kind = serde_json::to_value(line.kind).ok();
            let fields = [
                claim.id.clone(),
                claim.event_id.to_string(),
                claim.user_id.to_string(),
                line.reward_id.to_string(),
                line.number.to_string(),
                kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default().to_owned(),
                line.status.as_str().to_owned(),
                line.requested_at.to_string(),
                line.granted_at.map(|at| at.to_string()).unwrap_or_default(),
                line.reason.clone().unwrap_or_default(),
                line.decided_by.as_ref().map(ToString::to_string).unwrap_or_default(),
                line.payload.points.map(|points| points.to_string()).unwrap_or_default(),
                line.payload.item_id.clone().unwrap_or_default(),
                line.payload.badge_id.clone().unwrap_or_default(),
                line.payload.quantity.to_string(),
                line.payload.code_ending.clone().unwrap_or_default(),
                line.outcome_unknown.to_string(),
                line.reference.clone().unwrap_or_default(),
                line.message.clone().unwrap_or_default(),
            ];
            table.push_str(&fields.map(|field| cell(&field)).join(","));
            table.push_str("\r\n");
        }
    }
    table
}

/// A field, quoted where it must be. One that a spreadsheet would take for a formula is made text (OWASP, CSV
/// injection).
fn cell(text: &str) -> String {
    let text =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn what_would_break_a_table_or_run_in_one_is_defused() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=1+1"), "'=1+1");
    }
}
