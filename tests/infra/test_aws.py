"""The local AWS of Terraform, where moto differs from AWS in what a run depends on."""

import contextlib
import io
import json
import threading
import types
import unittest

import aws
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

    def test_repeated_attempt_of_a_call_is_answered_and_not_done_again(self):
        done = []

        class Server:
            """Counts what it does; the third call fails."""

            def __init__(self):
                self.one_at_a_time = threading.Lock()

            def moto(self, environ, start_response):
                done.append(environ["HTTP_AMZ_SDK_INVOCATION_ID"])
                start_response("500 Broken" if "broken" in done[-1] else "200 OK", [])
                return [str(len(done)).encode()]

        def call(name):
            environ = {"PATH_INFO": "/", "HTTP_AMZ_SDK_INVOCATION_ID": name, "wsgi.input": io.BytesIO()}
            with contextlib.redirect_stderr(io.StringIO()):
                return aws.backend.Backend.__call__(Server(), environ, lambda status, headers: None)

        self.assertEqual([call("a"), call("a"), call("b"), call("broken"), call("broken")], [[b"1"], [b"1"], [b"2"], [b"3"], [b"4"]])


if __name__ == "__main__":
    unittest.main()
