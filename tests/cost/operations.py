"""What each operation sets in motion, from the request to the bus of the data platform: steps of (kind, function,
what), with a share behind them where it is that of several operations together.

The rows are those of budgets.json, where each is measured; here they are only put together, and the messages counted
that budgets.json tells of in words.
"""

# A call of the API: rows of budgets.json, each with how often it counts.
REQUEST = "request"
# Changes of a table that its stream hands on: how many.
RELAY = "relay"
# A message that a worker handles: rows as above.
MESSAGE = "message"
# Domain events that go through the outbox to the bus: how many.
PUBLISH = "publish"
# What a relay does once for a batch of changes: rows as above.
ONCE = "once"

# A service of AWS beside those: a price of prices.json, and how often it is used.
USE = "use"

# What webhooks cost where there is none: a query for each batch of events.
UNHEARD = "webhooks: a batch of events while there is no webhook"
COUNTED = {"order: the units of a deal are counted anew": 1}
# The trips of the payment, and the units with what the relay then does to the bucket.
PAID_ORDER = {"order: pay from the balance": 0, "order: pay, confirm and settle the bucket": 1}

CLAIM = [
    (REQUEST, "rewards-claim-reward", {"claim accepted": 1}),
    (RELAY, "rewards-relay-changes", 1),
    (MESSAGE, "rewards-grant-rewards", {"grant one point line": 1}),
    # The grant and the claim.
    (RELAY, "rewards-relay-changes", 2),
    (PUBLISH, None, 2),
]
LIMITED_CLAIM = [
    (REQUEST, "rewards-claim-reward", {"claim of a limited reward, hint cached": 1}),
    # The bucket and the claim.
    (RELAY, "rewards-relay-changes", 2),
    (MESSAGE, "rewards-settle-reservations", {"claim of a limited reward: the unit is looked at again": 1}),
    (MESSAGE, "rewards-grant-rewards", {"grant an item": 1}),
    (RELAY, "rewards-relay-changes", 2),
    (PUBLISH, None, 2),
]
SEAT = [
    (REQUEST, "concerts-create-reservation", {"hold one seat": 1}),
    # The block and the reservation.
    (RELAY, "concerts-relay-changes", 2),
    (MESSAGE, "concerts-expire-holds", {"expire a reservation: the message comes again": 1}),
    (REQUEST, "wallet-create-payment", {"pay one seat from the balance": 1}),
    (RELAY, "wallet-relay-changes", 1),
    (RELAY, "concerts-relay-changes", 2),
    # Held, paid, and the payment.
    (PUBLISH, None, 3),
]
ORDER = [
    (REQUEST, "deals-create-order", {"order: reserve, with an Idempotency-Key": 1}),
    # The bucket and the order.
    (RELAY, "deals-relay-changes", 2),
    (ONCE, None, COUNTED),
    (MESSAGE, "deals-close-orders", {"order: expire: the message comes again": 1}),
    (REQUEST, "wallet-create-payment", PAID_ORDER),
    (RELAY, "wallet-relay-changes", 1),
    # The order, and the bucket once more.
    (RELAY, "deals-relay-changes", 2),
    (ONCE, None, COUNTED),
    # Reserved, confirmed, and the payment.
    (PUBLISH, None, 3),
]
JOIN = [
    (REQUEST, "waiting-room-join-queue", {"join a queue": 1}),
    (RELAY, "waiting-room-relay-changes", 2),
    # Measured for a hundred at once, who are on sixteen pages; the first of each page sets off a message.
    (MESSAGE, "waiting-room-run-rooms", {"100 joiners of a slice are given positions, 16 are let in": 1 / 16}, 0.16),
    # Admissions are told as one range for each run of the room.
    (PUBLISH, None, 1 / 16),
]
POLL = [(REQUEST, "waiting-room-get-position", {"poll a queue, room cached": 1})]
LOGIN = [
    (REQUEST, "accounts-login", {"login": 1}),
    # The account and the session.
    (RELAY, "accounts-relay-changes", 2),
    (MESSAGE, "rewards-count-activities", {"login: it becomes an activity": 1}),
    (RELAY, "rewards-relay-changes", 1),
]
REGISTRATION = [
    (REQUEST, "accounts-register", {"register": 1}),
    # The account, its e-mail and its invite code.
    (RELAY, "accounts-relay-changes", 3),
]
REFUSAL = [(REQUEST, "rewards-claim-reward", {"refuse: sold out, hint cached": 1})]
DEAL_READ = [(REQUEST, "deals-get-deal", {"read a deal, known from the last second": 1})]
# Beside what publishing the event costs in any case.
WEBHOOK = [
    (MESSAGE, "webhooks-fan-out-events", {"webhooks: an event that one webhook receives": 1}),
    (MESSAGE, "webhooks-send-events", {"webhooks: send an event, the first of its subject": 1}),
]
# The event is there already, and its batch was sent to the queue of notifications.
MAIL = [
    (MESSAGE, "notifications-create-notifications", {"notifications: tell one user what happened": 1}),
    (MESSAGE, "notifications-send-mails", {"notifications: send the mail": 1}),
    (USE, "mail", 1),
]
# With one client; each further one adds a message, and half a read unit for four kibibytes of subscriptions.
LIVE = [
    (MESSAGE, "live-broadcast-changes", {"tell a client of a deal's stock": 1}),
    (USE, "socket_message", 1),
]
FIGURES = [(REQUEST, "analytics-get-event-analytics", {"read a month of figures of an event": 1})]
AUDIT = [(REQUEST, "audit-list-entries", {"audit, a page of two entries": 1})]

# 200 KB, compressed, in ten requests with an empty cache: the page and the icon, for which CloudFront asks its function and
# at most each time the bucket, and eight assets, which it keeps. The calls of the API that a page makes are rows above.
PAGE_LOAD = [
    (USE, "cdn_request", 10),
    (USE, "cdn_gb", 0.0002),
    (USE, "cdn_function_call", 2),
    (USE, "bucket_read", 2),
]

# The first is the one that the old stack is compared with.
OPERATIONS = {
    "claims, granted as points": CLAIM,
    "claims of a limited reward, granted as items": LIMITED_CLAIM,
    "claims refused, sold out": REFUSAL,
    "seats sold (held and paid)": SEAT,
    "orders (reserved and paid)": ORDER,
    "joiners of a queue, let in": JOIN,
    "polls of a place in a queue": POLL,
    "reads of a deal": DEAL_READ,
    "sign-ins with a password": LOGIN,
    "registrations": REGISTRATION,
    "events delivered to a webhook": WEBHOOK,
    "mails of notifications": MAIL,
    "changes of a stock, told to one client": LIVE,
    "months of figures of an event": FIGURES,
    "pages of the audit": AUDIT,
    "first loads of the web's pages": PAGE_LOAD,
}
