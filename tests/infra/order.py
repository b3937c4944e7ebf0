"""What Terraform makes before what, by `terraform graph`: IAM takes seconds to spread a policy, and some of AWS looks at
a role only once."""

import re

POLICY = "module.iam.aws_iam_role_policy.function"
FUNCTION = "module.functions.aws_lambda_function.this"
OUTBOX = "module.messaging.aws_iam_role_policy.outbox"
PIPE = "module.messaging.aws_pipes_pipe.outbox"

# (what, after what, why)
AFTER = [
    (FUNCTION, POLICY, "Lambda looks at the role, and needs it to take a function out of a VPC"),
    ("module.messaging.aws_lambda_event_source_mapping.queue", POLICY, "Lambda looks whether the role may receive"),
    ("module.messaging.aws_lambda_event_source_mapping.stream", POLICY, "Lambda looks whether the role may read"),
    (
        "module.messaging.aws_scheduler_schedule.this",
        "module.messaging.aws_iam_role_policy.scheduler",
        "the first tick is not to be refused",
    ),
    (PIPE, OUTBOX, "a pipe whose role may not receive is refused"),
    (PIPE, FUNCTION, "so that its policy is minutes old"),
]
NOT_AFTER = [(OUTBOX, FUNCTION, "so that it is minutes older than the pipe")]


def reached(graph, start):
    """Everything that is made before a resource."""
    edges = {}
    for one, other in re.findall(r'"([^"]+)" -> "([^"]+)"', graph):
        edges.setdefault(one, set()).add(other)
    found, waiting = set(), [start]
    while waiting:
        new = edges.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def differences(graph):
    """Where the order is another, in sentences."""
    found = [f"{what} does not wait for {before}: {why}" for what, before, why in AFTER if before not in reached(graph, what)]
    return found + [f"{what} waits for {other}: {why}" for what, other, why in NOT_AFTER if other in reached(graph, what)]
