"""The evaluator keeps to IAM's rules, and sees the hole that GitHub's role once had."""

import json
import unittest

import policies
from policies import Role, arn, iam


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def deny(action, resource="*", **more):
    return allow(action, resource, **more) | {"Effect": "Deny"}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def readonly_access():
    """AWS's ReadOnlyAccess, in the copy that moto ships: v190 of 24 September 2026 in moto 5.2.5."""
    import moto.iam.aws_managed_policies as managed

    return json.loads(managed.aws_managed_policies_data)["ReadOnlyAccess"]["Document"]


class Evaluator(unittest.TestCase):
    def test_what_nothing_allows_is_refused(self):
        self.assertFalse(Role([policy(allow("s3:Get*"))]).may("s3:PutObject", "arn:aws:s3:::b/k"))

    def test_explicit_deny_wins(self):
        role = Role([policy(allow("s3:*"), deny("s3:GetObject", "arn:aws:s3:::b/secret/*"))])
        self.assertTrue(role.may("s3:GetObject", "arn:aws:s3:::b/k"))
        self.assertFalse(role.may("s3:GetObject", "arn:aws:s3:::b/secret/k"))

    def test_boundary_must_allow_too(self):
        role = Role([policy(allow("*"))], boundary=policy(allow("s3:GetObject")))
        self.assertTrue(role.may("S3:getobject", "x"))
        self.assertFalse(role.may("s3:PutObject", "x"))

    def test_resource_is_compared_with_case_and_wildcards(self):
        role = Role([policy(allow("iam:PassRole", "arn:aws:iam::1:role/dibs-dev/*"))])
        self.assertTrue(role.may("iam:PassRole", "arn:aws:iam::1:role/dibs-dev/x"))
        self.assertFalse(role.may("iam:PassRole", "arn:aws:iam::1:role/dibs-dev-deploy"))
        self.assertFalse(role.may("iam:PassRole", "arn:aws:iam::1:role/Dibs-dev/x"))

    def test_absent_key_meets_only_the_negated_condition(self):
        passed = {"iam:PassedToService": ["lambda.amazonaws.com"]}
        allowed = Role([policy(allow("iam:PassRole", Condition={"StringEquals": passed}))])
        self.assertFalse(allowed.may("iam:PassRole", "x"))
        self.assertTrue(allowed.may("iam:PassRole", "x", iam__PassedToService="lambda.amazonaws.com"))
        denied = Role([policy(allow("*"), deny("iam:PassRole", Condition={"StringNotEquals": passed}))])
        self.assertFalse(denied.may("iam:PassRole", "x"))
        self.assertTrue(denied.may("iam:PassRole", "x", iam__PassedToService="lambda.amazonaws.com"))

    def test_deny_outside_of_a_path_leaves_the_path(self):
        other = {"Effect": "Deny", "Action": "iam:*", "NotResource": "arn:aws:iam::1:role/dibs-dev/*"}
        role = Role([policy(allow("*"), other)])
        self.assertTrue(role.may("iam:DeleteRole", "arn:aws:iam::1:role/dibs-dev/x"))
        self.assertFalse(role.may("iam:DeleteRole", "arn:aws:iam::1:role/dibs-dev-deploy"))
        self.assertFalse(role.may("iam:CreateUser", "*"))

    def test_unknown_element_and_condition_are_errors(self):
        for statement in [allow("*", NotPrincipal="*"), allow("*", Condition={"DateLessThan": {"a": "b"}})]:
            with self.assertRaises((KeyError, ValueError)):
                Role([policy(statement)]).may("s3:GetObject", "x")

    def test_role_that_can_take_its_own_deny_away_is_seen(self):
        """As it was: AWS's ReadOnlyAccess attached, and Allow and Deny in one inline policy."""
        inline = policy(
            allow(["iam:DeleteRolePolicy", "iam:PassRole"], iam("role/dibs-dev-*")),
            deny("dynamodb:Scan"),
        )
        accounts = arn("dynamodb", "table/dibs-prod-accounts")
        before, after = Role([readonly_access(), inline]), Role([readonly_access()])
        self.assertFalse(before.may("dynamodb:Scan", accounts))
        self.assertTrue(before.may("iam:DeleteRolePolicy", iam("role/dibs-dev-deploy")))
        self.assertTrue(after.may("dynamodb:Scan", accounts))
        said = policies.differences(state(before, before))
        for part in [
            "the role deploy may iam:DeleteRolePolicy on arn:aws:iam::123456789012:role/dibs-dev-deploy",
            "the role plan may s3:GetObject on arn:aws:s3:::payroll/2026.csv",
            "the role deploy has no boundary",
            "the role deploy may not lambda:UpdateFunctionCode",
        ]:
            self.assertIn(part, "\n".join(said))


def state(plan, deploy):
    """What Terraform would show of two roles."""
    made = []
    for name, role in {"plan": plan, "deploy": deploy}.items():
        trust = policy(allow("sts:AssumeRoleWithWebIdentity") | {"Principal": {"Federated": policies.GITHUB}})
        values = {"name": f"dibs-dev-{name}", "id": f"dibs-dev-{name}", "assume_role_policy": json.dumps(trust)}
        made.append({"type": "aws_iam_role", "index": name, "values": values | {"permissions_boundary": None}})
        for one in role.policies:
            values = {"role": f"dibs-dev-{name}", "policy": json.dumps(one)}
            made.append({"type": "aws_iam_role_policy", "index": name, "values": values})
    resources = [one | {"mode": "managed"} for one in made]
    return {"values": {"root_module": {"resources": resources}}}


if __name__ == "__main__":
    unittest.main()
