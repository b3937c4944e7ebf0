"""The check of the order sees each edge that is missing, and one that is too many."""

import unittest

import order

GRAPH = """digraph G {
  "module.iam.aws_iam_role_policy.function" [label="x"];
  "module.functions.aws_lambda_function.this" -> "module.iam.aws_iam_role_policy.function";
  "module.messaging.aws_lambda_event_source_mapping.queue" -> "module.functions.aws_lambda_function.this";
  "module.messaging.aws_lambda_event_source_mapping.stream" -> "module.functions.aws_lambda_function.this";
  "module.messaging.aws_scheduler_schedule.this" -> "module.messaging.aws_iam_role_policy.scheduler";
  "module.messaging.aws_pipes_pipe.outbox" -> "module.messaging.aws_iam_role_policy.outbox";
  "module.messaging.aws_pipes_pipe.outbox" -> "module.messaging.aws_lambda_event_source_mapping.queue";
}
"""


class Order(unittest.TestCase):
    def test_right_order_is_accepted(self):
        self.assertEqual(order.differences(GRAPH), [])

    def test_missing_edge_is_seen(self):
        for line in GRAPH.splitlines():
            if "->" in line:
                self.assertNotEqual(order.differences(GRAPH.replace(line, "")), [], line)

    def test_policy_that_waits_for_the_functions_is_seen(self):
        late = f'  "{order.OUTBOX}" -> "{order.FUNCTION}";\n}}'
        said = order.differences(GRAPH.replace("\n}", f"\n{late}"))
        self.assertEqual(said, [f"{order.OUTBOX} waits for {order.FUNCTION}: so that it is minutes older than the pipe"])


if __name__ == "__main__":
    unittest.main()
