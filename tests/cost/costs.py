#!/usr/bin/env python3
"""Writes COSTS.md from prices.json, the measured budgets.json, and what Terraform plans to deploy.

costs.py                         writes COSTS.md
costs.py --check                 says what is wrong: COSTS.md or prices.rs are not right, prod is too dear when idle
costs.py --deployed NAME FACTS   takes over what `tests/infra/verify.py facts` counted in the plan of an environment
costs.py --compare NAME FACTS    says whether that was taken over
"""

import json
import re
import sys
from pathlib import Path

from operations import MESSAGE, OPERATIONS, PUBLISH, RELAY, REQUEST, UNHEARD, USE

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COSTS = ROOT / "COSTS.md"
TEXT = HERE / "costs.md.in"
DEPLOYED = HERE / "deployed.json"
MILLION = 1_000_000
MEMORY_MB = 256
# Bound on a month of prod without a NAT. Each queue that a function polls costs 0.26 of it.
IDLE_USD_MAX = 9
# What a million of an operation costs, in columns of prices.
GROUPS = {
    "DynamoDB": ["write_unit", "read_unit", "stream_read"],
    "API Gateway": ["gateway_call"],
    "Lambda": ["lambda_call", "lambda_gb_s"],
    "SQS": ["queue_request"],
    "bus": ["pipe_request", "bus_event"],
    "mail, sockets": ["mail", "socket_message"],
    "logs, traces": ["log_gb", "trace"],
    "CloudFront, S3": ["cdn_request", "cdn_gb", "cdn_function_call", "bucket_read"],
}
# The row of OPERATIONS that has no part of the API in it.
PAGE_LOADS = "first loads of the web's pages"
# The prices that `dibs rush` counts with, as prices.rs calls them.
RUST = {
    "WRITE_UNITS": "write_unit",
    "READ_UNITS": "read_unit",
    "GATEWAY_CALLS": "gateway_call",
    "LAMBDA_CALLS": "lambda_call",
}


def read(path):
    """A JSON document."""
    return json.loads(Path(path).read_text())


class Bill:
    """Adds up what is used, by the names of prices.json."""

    def __init__(self, book, traced=1):
        self.book = book
        self.assumed = {name: one["value"] for name, one in book["assumed"].items()}
        self.traced = traced
        self.used = {}

    def use(self, price, amount):
        """So much of something that has a price."""
        self.used[price] = self.used.get(price, 0) + amount

    def call(self, function, milliseconds, share=1):
        """A call of a function, or a share of one where several things are handled at once."""
        memory_mb = read(ROOT / "terraform/functions.json")[function].get("memory_mb", MEMORY_MB)
        self.use("lambda_call", share)
        self.use("lambda_gb_s", share * memory_mb / 1024 * milliseconds / 1000)
        self.use("trace", share * self.traced)

    def log(self, kind, lines=1):
        """Lines of the log."""
        self.use("log_gb", lines * self.assumed[f"{kind}_line_bytes"] / 1e9)

    def usd(self, price, free=False):
        """What the used of one price costs, without what is free of it if `free`."""
        known = self.book["prices"][price]
        amount = max(0, self.used.get(price, 0) - (known.get("free", 0) if free else 0))
        return amount * known["usd"] / known["per"]

    def total(self, free=False):
        """What all of it costs."""
        return sum(self.usd(price, free) for price in self.used)


def operation(book, budgets, steps, rush):
    """The bill of an operation once, in a rush or when nothing else happens."""
    bill = Bill(book, book["assumed"]["traced"]["value"] if rush else 1)
    assumed = bill.assumed
    records, messages = (assumed["rush_records"], assumed["rush_messages"]) if rush else (1, 1)

    def units(rows):
        for row, times in rows.items():
            bill.use("write_unit", times * budgets[row]["wru"])
            bill.use("read_unit", times * budgets[row]["rru"])

    def lasts(rows, trips=0):
        known = sum(budgets[row]["trips"] or 0 for row in rows)
        return assumed["own_ms"] + assumed["trip_ms"] * max(known, trips)

    for kind, function, many, *share in steps:
        share = share[0] if share else 1
        if kind == REQUEST:
            units(many)
            password_ms = assumed["password_ms"] if function in ["accounts-login", "accounts-register"] else 0
            bill.call(function, lasts(many) + password_ms)
            bill.use("gateway_call", 1)
            bill.log("call")
            bill.log("access")
        elif kind == RELAY:
            # One call for a batch of changes, which sends what follows from all of them.
            bill.call(function, lasts({}, 3), many / records)
            bill.use("write_unit", many * assumed["rush_relay_units" if rush else "relay_units"])
            bill.log("call", many / records)
            bill.log("metrics", many / records)
            bill.use("stream_read", many / records)
        elif kind == MESSAGE:
            units({row: times * share for row, times in many.items()})
            bill.use("queue_request", share * 3 / messages)
            bill.call(function, lasts({}, 3), share / messages)
            bill.log("call", share)
        elif kind == PUBLISH:
            # The pipe takes one message at a time, of less than the 64 KB that are billed as one.
            entries = many / (assumed["rush_events"] if rush else 1)
            bill.use("queue_request", entries * 3)
            bill.use("pipe_request", entries)
            bill.use("bus_event", entries)
            # The same events in one message for the webhooks, of which there is none here.
            unheard = {UNHEARD: entries}
            units(unheard)
            bill.use("queue_request", entries * 3 / messages)
            bill.call("webhooks-fan-out-events", lasts(unheard), entries / messages)
            bill.log("call", entries)
        elif kind == USE:
            bill.use(function, many)
        else:
            # Counted anew once for each batch of changes.
            units({row: times / records for row, times in many.items()})
    return bill


def grouped(bill):
    """A bill's dollars for a million, in the order of GROUPS."""
    return [MILLION * sum(map(bill.usd, prices)) for prices in GROUPS.values()]


def bus(bill):
    """What EventBridge takes of a bill, in dollars for a million."""
    return MILLION * sum(map(bill.usd, GROUPS["bus"]))


def idle(book, facts):
    """The bill of a month in which nobody calls."""
    bill = Bill(book)
    hours = book["month_h"]
    for price, amount in {
        "alarm_metric": facts["alarm_metrics"],
        "dashboard": facts["dashboards"],
        "secret": facts["secrets"],
        "kms_key": facts["kms_keys"],
        "web_acl": facts["web_acls"],
        "queue_request": facts["polled_queues"] * bill.assumed["polls_h"] * hours,
        "nat_h": facts["nat_gateways"] * hours,
        "address_h": facts["nat_gateways"] * hours,
        # In the two zones of the private subnets.
        "endpoint_h": facts["interface_endpoints"] * 2 * hours,
        "bucket_gb": facts["by_type"]["aws_lambda_function"] * bill.assumed["zip_mb"] / 1000,
    }.items():
        bill.use(price, amount)
    for schedule in facts["schedules"]:
        ticks = hours * 3600 / schedule["every_s"]
        bill.use("schedule_call", ticks)
        bill.use("lambda_call", ticks)
        busy_s = (bill.assumed["own_ms"] + 2 * bill.assumed["trip_ms"]) / 1000
        bill.use("lambda_gb_s", ticks * schedule["memory_mb"] / 1024 * busy_s)
        # Up to one call a second is always recorded. At most 16 empty shards of a list are looked at, half a unit each.
        bill.use("trace", ticks)
        bill.use("read_unit", 8 * ticks)
        bill.log("call", ticks)
    return bill


def idle_table(book, deployed):
    """The table of what a month costs in which nobody calls."""
    bills = {name: idle(book, facts) for name, facts in deployed.items()}
    names = [f"{name}{which}" for name in bills for which in ["", ", nothing free"]]
    rows = [["USD a month, idle", *names], ["---"] * (1 + len(names))]
    for price in book["prices"]:
        amounts = [usd for bill in bills.values() for usd in (bill.usd(price, free=True), bill.usd(price))]
        if max(amounts) >= 0.005:
            rows.append([book["prices"][price]["of"], *map(dollars, amounts)])
    totals = [usd for bill in bills.values() for usd in (bill.total(free=True), bill.total())]
    rows.append(["**together**", *(f"**{dollars(usd)}**" for usd in totals)])
    return lines(rows)


def million_table(book, budgets):
    """The table of what a million of each operation costs."""
    rows = [["USD for a million", "write units", "read units", *GROUPS, "together", "one by one"]]
    rows.append(["---"] * len(rows[0]))
    for name, steps in OPERATIONS.items():
        rush, alone = (operation(book, budgets, steps, rush) for rush in (True, False))
        units = [plain(round(rush.used.get(price, 0), 2)) for price in ["write_unit", "read_unit"]]
        totals = [f"**{dollars(MILLION * rush.total())}**", dollars(MILLION * alone.total())]
        rows.append([name, *units, *map(dollars, grouped(rush)), *totals])
    return lines(rows)


def metrics():
    """How many metrics of its own an environment writes."""
    text = (ROOT / "shared/runtime/src/metrics.rs").read_text()
    return len(re.findall(r'^\s+\w+ = "\w+" in "\w+",$', text, re.MULTILINE))


def dollars(usd):
    """Dollars and cents, and nothing where there is nothing."""
    return "–" if usd < 0.005 else f"{usd:,.2f}"


def plain(number):
    """A number without an exponent and without what it does not need."""
    return f"{number:.10f}".rstrip("0").rstrip(".")


def lines(rows):
    """Rows as a table of Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def text(book, budgets, deployed):
    """What COSTS.md says."""
    active = Bill(book)
    active.use("custom_metric", metrics())
    bills = {name: idle(book, facts) for name, facts in deployed.items()}
    old = book["old_stack_usd"]
    claim = operation(book, budgets, next(iter(OPERATIONS.values())), rush=False)
    claim_in_rush = operation(book, budgets, next(iter(OPERATIONS.values())), rush=True)
    claims = (old[0] - bills["prod"].total(free=True) - active.usd("custom_metric")) / claim.total() / MILLION
    loads = Bill(book)
    for _, price, amount in OPERATIONS[PAGE_LOADS]:
        loads.use(price, amount * MILLION)
    counts = ", ".join(f"{name} {facts['resources']}" for name, facts in deployed.items())
    return TEXT.read_text().format(
        known=book["known"],
        idle=idle_table(book, deployed),
        million=million_table(book, budgets),
        metrics=metrics(),
        active=dollars(active.usd("custom_metric")),
        active_free=dollars(active.usd("custom_metric", free=True)),
        counts=counts,
        old=f"{old[0]} to {old[1]}",
        old_least=old[0],
        prod=dollars(bills["prod"].total(free=True)),
        nat=dollars(bills["prod with NAT"].total(free=True)),
        claims=f"{claims:.0f}",
        bus=dollars(bus(claim_in_rush)),
        bus_alone=dollars(bus(claim)),
        web_acl=dollars(book["prices"]["web_acl"]["usd"] + 2),
        loads=dollars(loads.total()),
        loads_free=dollars(loads.total(free=True)),
        assumed="\n".join(f"| {one['value']:g} | {one['why']} |" for one in book["assumed"].values()),
        prices="\n".join(
            f"| {plain(one['usd'])} | {one['per']:,} | {one['of']} | {one.get('free', 0):,} | <{one['page']}> |"
            for one in book["prices"].values()
        ),
    )


def rust_differences(book):
    """Where `dibs rush` counts with other prices."""
    said = (ROOT / "local/src/load_test/prices.rs").read_text()
    found = {name: float(usd) for name, usd in re.findall(r"pub const (\w+): f64 = ([\d.]+);", said)}
    return [
        f"prices.rs says {found.get(name)} for {name}, and prices.json {book['prices'][price]['usd']}"
        for name, price in RUST.items()
        if found.get(name) != book["prices"][price]["usd"]
    ]


def problems(book, deployed, wanted, written):
    """What is wrong, in sentences."""
    found = rust_differences(book)
    if wanted != written:
        found.append("COSTS.md is not what the prices, budgets and plans make: run python3 tests/cost/costs.py")
    usd = idle(book, deployed["prod"]).total(free=True)
    if usd >= IDLE_USD_MAX:
        found.append(f"prod costs {usd:.2f} USD a month when idle, and may cost {IDLE_USD_MAX}")
    return found


def main():
    """Does what the command line says, and exits with 1 when something is wrong."""
    deployed = read(DEPLOYED)
    match sys.argv[1:]:
        case ["--deployed", name, facts]:
            DEPLOYED.write_text(json.dumps(deployed | {name: read(facts)}, indent=2) + "\n")
            return
        case ["--compare", name, facts]:
            if deployed.get(name) != read(facts):
                sys.exit(f"costs: the plan of {name} has changed: tests/cost/costs.py --deployed '{name}' '{facts}'")
            return
        case [] | ["--check"]:
            pass
        case _:
            sys.exit(__doc__)
    book = read(HERE / "prices.json")
    budgets = {one["operation"]: one for one in read(HERE / "budgets.json")}
    wanted = text(book, budgets, deployed)
    if "--check" not in sys.argv:
        COSTS.write_text(wanted)
    found = problems(book, deployed, wanted, COSTS.read_text() if COSTS.exists() else "")
    for sentence in found:
        print(f"costs: {sentence}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
