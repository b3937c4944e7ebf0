"""The local AWS of Terraform, where moto differs from AWS in what a run depends on."""

import json
import types
import unittest

import aws  # noqa: F401, puts itself around moto
from moto.awslambda.policy import Policy


class RepeatedPermission(unittest.TestCase):
    """A client that loses the answer to AddPermission asks again."""

    def test_one_removal_removes_what_was_added_twice(self):
        function = types.SimpleNamespace(function_arn="arn:aws:lambda:eu-central-1:123456789012:function:claim")
        policy = Policy(function)
        asked = {"StatementId": "api", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
        policy.add_statement(json.dumps(asked | {"StatementId": "other"}))
        for _ in range(2):
            policy.add_statement(json.dumps(asked))
        policy.del_statement("api")
        self.assertEqual([one["Sid"] for one in policy.statements], ["other"])


if __name__ == "__main__":
    unittest.main()
