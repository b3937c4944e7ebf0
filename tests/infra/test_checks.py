"""Breaks copies of what the checks compare, and looks whether they see it. `python3 -m unittest` here."""

import copy
import json
import unittest

import checks
import definitions
import template
import verify

ENTRIES = definitions.functions()
ARN = "arn:aws:{}:eu-central-1:123456789012:{}"


def arn(target):
    """A deployed ARN of what functions.json names."""
    kind, name, *rest = target.split("/")
    if kind == "table":
        return ARN.format("dynamodb", "/".join([f"table/dibs-dev-{name}", *rest]))
    if kind == "stream":
        return ARN.format("dynamodb", f"table/dibs-dev-{name}/stream/2026-11-21T00:00:00.000")
    if kind == "queue":
        return ARN.format("sqs", f"dibs-dev-{name}")
    if kind == "sockets":
        return ARN.format("execute-api", "api/live/*/@connections/*")
    return ARN.format("secretsmanager", f"secret:dibs-dev/{name}-a1B2c3") if kind == "secret" else target


def policy(entry):
    """A role's policy as Terraform writes it."""
    services = {
        "table": "dynamodb",
        "stream": "dynamodb",
        "queue": "sqs",
        "secret": "secretsmanager",
        "sockets": "execute-api",
    }
    statements = [
        {
            "Action": [f"{services[target.split('/')[0]]}:{action}" for action in actions],
            "Resource": arn(target),
        }
        for target, actions in definitions.grants(entry).items()
    ]
    log = ARN.format("logs", "log-group:/dibs/dibs-dev/functions:*")
    statements.append({"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": log})
    statements.append({"Action": sorted(checks.EVERY_ROLE["*"]), "Resource": "*"})
    return json.dumps({"Statement": statements})


def state():
    """A deployment in which everything is as it should be."""
    made = []

    def add(kind, index, **values):
        made.append({"type": kind, "mode": "managed", "index": index, "values": values})

    for name, entry in ENTRIES.items():
        memory_mb, timeout_s = definitions.memory_mb(entry), definitions.timeout_s(entry)
        variables = {definitions.SECRETS[secret]: "arn" for secret in entry.get("secrets", [])}
        told = [{"variables": variables | {"DIBS_SELF_CHARGE": "false"}}]
        add(
            "aws_lambda_function",
            name,
            memory_size=memory_mb,
            timeout=timeout_s,
            handler=name,
            s3_key=f"{definitions.binary(name)}.zip",
            vpc_config=[],
            environment=told,
        )
        add("aws_iam_role_policy", name, policy=policy(entry))
        add("aws_apigatewayv2_integration", name, id=f"id-{name}")
        for route in entry.get("routes", []):
            add("aws_apigatewayv2_route", route, route_key=route, target=f"integrations/id-{name}")
        kind, of = checks.source(entry) or (None, None)
        if kind in ("queue", "stream"):
            add("aws_lambda_event_source_mapping", name, event_source_arn=arn(f"{kind}/{of}"))
        elif kind == "socket":
            add("aws_apigatewayv2_route", name, route_key=of, target=f"integrations/id-{name}")
        elif kind:
            add("aws_scheduler_schedule", name, schedule_expression=f"rate({of // 60} minutes)")
    for name, table in definitions.tables().items():
        add(
            "aws_dynamodb_table",
            name,
            hash_key=table["partition_key"],
            range_key=table["sort_key"],
            stream_view_type=table["stream_view"] or "",
            ttl=[{"attribute_name": table["ttl_attribute"]}],
            global_secondary_index=[
                {
                    "name": index,
                    "hash_key": one["partition_key"],
                    "range_key": one["sort_key"],
                    "projection_type": one["projection"],
                }
                for index, one in table["indexes"].items()
            ],
        )
    for name, queue in definitions.queues().items():
        redrive = json.dumps({"maxReceiveCount": queue["receives_max"]})
        add("aws_sqs_queue", name, visibility_timeout_seconds=queue["visibility_s"], redrive_policy=redrive)
    widgets = [
        {"type": "metric", "properties": {"title": "Traffic", "metrics": [["AWS/ApiGateway", "Count"]]}}
    ]
    add(
        "aws_cloudwatch_dashboard",
        None,
        dashboard_name="dibs-dev",
        dashboard_body=json.dumps({"widgets": widgets}),
    )
    text = 'It burns. Look at "Traffic" on the dashboard dibs-dev, and read RUNBOOK.md, section "api-errors".'
    add("aws_cloudwatch_metric_alarm", "api-errors", alarm_description=text)
    return {"values": {"root_module": {"child_modules": [{"resources": made}]}}}


def key_of(headers):
    """A cache policy with these headers in its key."""
    return {"parameters_in_cache_key_and_forwarded_to_origin": [{"headers_config": [{"headers": headers}]}]}


def limit_of(limit, scope):
    """A web ACL with a limit on an address."""
    statement = {"rate_based_statement": [{"limit": limit, "scope_down_statement": scope}]}
    return {"rule": [{"statement": [statement]}, {"statement": [{"rate_based_statement": []}]}]}


def front():
    """A plan with CloudFront in front, in which everything is as it should be."""
    behavior = {"target_origin_id": "api", "function_association": [{"event_type": "viewer-request"}]}
    values = {
        "aws_cloudfront_distribution": {
            "origin": [{"custom_header": [{"name": "x-origin-secret"}]}],
            "default_cache_behavior": [{"target_origin_id": "web", "function_association": []}],
            "ordered_cache_behavior": [behavior],
        },
        "aws_cloudfront_function": {
            "name": "dibs-prod-viewer-address",
            "code": "event.request.headers['true-client-ip'] = { value: event.viewer.ip };"
        },
        "aws_cloudfront_cache_policy": key_of([{"items": ["Origin"]}]),
        "aws_wafv2_web_acl": limit_of(30000, [{"not_statement": []}]),
    }
    resources = [{"type": kind, "mode": "managed", "values": one} for kind, one in values.items()]
    references = {"origin_secret": {"references": ["module.api.origin_secret", "module.api"]}}
    return {
        "planned_values": {"root_module": {"resources": resources}},
        "configuration": {"root_module": {"module_calls": {"functions": {"expressions": references}}}},
    }


class Broken(unittest.TestCase):
    """Each test breaks one thing."""

    def setUp(self):
        self.state = state()
        self.views = {
            "functions.json": checks.of_entries(ENTRIES),
            "template.yaml": checks.of_template(verify.plain_template()),
            "Terraform": checks.of_terraform(self.state),
        }

    def one(self, kind, index):
        """What is deployed of a type under an index."""
        return next(values for known, values in checks.resources(self.state, kind) if known == index)

    def drop(self, kind, index):
        """Takes something away."""
        made = self.state["values"]["root_module"]["child_modules"][0]["resources"]
        made[:] = [one for one in made if (one["type"], one["index"]) != (kind, index)]

    def grants(self):
        """What is said of the roles."""
        return checks.grant_differences(ENTRIES, self.state)

    def test_nothing_is_said_when_nothing_is_broken(self):
        self.assertEqual(checks.differences(self.views), [])
        self.assertEqual(self.grants(), [])
        self.assertEqual(checks.schema_differences(self.state), [])
        self.assertEqual(checks.watching_differences(self.state, "## `api-errors`\n"), [])

    def test_a_function_that_is_missing_somewhere(self):
        for title in self.views:
            views = copy.deepcopy(self.views)
            del views[title]["accounts-login"]
            self.assertIn(f"and not in {title}", checks.differences(views)[0])

    def test_a_route_that_is_missing_in_the_template(self):
        self.views["template.yaml"]["accounts-register"]["routes"].pop()
        self.assertIn("accounts-register: routes", checks.differences(self.views)[0])

    def test_the_api_of_the_template_calls_functions_by_its_role_and_has_a_default_route(self):
        api = verify.plain_template()["Resources"]["Api"]["Properties"]["DefinitionBody"]
        for path, methods in api["paths"].items():
            for called in methods.values():
                self.assertEqual(called["x-amazon-apigateway-integration"]["credentials"], "ApiRole.Arn")
                self.assertEqual(called.get("isDefaultRoute", False), path == "/$default")
        self.assertIn("/$default", api["paths"])

    def test_a_name_with_a_hyphen_is_a_variable_with_an_underscore(self):
        self.assertEqual(definitions.table_variable("waiting-room"), "TABLE_WAITING_ROOM")
        self.assertEqual(definitions.queue_variable("webhook-events"), "QUEUE_WEBHOOK_EVENTS_URL")

    def test_a_route_that_is_missing_in_terraform(self):
        self.drop("aws_apigatewayv2_route", "POST /api/v1/auth/users")
        self.views["Terraform"] = checks.of_terraform(self.state)
        self.assertIn("accounts-register: routes", checks.differences(self.views)[0])

    def test_a_binary_and_a_route_of_the_code_without_an_entry(self):
        package = {
            "manifest_path": "/dibs/functions/new/Cargo.toml",
            "targets": [{"name": "new", "kind": ["bin"]}],
        }
        said = checks.binary_differences({"packages": [package]}, {})
        self.assertEqual(said, ["the binary new serves no function of functions.json"])
        said = checks.binary_differences({"packages": []}, {"accounts-login": {}})
        self.assertEqual(said, ["functions.json needs the binary accounts, which no crate of functions/ builds"])
        views = {"functions.json": {}, "the code": checks.of_code([{"name": "new-get", "routes": ["GET /api/v1/new"]}])}
        self.assertEqual(checks.differences(views), ["new-get is in the code and not in functions.json"])

    def test_another_handler_and_another_binary_in_terraform(self):
        self.one("aws_lambda_function", "accounts-login").update(handler="bootstrap", s3_key="wallet.zip")
        self.views["Terraform"] = checks.of_terraform(self.state)
        said = checks.differences(self.views)
        self.assertEqual([one.split(" ")[1] for one in said], ["handler", "binary"])

    def test_another_memory_and_another_timeout_in_terraform(self):
        self.one("aws_lambda_function", "accounts-login").update(memory_size=512, timeout=11)
        self.views["Terraform"] = checks.of_terraform(self.state)
        said = checks.differences(self.views)
        self.assertEqual([one.split(" ")[1] for one in said], ["memory_mb", "timeout_s"])

    def test_a_worker_on_another_queue(self):
        self.one("aws_lambda_event_source_mapping", "waiting-room-run-rooms")["event_source_arn"] = arn(
            "queue/holds"
        )
        self.views["Terraform"] = checks.of_terraform(self.state)
        self.assertIn("waiting-room-run-rooms: source", checks.differences(self.views)[0])

    def test_a_role_that_may_too_much(self):
        deployed = self.one("aws_iam_role_policy", "accounts-login")
        broken = json.loads(deployed["policy"])
        broken["Statement"].append({"Action": "dynamodb:Scan", "Resource": arn("table/wallet")})
        deployed["policy"] = json.dumps(broken)
        expected = "accounts-login: its role allows Scan on table/wallet, which functions.json does not grant"
        self.assertEqual(self.grants(), [expected])

    def test_a_role_that_may_do_something_everywhere(self):
        deployed = self.one("aws_iam_role_policy", "accounts-login")
        deployed["policy"] = deployed["policy"].replace("xray:PutTraceSegments", "dynamodb:*")
        self.assertEqual(len(self.grants()), 2)

    def test_a_role_that_may_too_little(self):
        deployed = self.one("aws_iam_role_policy", "rewards-settle-reservations")
        deployed["policy"] = deployed["policy"].replace("dynamodb:UpdateItem", "dynamodb:GetItem")
        missing = "functions.json grants UpdateItem on table/rewards, which its role does not allow"
        expected = f"rewards-settle-reservations: {missing}"
        self.assertEqual(self.grants(), [expected])

    def test_secret_and_setting_that_a_function_is_not_told_of(self):
        self.assertEqual(checks.setting_differences(ENTRIES, self.state), [])
        variables = self.one("aws_lambda_function", "accounts-login")["environment"][0]["variables"]
        variables["DIBS_PROVIDER_SECRET_ARN"] = variables.pop("DIBS_SIGNING_KEY_ARN")
        del variables["DIBS_SELF_CHARGE"]
        said = " ".join(checks.setting_differences(ENTRIES, self.state))
        for part in ["secret provider", "secret signing-key", "accounts-login: it is not told DIBS_SELF_CHARGE"]:
            self.assertIn(part, said)

    def test_what_stands_in_front(self):
        self.assertEqual(checks.cdn_differences(front()), [])
        for kind, broken, said in [
            ("aws_cloudfront_distribution", {"origin": [{"custom_header": []}]}, "should add x-origin-secret"),
            (
                "aws_cloudfront_distribution",
                {"ordered_cache_behavior": [{"target_origin_id": "api", "function_association": []}]},
                "does not tell the functions who calls",
            ),
            ("aws_cloudfront_function", {"code": ""}, "does not write true-client-ip"),
            ("aws_cloudfront_cache_policy", key_of([]), "Origin is not in the cache key"),
            ("aws_wafv2_web_acl", limit_of(30000, []), "counts reads against an address"),
            ("aws_wafv2_web_acl", limit_of(3000, [{}]), "an office is more"),
        ]:
            plan = front()
            next(checks.resources(plan, kind))[1].update(broken)
            self.assertIn(said, " ".join(checks.cdn_differences(plan)))
        plan = front()
        plan["configuration"]["root_module"]["module_calls"]["functions"]["expressions"] = {"origin_secret": {}}
        self.assertIn("not told the header", " ".join(checks.cdn_differences(plan)))

    def test_address_of_the_web_and_of_links_in_mails(self):
        plan = front()
        plan["planned_values"]["outputs"] = {"web_address": {"value": "https://dibs.example.com"}}
        expressions = plan["configuration"]["root_module"]["module_calls"]["functions"]["expressions"]
        expressions["mail"] = {"references": ["var.links_url", "module.api.address"]}
        self.assertEqual(checks.web_address_differences(plan, "https://dibs.example.com"), [])
        self.assertEqual(len(checks.web_address_differences(plan, "https://other.example.com")), 1)
        expressions["mail"] = {"references": ["var.links_url"]}
        self.assertEqual(len(checks.web_address_differences(plan, "https://dibs.example.com")), 1)

    def test_a_table_and_a_queue_that_the_code_knows_otherwise(self):
        self.one("aws_dynamodb_table", "deals")["global_secondary_index"] = []
        self.one("aws_sqs_queue", "grants")["visibility_timeout_seconds"] = 30
        self.drop("aws_dynamodb_table", "wallet")
        self.drop("aws_sqs_queue", "rooms")
        self.state["values"]["root_module"]["child_modules"][0]["resources"].append(
            {"type": "aws_dynamodb_table", "mode": "managed", "index": "more", "values": self.one("aws_dynamodb_table", "deals")}
        )
        said = " ".join(checks.schema_differences(self.state))
        for part in [
            "table deals is deployed with indexes {}, and has {'list':",
            "table wallet of schema.json is not deployed",
            "table more is deployed and not in schema.json",
            "queue rooms of schema.json is not deployed",
            "queue grants is deployed with visibility_s 30, and has 60 in schema.json",
        ]:
            self.assertIn(part, said)

    def test_an_alarm_that_leads_nowhere(self):
        alarm = self.one("aws_cloudwatch_metric_alarm", "api-errors")
        self.assertIn("no section", checks.watching_differences(self.state, "## Other")[0])
        alarm["alarm_description"] = alarm["alarm_description"].replace("Traffic", "Weather")
        self.assertIn("chart Weather", checks.watching_differences(self.state, None)[0])

    def test_a_dashboard_that_costs(self):
        metrics = [["AWS/SQS", str(number)] for number in range(51)]
        widgets = [{"type": "metric", "properties": {"title": "Traffic", "metrics": metrics}}]
        self.one("aws_cloudwatch_dashboard", None)["dashboard_body"] = json.dumps({"widgets": widgets})
        self.assertIn("only 50 are free", checks.watching_differences(self.state, None)[0])

    def test_a_template_that_was_not_made_anew(self):
        self.assertEqual(template.TEMPLATE.read_text(), template.text())
        self.assertNotEqual(template.text().replace("MemorySize: 256", "MemorySize: 128"), template.text())


if __name__ == "__main__":
    unittest.main()
