"""What a request may be refused for although it fits the schemas of the OpenAPI document.

Schemathesis' own check `positive_data_acceptance` takes every such refusal for a mistake. Some rules cannot be said in a
schema: they compare two fields, look into the store or know the time. They are listed here, field by field, so that any
other refusal of a request that fits its schema is a finding.
"""

import json
import re

import schemathesis

# field -> what may be said of it, and why no schema says it
RULES = [
    (r"cursor", "is not a cursor of this list"),  # opaque: the text inside is the server's
    (r"invite_code", "is nobody's invite code"),  # looks into the store
    (r"name", "must have at least 2 characters"),  # counted without the blanks and line ends around it
    (r"time_zone", "is not a time zone of the IANA database"),  # a list that changes every year
    (r"ends_at", "must be after starts_at"),  # two fields
    (r"valid_until", "must be after valid_from"),  # two fields
    (r"to", "must be after from"),  # two fields
    (r"ends_at", "must be in the future for an active event"),  # two fields and the time
    (r"valid_until|end_at", "must be in the future"),  # knows the time
    (r"per_user_limit|condition", "is too large: "),  # a sum over the rewards in the store
    (r"expires_at", "must be in the future"),  # knows the time
    (r"(activities\[\d+\]\.)?occurred_at", "must not be in the future"),  # knows the time
    (r"(activities\[\d+\]\.)?occurred_at", "must not be more than 366 days ago"),  # knows the time
    (r"(activities\[\d+\]\.)?occurred_at", "must not be more than 5 minutes"),  # knows the time
    (r"(activities\[\d+\]\.)?occurred_at", "must not be before 1970"),  # a format has no least value
    (r"user_id", "must name the user to evaluate"),  # who must depends on the caller's role
    (r"condition", "must not have more than 64 nodes"),  # counts the whole tree
    (r"condition", "must not be deeper than 8"),  # measures the whole tree
    (r"coupon_code", "is not for a pool of codes"),  # two fields
    (r"coupon_code", "is required, unless pool is true"),  # two fields
    (r"expected_codes", "is only for a pool of codes"),  # two fields
    (r"total_limit", "is not for a pool of codes"),  # the reward is in the store
    (r"quantity", "must be 1 for a pool of codes"),  # the reward is in the store
    (r"queue_id", "is no queue"),  # looks into the store
    (r"sections\[\d+\](\.rows\[\d+\])?\.name", "is there twice"),  # compares entries by one field
    (r"sections", "must have 1 to 2000 seats together"),  # a sum
    (r"deal_price", "must be below original_price"),  # two fields
    (r"end_at", "must be after start_at"),  # two fields
    # Bounds of a deal are rules, so that all that is wrong with it is said at once.
    (r"original_price|deal_price", "must be from 1 to 100000000"),
    (r"stock_quantity", "must be from 1 to 100000"),
    (r"product_id", "is no product"),  # looks into the store
    (r"product_id", "is a product that is not active"),  # looks into the store
    (r"page|per_page", "is not for a list by cursor"),  # two parameters
    (r"quantity", "is too large: times that of the item"),  # the reward is in the store
    (r"concert_id|date", "must be given with "),  # two parameters
    (r"deal_id", "cannot be combined with a concert"),  # two parameters
    (r"subject_kind", "must name the kind of subject_id"),  # two parameters
    (r"to", "must be at most "),  # two parameters
    (r"from|to", "must be in the years 0000 to 9999"),  # in the time zone that another parameter names
    (r"time_zone", "whose days begin"),  # the setting decides into what figures are divided
    (r"quiet_hours", "must begin and end at different times"),  # two fields
    (r"totp_code", "is required, or recovery_code"),  # one of two fields
    (r"from", "must not be in the future"),  # knows the time
    (r"url", ""),  # the parts of a URL, and the address behind its name
    (r"secret", "must be whsec_ and 24 to 64 bytes in base64"),  # counts the bytes behind the text
    (r"events\[\d+\]", "matches no type of events"),  # a list that grows
]

# Refusals for what is so, and not for how the request is written.
DECISIONS = {
    "ALREADY_CANCELED",
    "CANNOT_CANCEL",
    "CONDITION_NOT_MET",
    "DATE_IN_PAST",
    "DEAL_NOT_ACTIVE",
    # The token looks like one; whether it is one is in the store.
    "EMAIL_TOKEN_INVALID",
    "IDEMPOTENCY_KEY_REUSED",
    # Rules with a code of their own: the schema lets through what they refuse.
    "INVALID_AMOUNT",
    "INVALID_QUANTITY",
    "INVALID_SEAT_COUNT",
    "REPEATED_SEAT",
    "UNKNOWN_SEAT",
}


@schemathesis.check
def refused_by_a_rule_only(ctx, response, case):
    """A request that fits its schema is refused with 400 or 422 only by a rule that no schema can say."""
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or response.status_code not in (400, 422):
        return
    error = json.loads(response.content)["error"]
    if error["code"] in DECISIONS:
        return
    assert error["code"] == "VALIDATION_ERROR", f"{error['code']} for a request that fits its schema"
    for detail in error["details"]:
        known = any(
            re.fullmatch(field, detail["field"]) and message in detail["message"] for field, message in RULES
        )
        assert known, f"the schema allows it, the answer does not: {detail['field']}: {detail['message']}"
