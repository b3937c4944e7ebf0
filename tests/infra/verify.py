"""Looks at what Terraform has deployed into the local AWS, and says what is not as it should be.

verify.py state STATE.json       functions, grants, tables, queues, dashboard and alarms of `terraform show -json`
verify.py functions              the same functions in ROUTES, binaries, template.yaml and functions.json
verify.py order GRAPH.dot        what `terraform graph` makes before what
verify.py reads STATE.json CALLS whether the plan's role may what a plan calls
verify.py cdn PLAN.json          what stands in front of prod with the web application, at api.example.com
verify.py facts PLAN.json FILE   counts what is deployed, for the table of costs
verify.py outputs FROM TO        the values of `terraform output -json`
verify.py template-size          counts what template.yaml becomes, against CloudFormation's 500
verify.py zips DIRECTORY         whether a build left every domain's zip there
verify.py make-zips DIRECTORY    the smallest that will do

DIBS names a `dibs` that is built already; else cargo builds one.
"""

import collections
import copy
import functools
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import checks
import definitions
import order
import policies
from definitions import ROOT


def run(*command):
    """What a command prints, as JSON; nothing when it fails."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return json.loads(done.stdout) if done.returncode == 0 else None


def views():
    """What is known without Terraform, by its title."""
    found = {"functions.json": checks.of_entries(definitions.functions())}
    dibs = (
        [os.environ["DIBS"]]
        if "DIBS" in os.environ
        else ["cargo", "run", "--quiet", "--package", "dibs", "--"]
    )
    listed = run(*dibs, "functions")
    if listed is None:
        print(
            "SKIPPED ROUTES and WORKERS: `dibs functions` does not run; the OpenAPI document stands for ROUTES"
        )
        document = json.loads((ROOT / "functions/platform/openapi.json").read_text())
        routes = checks.of_openapi(document)
        found["openapi.json"] = routes | {
            name: {} for name in found["functions.json"] if "source" in definitions.functions()[name]
        }
    else:
        found["ROUTES and WORKERS"] = checks.of_code(listed)
    found["template.yaml"] = checks.of_template(plain_template())
    return found


def binary_differences():
    """What is said of the binaries of functions/."""
    metadata = run("cargo", "metadata", "--no-deps", "--format-version", "1")
    if metadata is None:
        print("SKIPPED binaries: cargo is not there")
        return []
    return checks.binary_differences(metadata, definitions.functions())


def plain_template():
    """template.yaml with its short forms as plain values, for the caller to change."""
    return copy.deepcopy(read_template())


@functools.cache
def read_template():
    """template.yaml with its short forms as plain values. It takes a second to read."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Takes `!Ref x` as x."""

    def value(loader, _, node):
        if isinstance(node, yaml.ScalarNode):
            return loader.construct_scalar(node)
        return loader.construct_sequence(node, deep=True)

    Loader.add_multi_constructor("!", value)
    return yaml.load((ROOT / "template.yaml").read_text(), Loader)


def verify_state(path):
    """Every check on what is deployed."""
    state = json.loads(Path(path).read_text())
    runbook = ROOT / "RUNBOOK.md"
    if not runbook.exists():
        print("SKIPPED sections of RUNBOOK.md: it is not there")
    found = checks.differences(views() | {"Terraform": checks.of_terraform(state)})
    found += checks.grant_differences(definitions.functions(), state)
    found += checks.schema_differences(state)
    found += checks.watching_differences(state, runbook.read_text() if runbook.exists() else None)
    found += checks.setting_differences(definitions.functions(), state)
    found += policies.differences(state) + policies.boundary_differences(state) + policies.too_large(state)
    found += policies.group_differences(state)
    return found


def facts(path):
    """What the table of costs needs to know of a deployment."""
    plan = json.loads(Path(path).read_text())

    def of(kind):
        return list(checks.resources(plan, kind))

    managed = (resource for resource in checks.every_resource(plan) if resource["mode"] == "managed")
    kinds = collections.Counter(resource["type"] for resource in managed)
    alarms = [
        len(one["metric_query"]) - 1 if one["metric_query"] else 1
        for _, one in of("aws_cloudwatch_metric_alarm")
    ]
    memory = {name: one["memory_size"] for name, one in of("aws_lambda_function")}
    polled = [
        name
        for name, one in of("aws_lambda_event_source_mapping")
        if "queue" in definitions.functions()[name]["source"]
    ]
    return {
        "resources": sum(kinds.values()),
        "by_type": dict(kinds.most_common()),
        "alarm_metrics": sum(alarms),
        "dashboards": kinds["aws_cloudwatch_dashboard"],
        "secrets": kinds["aws_secretsmanager_secret"],
        "polled_queues": len(polled) + kinds["aws_pipes_pipe"],
        "schedules": [
            {
                "function": name,
                "every_s": checks.seconds(one["schedule_expression"]),
                "memory_mb": memory[name],
            }
            for name, one in of("aws_scheduler_schedule")
        ],
        "nat_gateways": kinds["aws_nat_gateway"],
        "interface_endpoints": sum(
            one["vpc_endpoint_type"] == "Interface" for _, one in of("aws_vpc_endpoint")
        ),
        "kms_keys": kinds["aws_kms_key"],
        "web_acls": kinds["aws_wafv2_web_acl"],
    }


def template_size():
    """How many resources SAM makes of template.yaml."""
    from samtranslator.public.translator import ManagedPolicyLoader
    from samtranslator.translator.transform import transform
    from samtranslator.yaml_helper import yaml_parse

    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    template = yaml_parse((ROOT / "template.yaml").read_text())
    values = {name: one.get("Default", "[]") for name, one in template["Parameters"].items()}
    for one in template["Resources"].values():
        if one["Type"] == "AWS::Serverless::Function":
            one["Properties"]["CodeUri"] = "s3://bucket/key"

    class NoPolicies(ManagedPolicyLoader):
        """AWS's own policies, of which the template names none: they need not be looked up."""

        def __init__(self):
            super().__init__(None)

        def load(self):
            """None."""
            return {}

    return len(transform(template, values, NoPolicies())["Resources"])


def zips(directory):
    """Where the zip of every domain is to be."""
    return [Path(directory) / name / "bootstrap.zip" for name in definitions.binaries()]


def make_zips(directory):
    """Zips that can be deployed and do nothing."""
    for path in zips(directory):
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(zipfile.ZipInfo("bootstrap"), "#!/bin/sh\n")


def main():
    """Does what the command line says, and exits with 1 when something is found."""
    what, *files = sys.argv[1:]
    found = []
    if what == "state":
        found = verify_state(files[0])
    elif what == "functions":
        found = checks.differences(views()) + binary_differences()
    elif what == "order":
        found = order.differences(Path(files[0]).read_text())
    elif what == "reads":
        found = policies.unread(json.loads(Path(files[0]).read_text()), Path(files[1]).read_text())
    elif what == "cdn":
        plan = json.loads(Path(files[0]).read_text())
        found = checks.cdn_differences(plan) + checks.web_address_differences(plan, "https://api.example.com")
    elif what == "facts":
        Path(files[1]).write_text(json.dumps(facts(files[0]), indent=2) + "\n")
    elif what == "outputs":
        outputs = json.loads(Path(files[0]).read_text())
        values = {name: output["value"] for name, output in outputs.items()}
        Path(files[1]).write_text(json.dumps(values, indent=2) + "\n")
    elif what == "template-size":
        count = template_size()
        print(f"template.yaml becomes {count} resources; CloudFormation takes 500")
        found = (
            [f"template.yaml becomes {count} resources, and CloudFormation takes 500"] if count > 500 else []
        )
    elif what == "zips":
        sys.exit(0 if all(path.exists() for path in zips(files[0])) else 1)
    elif what == "make-zips":
        make_zips(files[0])
    for sentence in found:
        print(f"infra: {sentence}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
