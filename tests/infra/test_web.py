"""The checks of the web application see what is broken; its files, functions and headers are what they should be."""

import copy
import re
import tempfile
import unittest
from pathlib import Path

import web
from definitions import ROOT

DIST = ROOT / "web/dist"
CODE = (web.MODULE / "pages.js").read_text()
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: data:; "
    "connect-src 'self' wss:; frame-ancestors 'none'; base-uri 'none'"
)
LIVE = "function handler(event) { event.request.uri = '/live'; return event.request; }"
ERRORS = [400, 403, 404, 405, 500, 501, 502, 503, 504]


def behavior(path, origin, functions, **more):
    """A behavior as a plan has it."""
    api = {"allowed_methods": ["DELETE", "GET"], "cache_policy_id": None, "origin_request_policy_id": web.ALL_BUT_HOST}
    only_reads = {"allowed_methods": ["GET", "HEAD"]}
    files = only_reads | {"cache_policy_id": web.CACHE_AS_TOLD, "origin_request_policy_id": None}
    of = {"api": api, "web": files, "sockets": api | only_reads | {"cache_policy_id": web.CACHE_NOTHING}}[origin]
    viewers = "redirect-to-https" if origin == "web" else "https-only"
    known = {"target_origin_id": origin, "viewer_protocol_policy": viewers, "compress": True}
    known |= of | {"function_association": [{"event_type": "viewer-request"}] * functions}
    return (known | {"path_pattern": path} if path else known) | more


def plan_of(ordered, default, origins, resources):
    """A plan with a distribution and other resources, as `terraform show -json` has it."""
    unknown = {"web": {"response_headers_policy_id": True}}
    errors = [{"error_code": code, "error_caching_min_ttl": 0, "response_page_path": None} for code in ERRORS]
    after = {"ordered_cache_behavior": ordered, "default_cache_behavior": [default], "custom_error_response": errors}
    after_unknown = {
        "ordered_cache_behavior": [unknown.get(one["target_origin_id"], {}) for one in ordered],
        "default_cache_behavior": [unknown.get(default["target_origin_id"], {})],
        "origin": [{"origin_access_control_id": True} if one == "web" else {} for one in origins],
    }
    change = {"after": after | {"origin": [{"origin_id": one} for one in origins]}, "after_unknown": after_unknown}
    planned = [{"type": kind, "mode": "managed", "values": values} for kind, values in resources]
    return {
        "resource_changes": [{"type": "aws_cloudfront_distribution", "change": change}],
        "planned_values": {"root_module": {"resources": planned}},
    }


def with_web():
    """A plan in which everything is as it should be."""
    ordered = [
        behavior("/api/*", "api", 1),
        behavior("/.well-known/*", "api", 1),
        behavior("/ws", "sockets", 1),
        behavior("/assets/*", "web", 0),
    ]
    security = {
        "content_security_policy": [{"content_security_policy": CSP}],
        "content_type_options": [{"override": True}],
        "frame_options": [{"frame_option": "DENY"}],
        "referrer_policy": [{"referrer_policy": "same-origin"}],
        "strict_transport_security": [{"access_control_max_age_sec": 31536000}],
    }
    items = [{"header": name, "value": "same-origin"} for name in ["cross-origin-opener-policy", "permissions-policy"]]
    blocked = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]
    rule = {"apply_server_side_encryption_by_default": [{"sse_algorithm": "AES256"}]}
    control = {"signing_behavior": "always", "origin_access_control_origin_type": "s3"}
    headers = {"security_headers_config": [security], "custom_headers_config": [{"items": items}]}
    resources = [
        ("aws_cloudfront_response_headers_policy", headers),
        ("aws_s3_bucket", {}),
        ("aws_s3_bucket_public_access_block", dict.fromkeys(blocked, True)),
        ("aws_s3_bucket_server_side_encryption_configuration", {"rule": [rule]}),
        ("aws_cloudfront_origin_access_control", control),
        ("aws_cloudfront_function", {"name": "dibs-dev-web-pages", "code": CODE}),
        ("aws_cloudfront_function", {"name": "dibs-dev-live", "code": LIVE}),
        ("aws_apigatewayv2_stage", {"name": "$default"}),
        ("aws_apigatewayv2_stage", {"name": "live"}),
    ]
    return plan_of(ordered, behavior(None, "web", 1), ["api", "web", "sockets"], resources)


def without_web():
    """A plan of the API alone."""
    return plan_of([], behavior(None, "api", 1), ["api"], [])


class Plan(unittest.TestCase):
    """Each test breaks one thing."""

    def setUp(self):
        self.plan, self.without = with_web(), without_web()
        self.after = self.plan["resource_changes"][0]["change"]["after"]
        self.ordered = self.after["ordered_cache_behavior"]

    def said(self):
        return " ".join(web.differences(self.plan, self.without))

    def resource(self, kind):
        return next(web.checks.resources(self.plan, kind))[1]

    def test_nothing_is_said_when_nothing_is_broken(self):
        self.assertEqual(self.said(), "")

    def test_path_that_another_origin_answers_is_seen(self):
        self.plan["resource_changes"][0]["change"]["after"]["ordered_cache_behavior"] = self.ordered[::-1]
        self.assertIn("paths lead to", self.said())

    def test_api_that_is_answered_otherwise_is_seen(self):
        for field, value in [("allowed_methods", ["GET", "HEAD"]), ("cache_policy_id", web.CACHE_AS_TOLD), ("compress", False)]:
            broken = copy.deepcopy(self.ordered)
            broken[0][field] = value
            self.after["ordered_cache_behavior"] = broken
            self.assertIn(f"/api/* has {field}", self.said())

    def test_websocket_that_is_cached_or_has_a_foreign_host_is_seen(self):
        self.ordered[2] |= {"cache_policy_id": web.CACHE_AS_TOLD, "origin_request_policy_id": None}
        self.assertIn("/ws has cache_policy_id", self.said())
        self.assertIn("/ws has origin_request_policy_id None", self.said())

    def test_asset_that_becomes_a_page_is_seen(self):
        self.ordered[3]["function_association"] = [{}]
        self.assertIn("functions run for", self.said())

    def test_error_that_becomes_a_page_or_is_cached_is_seen(self):
        self.after["custom_error_response"][2] |= {"response_page_path": "/index.html", "error_caching_min_ttl": 10}
        self.assertIn("the error 404 becomes the page /index.html", self.said())
        self.assertIn("the error 404 is cached", self.said())

    def test_header_that_is_missing_or_another_is_seen(self):
        security = self.resource("aws_cloudfront_response_headers_policy")["security_headers_config"][0]
        security["content_security_policy"][0]["content_security_policy"] += "; script-src *"
        security["content_type_options"] = []
        self.assertIn("has content-security-policy", self.said())
        self.assertIn("no x-content-type-options", self.said())
        self.plan["resource_changes"][0]["change"]["after_unknown"]["default_cache_behavior"] = [{}]
        self.assertIn("* has no security headers", self.said())

    def test_bucket_that_others_read_is_seen(self):
        self.resource("aws_s3_bucket_public_access_block")["restrict_public_buckets"] = False
        self.resource("aws_cloudfront_origin_access_control")["signing_behavior"] = "never"
        self.plan["resource_changes"][0]["change"]["after_unknown"]["origin"][1] = {}
        for part in ["may become public", "has signing_behavior never", "the origin web lacks an access control"]:
            self.assertIn(part, self.said())

    @unittest.skipUnless(web.node(), "Node is not installed")
    def test_websocket_that_leads_to_another_stage_is_seen(self):
        self.plan["planned_values"]["root_module"]["resources"][-1]["values"]["name"] = "sockets"
        self.assertIn("/ws leads to /live, and the stage is sockets", self.said())


    def test_part_of_a_plan_is_that_of_its_modules(self):
        modules = [{"address": "module.api"}, {"address": "module.web"}]
        changes = [{"module_address": "module.api"}, {"module_address": "module.web"}, {"address": "root"}]
        plan = {"resource_changes": changes, "planned_values": {"root_module": {"child_modules": modules}}}
        self.assertEqual(web.part(plan, {"module.web"})["resource_changes"], [{"module_address": "module.web"}])
        self.assertEqual(web.part(plan, {"module.api"})["planned_values"]["root_module"]["child_modules"], modules[:1])


class Application(unittest.TestCase):
    @unittest.skipUnless(web.node(), "Node is not installed")
    def test_each_path_has_its_file(self):
        self.assertEqual(web.page_differences(CODE), [])
        for broken in [CODE.replace("=== '/console'", "=== '/konsole'"), CODE.replace("/console/'", "/console'"), CODE.replace("!/", "/")]:
            self.assertNotEqual(web.page_differences(broken), [])

    def test_policy_is_that_of_the_specification_and_of_the_local_stack(self):
        self.assertEqual(web.POLICY, CSP)
        code = (ROOT / "local/src/web.rs").read_text()
        literal = re.search(r'POLICY: &str = "(.*?)";', code, re.DOTALL)[1]
        self.assertEqual(re.sub(r"\\\n\s+", "", literal), CSP)
        self.assertIn('(header::REFERRER_POLICY, "same-origin")', code)
        self.assertIn(f'"{web.IMMUTABLE}"', code)

    def test_bucket_is_read_by_the_distribution_alone(self):
        policy = bucket_policy()
        self.assertEqual(web.read_policy_differences(policy, "arn:aws:s3:::web"), [])
        for number, change in [
            (0, {"Principal": "*"}),
            (0, {"Condition": {}}),
            (0, {"Action": "s3:*"}),
            (1, {"Action": "s3:GetObject"}),
            (2, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
        ]:
            broken = copy.deepcopy(policy)
            broken["Statement"][number] |= change
            self.assertNotEqual(web.read_policy_differences(broken, "arn:aws:s3:::web"), [], (number, change))

    def test_every_built_file_has_a_content_type_and_every_asset_a_hash(self):
        types = web.content_types()
        self.assertGreaterEqual(set(types), {"html", "js", "css", "svg", "woff2"})
        with tempfile.TemporaryDirectory() as directory:
            web.release(Path(directory), 1)
            for built in [DIST, Path(directory)]:
                files = [path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()]
                self.assertEqual([file for file in files if file.rsplit(".", 1)[-1] not in types], [], built)
                assets = [file for file in files if file.startswith("assets/")]
                self.assertEqual([file for file in assets if not re.search(r"-[\w-]{8}\.\w+(\.map)?$", file)], [], built)

    def test_scripts_have_the_type_that_browsers_demand(self):
        types = web.content_types()
        self.assertTrue(types["js"].startswith("text/javascript"))
        self.assertTrue(types["css"].startswith("text/css"))


def bucket_policy():
    """The bucket's policy as main.tf has it."""
    only = {"Condition": {"StringEquals": {"aws:SourceArn": web.DISTRIBUTION}}}
    reads = {"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}} | only
    tls = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    return {
        "Statement": [
            reads | {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::web/*"},
            reads | {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::web"},
            {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::web", "arn:aws:s3:::web/*"]} | tls,
        ]
    }


if __name__ == "__main__":
    unittest.main()
