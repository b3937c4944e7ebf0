"""RUNBOOK.md has a section for each alarm of the Terraform module, which names charts and queries that are there."""

import math
import re
import unittest

import definitions
from definitions import ROOT

MONITORING = ROOT / "terraform/modules/monitoring"


def alarms():
    """The alarms as alarms.tf has them: name -> chart."""
    text = (MONITORING / "alarms.tf").read_text()
    found = dict(re.findall(r'^      ([a-z-]+) = \{\n.*chart = "([^"]+)"', text, re.MULTILINE))
    found |= dict(re.findall(r'^    ([a-z-]+) = \{\n.*chart = "([^"]+)"', text, re.MULTILINE))
    of_queues = r'for name, \w+ in (.+) : "\$\{name\}-([a-z-]+)" => \{\n.*chart = "([^"]+)"'
    for queues, suffix, chart in re.findall(of_queues, text):
        if queues == "local.dead_letters":
            names = [*definitions.queues(), "streams"]
        else:
            names = re.findall(r"(\w+) = \d+", queues)
        found |= {f"{name}-{suffix}": chart for name in names}
    return found


def charts():
    """The titles on the dashboard."""
    return set(re.findall(r'\btitle\s+= "([^"]+)"', (MONITORING / "main.tf").read_text()))


def queries():
    """The names of the saved queries."""
    return set(re.findall(r'^    "([a-z-]+)" = \{', (MONITORING / "queries.tf").read_text(), re.MULTILINE))


def differences(runbook):
    """What the runbook says wrongly, in sentences."""
    sections = {part.split("\n", 1)[0]: part for part in re.split(r"^##+ ", runbook, flags=re.MULTILINE)}
    found = [f"{name} has no section" for name in alarms() if name not in sections]
    named = {title for title in sections if re.fullmatch(r"[a-z-]+", title)}
    found += [f"{name} has a section and is no alarm" for name in sorted(named - alarms().keys())]
    for name, chart in alarms().items():
        line = re.search(r"^Look at: (.*)$", sections.get(name, ""), re.MULTILINE)
        looked_at = re.findall(r"\*\*(.+?)\*\*", line[1] if line else "")
        if chart not in looked_at:
            found.append(f"{name} does not say to look at {chart}")
        absent = [title for title in looked_at if title not in charts()]
        found += [f"{name} names the chart {title}, which is not there" for title in absent]
        asked = re.findall(r"`([a-z-]+)`", line[1] if line else "")
        found += [f"{name} names the query {query}, which is not there" for query in asked if query not in queries()]
    links = re.findall(r"\]\(#([a-z-]+)\)", runbook)
    anchors = {re.sub(r"[^a-z -]", "", title.lower()).replace(" ", "-") for title in sections}
    return found + [f"there is no section #{link}" for link in links if link not in anchors]


class Runbook(unittest.TestCase):
    """What is there, and that what is missing is seen."""

    def setUp(self):
        self.runbook = (ROOT / "RUNBOOK.md").read_text()

    def test_every_alarm_has_its_section(self):
        # So that alarms which the patterns above no longer find are missed.
        self.assertGreaterEqual(len(alarms()), 20)
        self.assertEqual(differences(self.runbook), [])

    def test_what_is_missing_is_seen(self):
        for old, new, said in [
            ("### grants-late", "### grants", "grants-late has no section"),
            ("### grants-late", "### grants", "grants has a section and is no alarm"),
            ("**Latency**, **Functions**", "**Weather**", "api-latency does not say to look at Latency"),
            ("**Latency**, **Functions**", "**Weather**", "api-latency names the chart Weather, which is not there"),
            ("`slowest-functions`.", "`slowest`.", "api-latency names the query slowest, which is not there"),
            ("](#redriving)", "](#driving)", "there is no section #driving"),
        ]:
            self.assertIn(said, differences(self.runbook.replace(old, new)))

    def test_on_sale_table_counts_ten_calls_a_second_of_an_instance(self):
        rows = re.findall(r"\| `([a-z-]+)` \| (\d+) \| (\d+) \| (\d+) \|", self.runbook)
        self.assertGreaterEqual(len(rows), 4)
        for name, calls, ms, at_once in rows:
            calls, ms = int(calls), int(ms)
            self.assertEqual(int(at_once), max(math.ceil(calls * ms / 1000), math.ceil(calls / 10)), name)
            self.assertIn(name, definitions.functions())
        total = sum(int(at_once) for *_, at_once in rows)
        self.assertIn(f"Together {total:,}", self.runbook)
        warm = dict(re.findall(r"([a-z-]+)=(\d+)", re.search(r"for F in (.*=.*); do", self.runbook)[1]))
        self.assertEqual(warm, {name: at_once for name, *_, at_once in rows if name in warm})

    def test_on_sale_formula_is_the_one_of_the_table(self):
        self.assertIn("the larger of calls a second × seconds each, and calls a second ÷ 10", self.runbook)


if __name__ == "__main__":
    unittest.main()
