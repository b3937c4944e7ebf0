"""Compares what says which functions there are, and what their roles allow.

Each view is name -> {"routes": set, "source": (kind, of), "memory_mb": int, "timeout_s": int}, with what the view
knows. What compares gives sentences that say what differs, and none when nothing does.
"""

import json
import re

import definitions

EVERY_ROLE = {
    "log": {"CreateLogStream", "PutLogEvents"},
    "*": {"xray:PutTelemetryRecords", "xray:PutTraceSegments"},
}


def source(entry):
    """What calls a worker, as (kind, of): ("queue", "grants"); nothing for a route."""
    return next(iter(entry.get("source", {}).items()), None)


def of_entries(entries):
    """The view of functions.json."""
    return {
        name: {
            "routes": set(entry.get("routes", [])),
            "source": source(entry),
            "memory_mb": definitions.memory_mb(entry),
            "timeout_s": definitions.timeout_s(entry),
            "handler": name,
            "binary": definitions.binary(name),
        }
        for name, entry in entries.items()
    }


def of_code(listed):
    """The view of ROUTES and WORKERS, as `dibs functions` prints them."""
    return {
        one["name"]: {
            "routes": set(one.get("routes") or []),
            "source": source({"source": one.get("source") or {}}),
        }
        for one in listed
    }


def of_openapi(document):
    """The routes alone, by the OpenAPI document: what is known of ROUTES without a build."""
    view = {"platform-default": {"routes": {"$default"}}}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "x-function" in operation:
                entry = view.setdefault(operation["x-function"], {"routes": set()})
                entry["routes"].add(f"{method.upper()} {path}")
    return view


def binary_differences(metadata, entries):
    """Compares what `cargo metadata` says is built for Lambda with the binaries that the functions need."""
    built = {
        target["name"]
        for package in metadata["packages"]
        if "/functions/" in package["manifest_path"]
        for target in package["targets"]
        if "bin" in target["kind"]
    }
    needed = {definitions.binary(name) for name in entries}
    return [f"the binary {name} serves no function of functions.json" for name in sorted(built - needed)] + [
        f"functions.json needs the binary {name}, which no crate of functions/ builds" for name in sorted(needed - built)
    ]


def of_template(template):
    """The view of template.yaml, read with its short forms as plain values."""
    view = {}
    resources = template["Resources"]
    routes = {}
    for path, methods in resources["Api"]["Properties"]["DefinitionBody"]["paths"].items():
        for method, called in methods.items():
            uri = called["x-amazon-apigateway-integration"]["uri"]
            function = re.search(r"functions/\$\{(\w+)\.Arn\}", uri)[1]
            route = "$default" if path == "/$default" else f"{method.upper()} {path}"
            routes.setdefault(function, set()).add(route)
    sockets = {}
    for one in resources.values():
        if one["Type"] == "AWS::ApiGatewayV2::Route":
            integration = re.search(r"\$\{(\w+)\}", one["Properties"]["Target"])[1]
            uri = resources[integration]["Properties"]["IntegrationUri"]
            sockets[re.search(r"functions/\$\{(\w+)\.Arn\}", uri)[1]] = ("socket", one["Properties"]["RouteKey"])
    named = {"AWS::SQS::Queue": "QueueName", "AWS::DynamoDB::Table": "TableName"}
    names = {
        logical: one["Properties"][named[one["Type"]]].removeprefix("dibs-${Environment}-")
        for logical, one in resources.items()
        if one["Type"] in named
    }
    for logical, resource in resources.items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        properties = resource["Properties"]
        called = sockets.get(logical)
        for event in properties.get("Events", {}).values():
            of = event["Properties"]
            if event["Type"] == "SQS":
                called = ("queue", names[of["Queue"].removesuffix(".Arn")])
            elif event["Type"] == "DynamoDB":
                called = ("stream", names[of["Stream"].removesuffix(".StreamArn")])
            else:
                called = ("schedule_s", seconds(of["ScheduleExpression"]))
        name = properties["FunctionName"].removeprefix("dibs-${Environment}-")
        view[name] = {
            "routes": routes.get(logical, set()),
            "source": called,
            "memory_mb": properties["MemorySize"],
            "timeout_s": properties["Timeout"],
            "handler": properties["Handler"],
            "binary": properties["CodeUri"].split("/")[-2],
        }
    return view


def seconds(rate):
    """How often a `rate(5 minutes)` is."""
    return int(re.match(r"rate\((\d+) minutes?\)", rate)[1]) * 60


def every_resource(state):
    """All that `terraform show -json` knows of a state or a plan, whatever its module."""
    modules = [(state.get("planned_values") or state["values"])["root_module"]]
    while modules:
        module = modules.pop()
        modules.extend(module.get("child_modules", []))
        yield from module.get("resources", [])


def resources(state, kind):
    """The resources of a type: (index, values)."""
    for resource in every_resource(state):
        if resource["type"] == kind and resource["mode"] == "managed":
            yield resource.get("index"), resource["values"]


def of_terraform(state):
    """The view of what Terraform has deployed."""
    view = {
        name: {
            "routes": set(),
            "source": None,
            "memory_mb": one["memory_size"],
            "timeout_s": one["timeout"],
            "handler": one["handler"],
            "binary": one["s3_key"].removesuffix(".zip"),
        }
        for name, one in resources(state, "aws_lambda_function")
    }
    function_of = {one["id"]: name for name, one in resources(state, "aws_apigatewayv2_integration")}
    for index, route in resources(state, "aws_apigatewayv2_route"):
        called = view[function_of[route["target"].removeprefix("integrations/")]]
        # The index of a route of the WebSocket API is its function.
        if index == route["route_key"]:
            called["routes"].add(route["route_key"])
        else:
            called["source"] = ("socket", route["route_key"])
    for name, mapping in resources(state, "aws_lambda_event_source_mapping"):
        kind, of, *_ = short(mapping["event_source_arn"]).split("/")
        view[name]["source"] = (kind, of)
    for name, schedule in resources(state, "aws_scheduler_schedule"):
        view[name]["source"] = ("schedule_s", seconds(schedule["schedule_expression"]))
    return view


def differences(views):
    """Compares views by their titles: {"ROUTES": …, "template.yaml": …}. None says what it does not know."""
    found = []
    for name in sorted({name for view in views.values() for name in view}):
        absent = [title for title, view in views.items() if name not in view]
        for title in absent:
            has = next(other for other, view in views.items() if name in view)
            found.append(f"{name} is in {has} and not in {title}")
        for what in ["routes", "source", "memory_mb", "timeout_s", "handler", "binary"]:
            said = [(title, view[name][what]) for title, view in views.items() if what in view.get(name, {})]
            found += [
                f"{name}: {what} {shown(value)} in {title}, and {shown(said[0][1])} in {said[0][0]}"
                for title, value in said[1:]
                if value != said[0][1]
            ]
    return found


def shown(value):
    """A value as a sentence has it."""
    return ", ".join(sorted(value)) or "none" if isinstance(value, set) else str(value)


def short(arn):
    """A resource as `definitions.grants` names it: `table/deals/index/list`, `stream/deals`, `queue/grants`."""
    if arn == "*":
        return arn
    service, resource = arn.split(":", 5)[2::3]
    resource = re.sub(r"dibs-[a-z0-9]+[-/]", "", resource, count=1)
    if service == "dynamodb":
        return re.sub(r"^table/(\w+)/stream/.*", r"stream/\1", resource)
    if service == "sqs":
        return f"queue/{resource}"
    if service == "secretsmanager":
        # Secrets Manager puts six characters behind the name.
        return re.sub(r"^secret:(.*)-\w{6}$", r"secret/\1", resource)
    if service == "execute-api":
        return "sockets/connections"
    return "log" if service == "logs" else arn


def allowed(policy):
    """What a policy allows: resource -> actions. On `*` an action keeps its service."""
    found = {}
    for statement in json.loads(policy)["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        targets = (
            statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        )
        for target in targets:
            of = found.setdefault(short(target), set())
            of.update(action if target == "*" else action.split(":")[1] for action in actions)
    return found


def grant_differences(entries, state):
    """Where a deployed role allows more or less than functions.json grants."""
    found = []
    roles = dict(resources(state, "aws_iam_role_policy"))
    # The bucket of the audit's archive, which is no table or queue of functions.json.
    buckets = [one["bucket"] for _, one in resources(state, "aws_s3_bucket_object_lock_configuration")]
    archive = next(iter(buckets), None)
    in_vpc = any(one["vpc_config"] for _, one in resources(state, "aws_lambda_function"))
    for name, entry in entries.items():
        granted = definitions.grants(entry) | {key: set(actions) for key, actions in EVERY_ROLE.items()}
        if archive and name == definitions.ARCHIVING:
            granted[f"arn:aws:s3:::{archive}/*"] = {"PutObject"}
        if in_vpc and entry.get("calls_out"):
            granted["*"] |= {f"ec2:{action}" for action in definitions.INTERFACE_ACTIONS}
        has = allowed(roles[name]["policy"])
        for target in sorted(granted.keys() | has.keys()):
            may, should = has.get(target, set()), granted.get(target, set())
            for action in sorted(may - should):
                found.append(
                    f"{name}: its role allows {action} on {target}, which functions.json does not grant"
                )
            for action in sorted(should - may):
                found.append(
                    f"{name}: functions.json grants {action} on {target}, which its role does not allow"
                )
    return found


def setting_differences(entries, state):
    """Whether each function is told where the secrets of its entry are, and no others."""
    found = []
    for name, one in resources(state, "aws_lambda_function"):
        variables = one["environment"][0]["variables"]
        told = {secret for secret, variable in definitions.SECRETS.items() if variable in variables}
        for secret in sorted(told ^ set(entries[name].get("secrets", []))):
            found.append(f"{name}: its variables and functions.json differ about the secret {secret}")
        for variable in ["DIBS_SELF_CHARGE"]:
            if variable not in variables:
                found.append(f"{name}: it is not told {variable}, which terraform.tfvars chooses")
    return found


MAIL_VARIABLES = {"DIBS_MAIL_FROM", "DIBS_MAIL_CONFIGURATION_SET", "DIBS_LINKS_URL"}


def template_functions(template):
    """The functions of template.yaml, read with its short forms as plain values: name -> (variables, statements)."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            variables = properties.get("Environment", {}).get("Variables", {})
            statements = [one for policy in properties.get("Policies", []) for one in policy["Statement"]]
            yield properties["FunctionName"].removeprefix("dibs-${Environment}-"), variables, statements


def told_differences(template, terraform):
    """Whether template.yaml tells functions the variables that Terraform's module `functions` does, and no others."""
    told = set(template["Globals"]["Function"]["Environment"]["Variables"])
    told |= {variable for _, variables, _ in template_functions(template) for variable in variables}
    told = {variable for variable in told if variable.startswith("DIBS_")}
    known = set(re.findall(r"\bDIBS_\w+", terraform))
    return [f"template.yaml tells no function {variable}, and Terraform does" for variable in sorted(known - told)] + [
        f"template.yaml tells functions {variable}, and Terraform does not" for variable in sorted(told - known)
    ]


def mail_differences(template, entries):
    """Whether in template.yaml the functions that send mails, and only these, may do so once there is a sender."""
    found = []
    ses = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}"
    sender = [f"{ses}:identity/${{MailIdentity}}", f"{ses}:configuration-set/${{MailConfigurationSet}}"]
    grant = {"Effect": "Allow", "Action": ["ses:SendEmail"], "Resource": sender}
    for name, variables, statements in template_functions(template):
        sends = entries[name].get("sends_mail", False)
        granted = [one for one in statements if "ses:" in json.dumps(one)]
        if granted != ([["HasMails", grant, "AWS::NoValue"]] if sends else []):
            found.append(f"{name}: its role in template.yaml allows {granted} to SES")
        for variable in sorted(MAIL_VARIABLES):
            conditional = variable in variables and variables[variable][0] == "HasMails"
            if conditional != sends:
                found.append(f"{name}: template.yaml and functions.json differ about {variable}")
    for logical in ["MailIdentity", "MailConfigurationSet"]:
        if template["Resources"].get(logical, {}).get("Condition") != "HasMails":
            found.append(f"{logical} of template.yaml is not there for mails alone")
    return found


def archive_differences(template, variables):
    """Whether template.yaml locks the audit's archive as the defaults of Terraform's variables do, and one function may
    put objects into it and do nothing else with S3."""
    found = []
    bucket = template["Resources"].get("AuditBucket", {}).get("Properties", {})
    retention = bucket.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention")
    if not bucket.get("ObjectLockEnabled") or retention != {"Mode": "AuditLockMode", "Days": "AuditRetentionDays"}:
        found.append("the audit's archive of template.yaml is not locked")
    for parameter, variable in [("AuditRetentionDays", "audit_retention_days"), ("AuditLockMode", "audit_lock_mode")]:
        default = re.search(rf'variable "{variable}" {{.*?default\s+= "?(\w+)', variables, re.DOTALL)[1]
        chosen = template["Parameters"].get(parameter, {}).get("Default")
        if str(chosen) != default:
            found.append(f"{parameter} of template.yaml is {chosen}, and {variable} of Terraform {default}")
    grant = {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "${AuditBucket.Arn}/*"}
    for name, told, statements in template_functions(template):
        archives = name == definitions.ARCHIVING
        granted = [one for one in statements if "s3:" in json.dumps(one)]
        if granted != ([grant] if archives else []):
            found.append(f"{name}: its role in template.yaml allows {granted} to S3")
        if told.get("DIBS_AUDIT_BUCKET") != ("AuditBucket" if archives else None):
            found.append(f"{name}: template.yaml tells it the bucket {told.get('DIBS_AUDIT_BUCKET')}")
    return found


def cdn_differences(plan):
    """Whether CloudFront shows itself to the functions, tells them the caller's address, keeps the answers to pages apart,
    and counts no reads against an address."""
    found = []
    _, distribution = next(resources(plan, "aws_cloudfront_distribution"))
    headers = [one["name"] for one in distribution["origin"][0]["custom_header"]]
    if headers != ["x-origin-secret"]:
        found.append(f"CloudFront adds the headers {headers}, and should add x-origin-secret")
    behaviors = distribution["default_cache_behavior"] + distribution["ordered_cache_behavior"]
    for behavior in behaviors:
        called = [one["event_type"] for one in behavior["function_association"]]
        if behavior["target_origin_id"] == "api" and called != ["viewer-request"]:
            found.append("CloudFront does not tell the functions who calls")
    code = [one["code"] for _, one in resources(plan, "aws_cloudfront_function") if one["name"].endswith("-viewer-address")]
    if not any("headers['true-client-ip'] = { value: event.viewer.ip }" in one for one in code):
        found.append("CloudFront's function does not write true-client-ip")
    _, policy = next(resources(plan, "aws_cloudfront_cache_policy"))
    key = policy["parameters_in_cache_key_and_forwarded_to_origin"][0]["headers_config"][0]
    if [one["items"] for one in key["headers"]] != [["Origin"]]:
        found.append("CloudFront gives a page what another page was answered: Origin is not in the cache key")
    _, acl = next(resources(plan, "aws_wafv2_web_acl"))
    limits = [one for rule in acl["rule"] for one in rule["statement"][0]["rate_based_statement"]]
    for limit in limits:
        if not limit["scope_down_statement"]:
            found.append("the web ACL counts reads against an address, so ten people who wait behind one are blocked")
        if limit["limit"] < 10000:
            found.append(f"the web ACL lets an address write {limit['limit']} times in five minutes: an office is more")
    references = plan["configuration"]["root_module"]["module_calls"]["functions"]["expressions"]
    if references["origin_secret"].get("references", [None])[0] != "module.api.origin_secret":
        found.append("the functions are not told the header by which they know CloudFront")
    return found


def web_address_differences(plan, address):
    """Whether a plan with the web application has it at an address, to which links in mails lead."""
    said = plan["planned_values"]["outputs"]["web_address"].get("value")
    found = [] if said == address else [f"the web application is at {said}, and should be at {address}"]
    # The functions' variables are only known after the apply.
    references = plan["configuration"]["root_module"]["module_calls"]["functions"]["expressions"]["mail"]["references"]
    return found if "module.api.address" in references else [*found, "links in mails do not lead to the web application"]


def schema_differences(state):
    """Where the deployed tables and queues are not those of schema.json."""
    deployed_tables = {name: table_of(one) for name, one in resources(state, "aws_dynamodb_table")}
    deployed_queues = {
        name: queue_of(one) for name, one in resources(state, "aws_sqs_queue") if name and one["redrive_policy"]
    }
    return [
        difference
        for kind, deployed, defined in [
            ("table", deployed_tables, definitions.tables()),
            ("queue", deployed_queues, definitions.queues()),
        ]
        for difference in definition_differences(kind, deployed, defined)
    ]


def table_of(table):
    """A deployed table as schema.json would define it."""
    return {
        "partition_key": table["hash_key"],
        "sort_key": table["range_key"],
        "indexes": {
            index["name"]: {
                "partition_key": index["hash_key"],
                "sort_key": index["range_key"],
                "projection": index["projection_type"],
            }
            for index in table["global_secondary_index"]
        },
        "stream_view": table["stream_view_type"] or None,
        "ttl_attribute": table["ttl"][0]["attribute_name"],
    }


def queue_of(queue):
    """A deployed queue as schema.json would define it."""
    return {
        "visibility_s": queue["visibility_timeout_seconds"],
        "receives_max": json.loads(queue["redrive_policy"])["maxReceiveCount"],
    }


def definition_differences(kind, deployed, defined):
    """Compares deployed definitions with those of schema.json, name by name."""
    found = [f"the {kind} {name} of schema.json is not deployed" for name in defined if name not in deployed]
    found += [f"the {kind} {name} is deployed and not in schema.json" for name in deployed if name not in defined]
    return found + [
        f"the {kind} {name} is deployed with {field} {deployed[name][field]}, and has {value} in schema.json"
        for name in deployed.keys() & defined.keys()
        for field, value in defined[name].items()
        if deployed[name][field] != value
    ]


def watching_differences(state, runbook):
    """Whether the dashboards are free of charge, and each alarm names a chart of a dashboard and a section of the
    runbook."""
    found = []
    titles = set()
    for _, dashboard in resources(state, "aws_cloudwatch_dashboard"):
        widgets = json.loads(dashboard["dashboard_body"])["widgets"]
        charts = [one["properties"] for one in widgets if one["type"] == "metric"]
        count = sum(len(chart["metrics"]) for chart in charts)
        name = dashboard["dashboard_name"]
        if count > 50:
            found.append(f"the dashboard {name} has {count} metrics, and only 50 are free")
        titles |= {(name, chart["title"]) for chart in charts}
    sections = set(re.findall(r"^#+ `?([a-z-]+)`?", runbook or "", re.MULTILINE))
    for _, alarm in resources(state, "aws_cloudwatch_metric_alarm"):
        chart, dashboard, section = re.search(
            r'Look at "(.*)" on the dashboard (.*), and read .* section "(.*)"', alarm["alarm_description"]
        ).groups()
        if (dashboard, chart) not in titles:
            found.append(f"the alarm {section} names the chart {chart}, which is not on the dashboard {dashboard}")
        if runbook is not None and section not in sections:
            found.append(f"the alarm {section} has no section of its name in RUNBOOK.md")
    return found
