"""That the table of costs sees what it is held against. `python3 -m unittest` here."""

import copy
import unittest

import costs

BOOK = costs.read(costs.HERE / "prices.json")
BUDGETS = {one["operation"]: one for one in costs.read(costs.HERE / "budgets.json")}
DEPLOYED = costs.read(costs.DEPLOYED)


class Costs(unittest.TestCase):
    """What is there, and that what is wrong is seen."""

    def test_nothing_is_wrong(self):
        wanted = costs.text(BOOK, BUDGETS, DEPLOYED)
        self.assertEqual(costs.problems(BOOK, DEPLOYED, wanted, costs.COSTS.read_text()), [])

    def test_another_budget_another_price_and_a_written_change(self):
        budgets = copy.deepcopy(BUDGETS)
        budgets["claim accepted"]["wru"] += 1
        wanted = costs.text(BOOK, budgets, DEPLOYED)
        self.assertIn("COSTS.md is not", costs.problems(BOOK, DEPLOYED, wanted, costs.COSTS.read_text())[0])
        book = copy.deepcopy(BOOK)
        book["prices"]["write_unit"]["usd"] = 1.25
        self.assertIn("prices.rs says 0.625 for WRITE_UNITS", costs.problems(book, DEPLOYED, "", "")[0])

    def test_a_prod_that_is_dear_when_idle(self):
        deployed = copy.deepcopy(DEPLOYED)
        deployed["prod"]["kms_keys"] = 9
        said = costs.problems(BOOK, deployed, "", "")
        self.assertEqual(len(said), 1)
        self.assertRegex(said[0], r"^prod costs 1\d\.\d\d USD a month when idle, and may cost 9$")

    def test_a_million_by_hand(self):
        """A poll: one call of the gateway and of a function of 256 MB for 2 ms, two lines of the log."""
        bill = costs.operation(BOOK, BUDGETS, costs.OPERATIONS["polls of a place in a queue"], rush=True)
        lambda_usd = 0.20 + 1e6 * 0.25 * 0.002 * 0.0000133334
        logs_usd = 1e6 * (483 + 296) / 1e9 * 0.50 + 1e6 * 0.05 * 5.00 / 1e6
        self.assertAlmostEqual(1e6 * bill.total(), 1.00 + lambda_usd + logs_usd)

    def test_a_claim_writes_what_is_measured(self):
        bill = costs.operation(BOOK, BUDGETS, costs.OPERATIONS["claims, granted as points"], rush=True)
        # Of its three changes a third of a unit each is for the audit and the figures. A batch of events reads once
        # whether there are webhooks: a share of a unit for each of its claims.
        self.assertAlmostEqual(bill.used["write_unit"], 4 + 3 * 0.33)
        self.assertAlmostEqual(bill.used["read_unit"], 2.08)

    def test_the_bus_takes_half_of_what_each_event_alone_cost_at_most(self):
        claim = costs.OPERATIONS["claims, granted as points"]
        rush, alone = (costs.bus(costs.operation(BOOK, BUDGETS, claim, rush)) for rush in (True, False))
        self.assertAlmostEqual(alone, 2.80)
        self.assertLessEqual(rush, 2.80 / 2)

    def test_first_loads_of_the_web_are_free_until_a_terabyte(self):
        loads = costs.Bill(BOOK)
        for _, price, amount in costs.OPERATIONS[costs.PAGE_LOADS]:
            loads.use(price, amount * 1e6)
        self.assertAlmostEqual(loads.total(), 10 * 1.00 + 200 * 0.085 + 2 * 0.10 + 2 * 0.40)
        self.assertAlmostEqual(loads.total(free=True), 2 * 0.40)


if __name__ == "__main__":
    unittest.main()
