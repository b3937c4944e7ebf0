"""The web application in template.yaml is what Terraform makes of it, and is there under its condition alone."""

import json
import re
import unittest

import template_web
import verify
import web
from definitions import ROOT
from test_delivery import sam_overrides

HEADERS = (web.MODULE / "cdn.tf").read_text()
API = ROOT / "terraform/modules/api"


class TemplateWeb(unittest.TestCase):
    def setUp(self):
        self.template = verify.plain_template()
        self.resources = {name: one for name, one in self.template["Resources"].items() if one.get("Condition") == "HasWeb"}
        self.distribution = self.resources["WebDistribution"]["Properties"]["DistributionConfig"]

    def test_everything_of_it_has_the_condition(self):
        self.assertEqual(set(self.resources), set(template_web.resources()))
        kinds = {one["Type"] for one in self.template["Resources"].values() if one.get("Condition") != "HasWeb"}
        self.assertFalse({kind for kind in kinds if "CloudFront" in kind})
        self.assertEqual(self.template["Parameters"]["EnableWeb"]["Default"], "false")
        for variable in ["DIBS_BEHIND_CDN", "DIBS_ORIGIN_SECRET"]:
            self.assertEqual(self.template["Globals"]["Function"]["Environment"]["Variables"][variable][0], "HasWeb")

    def test_paths_lead_to_the_origins_that_terraform_plans(self):
        behaviors = [(one["PathPattern"], one["TargetOriginId"]) for one in self.distribution["CacheBehaviors"]]
        behaviors.append(("*", self.distribution["DefaultCacheBehavior"]["TargetOriginId"]))
        self.assertEqual(behaviors, web.ORIGINS)
        in_terraform = (API / "behaviors.tf").read_text()
        for known in [template_web.CACHE_AS_TOLD, template_web.CACHE_NOTHING, template_web.ALL_BUT_HOST]:
            self.assertIn(known, in_terraform)

    def test_functions_are_those_of_terraform(self):
        code = {name: one["Properties"]["FunctionCode"] for name, one in self.resources.items() if "FunctionCode" in one["Properties"]}
        self.assertEqual(code["WebPages"], (web.MODULE / "pages.js").read_text())
        address = re.search(r"^.*true-client-ip.*$", code["WebViewerAddress"], re.MULTILINE)[0].strip()
        self.assertIn(address, (API / "cdn.tf").read_text())
        stage = self.template["Resources"]["SocketsStage"]["Properties"]["StageName"]
        self.assertIn(f"event.request.uri = '/{stage}';", code["WebLive"])

    @unittest.skipUnless(web.node(), "Node is not installed")
    def test_websocket_is_led_to_its_stage(self):
        self.assertEqual(web.rewritten(template_web.LEADS_TO_STAGE, ["/ws"]), {"/ws": "/live"})

    def test_headers_are_those_of_terraform(self):
        policy = self.resources["WebHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
        security = policy["SecurityHeadersConfig"]
        self.assertEqual(security["ContentSecurityPolicy"]["ContentSecurityPolicy"], web.POLICY)
        self.assertIn(f'frame_option = "{security["FrameOptions"]["FrameOption"]}"', HEADERS)
        self.assertIn(f'referrer_policy = "{security["ReferrerPolicy"]["ReferrerPolicy"]}"', HEADERS)
        self.assertIn(str(security["StrictTransportSecurity"]["AccessControlMaxAgeSec"]), HEADERS)
        custom = {one["Header"]: one["Value"] for one in policy["CustomHeadersConfig"]["Items"]}
        self.assertEqual(custom, dict(re.findall(r'^        "([\w-]+)"\s+= "(.*)"$', HEADERS, re.MULTILINE)))

    def test_errors_are_neither_cached_nor_pages(self):
        answers = self.distribution["CustomErrorResponses"]
        self.assertEqual([one for one in answers if set(one) != {"ErrorCode", "ErrorCachingMinTTL"} or one["ErrorCachingMinTTL"]], [])
        in_terraform = re.search(r"for_each = \[(400.*)\]", (API / "cdn.tf").read_text())[1]
        self.assertEqual(", ".join(str(one["ErrorCode"]) for one in answers), in_terraform)

    def test_bucket_is_read_by_the_distribution_alone(self):
        text = json.dumps(self.resources["WebBucketPolicy"]["Properties"]["PolicyDocument"])
        own = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${WebDistribution}"
        for form, value in [(own, web.DISTRIBUTION), ("${WebBucket.Arn}", "arn:aws:s3:::web"), ('"WebBucket.Arn"', '"arn:aws:s3:::web"')]:
            self.assertIn(form, text)
            text = text.replace(form, value)
        self.assertEqual(web.read_policy_differences(json.loads(text), "arn:aws:s3:::web"), [])
        access = self.resources["WebBucket"]["Properties"]["PublicAccessBlockConfiguration"]
        self.assertEqual(set(access.values()), {True})

    def test_web_without_a_secret_is_refused(self):
        rule = self.template["Rules"]["WebNeedsSecret"]
        self.assertEqual(rule["RuleCondition"], ["EnableWeb", "true"])
        self.assertEqual(rule["Assertions"][0]["Assert"], [["OriginSecret", ""]])
        pattern = self.template["Parameters"]["OriginSecret"]["AllowedPattern"]
        for secret, accepted in [("", True), ("a1" * 32, True), ("short", False), ("a1" * 32 + "\n", False)]:
            self.assertEqual(bool(re.fullmatch(pattern, secret)), accepted, secret)

    def test_documented_options_of_sam_are_parameters(self):
        document = (ROOT / "DEPLOYING.md").read_text()
        added = re.search(r"^`(EnableWeb=.*?)`", document, re.MULTILINE)[1].replace("$SECRET", "a1" * 32)
        read = sam_overrides(f"sam deploy --parameter-overrides {added}\n", {})
        self.assertEqual(read, {"EnableWeb": "true", "OriginSecret": "a1" * 32})


if __name__ == "__main__":
    unittest.main()
