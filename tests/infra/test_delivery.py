"""What is deployed is built and checked by what is named here, and the documented commands of SAM are understood by SAM."""

import json
import re
import subprocess
import tempfile
import tomllib
import unittest
from pathlib import Path

import template
from definitions import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ENVIRONMENTS = ROOT / "terraform/environments"
# Whose code may run in a job that holds AWS's credentials or builds what is deployed.
OWNERS = {"actions", "aws-actions", "hashicorp"}
PLATFORMS = 15


def unpinned(workflow):
    """The actions that are not named by a commit, with their version in a comment."""
    used = re.findall(r"^\s*(?:- )?uses: (.*)$", workflow, re.MULTILINE)
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./\.github/workflows/\w+\.yml")
    return [one for one in used if not pinned.fullmatch(one)]


def strangers(workflow):
    """The actions of others than OWNERS."""
    used = re.findall(r"^\s*(?:- )?uses: ([\w-]+)/", workflow, re.MULTILINE)
    return sorted(set(used) - OWNERS)


def toolchains(workflow):
    """The toolchains that a workflow installs or makes the default."""
    return set(re.findall(r"rustup (?:toolchain install|default) (\S+)", workflow))


def lock_differences(lock, constraint):
    """What a lock file lacks."""
    found = []
    if f'version     = "{constraint}"' not in lock or f'constraints = "{constraint}"' not in lock:
        found.append(f"it does not lock version {constraint}")
    if len(set(re.findall(r'"zh:[0-9a-f]{64}"', lock))) != PLATFORMS:
        found.append(f"it has not the hashes of all {PLATFORMS} packages that were published")
    if not re.search(r'"h1:[A-Za-z0-9+/]{43}="', lock):
        found.append("it has no hash of an unpacked provider, which a mirror on a machine needs")
    return found


def sam_overrides(document, jwks):
    """What SAM reads from the documented `sam deploy`, with these keys in jwks.json."""
    from samcli.cli.types import CfnParameterOverridesType

    command = re.search(r"^sam deploy .*?--parameter-overrides (.*?)$", document, re.MULTILINE)[1]
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "jwks.json").write_text(json.dumps(jwks, indent=2))
        script = f"T={directory} ENVIRONMENT=dev; printf '%s\\0' {command}"
        done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=True)
    return CfnParameterOverridesType().convert(tuple(done.stdout.split("\0")[:-1]), None, None)


class Delivery(unittest.TestCase):
    def test_actions_are_pinned_by_commit(self):
        for path in WORKFLOWS:
            self.assertEqual(unpinned(path.read_text()), [], path.name)
        self.assertEqual(unpinned("      - uses: actions/checkout@v5\n"), ["actions/checkout@v5"])

    def test_deployed_code_is_built_without_actions_of_third_parties(self):
        deliver = (ROOT / ".github/workflows/deliver.yml").read_text()
        self.assertEqual(strangers(deliver), [])
        self.assertEqual(strangers("      - uses: Swatinem/rust-cache@v2\n"), ["Swatinem"])

    def test_one_toolchain_is_named(self):
        minimum = re.search(r'^rust-version = "([\d.]+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
        found = set().union(*(toolchains(path.read_text()) for path in WORKFLOWS))
        self.assertEqual(len(found), 1, found)
        self.assertRegex(found.pop(), rf"^{re.escape(minimum)}\.\d+$")
        self.assertEqual(toolchains("rustup toolchain install stable && rustup default stable"), {"stable"})

    def test_terraform_and_its_provider_are_named(self):
        constraints = {
            version
            for path in (ROOT / "terraform").rglob("versions.tf")
            for version in re.findall(r'version\s*= "([^"]+)"', path.read_text())
            if not version.startswith(">= 1.")
        }
        self.assertEqual(len(constraints), 1, constraints)
        constraint = constraints.pop()
        self.assertRegex(constraint, r"^\d+\.\d+\.\d+$")
        for environment in ["dev", "prod"]:
            lock = (ENVIRONMENTS / environment / ".terraform.lock.hcl").read_text()
            self.assertEqual(lock_differences(lock, constraint), [], environment)
            self.assertEqual(len(lock_differences(re.sub(r"(?m)^ +\"(zh:0|h1:).*\n", "", lock), constraint)), 2)
        for path in WORKFLOWS:
            text = path.read_text()
            self.assertEqual(re.findall(r"terraform -chdir=\S+ init(?! -lockfile=readonly).*", text), [], path.name)
            for version in re.findall(r"terraform_version: (.*)", text):
                self.assertRegex(version, r'^"\d+\.\d+\.\d+"$')

    def test_pull_request_is_planned_in_the_role_that_reads(self):
        deliver = (ROOT / ".github/workflows/deliver.yml").read_text()
        plan = re.search(r"^  plan:\n(.*?)^  \w+:\n", deliver, re.MULTILINE | re.DOTALL)[1]
        self.assertIn("environment: dev-plan\n", plan)
        self.assertNotIn("DEPLOY_ROLE_ARN", plan)

    def test_functions_read_the_headers_that_cloudfront_writes(self):
        code = (ROOT / "shared/http/src/boundary.rs").read_text()
        front = (ROOT / "terraform/modules/api/cdn.tf").read_text()
        for constant, pattern in [
            ("ORIGIN_SECRET", r'custom_header \{\s+name  = "([^"]+)"'),
            ("VIEWER_ADDRESS", r"request\.headers\['([^']+)'\] = \{ value: event\.viewer\.ip \}"),
        ]:
            read = re.search(rf'^const {constant}: &str = "([^"]+)";', code, re.MULTILINE)[1]
            self.assertEqual(re.search(pattern, front)[1], read)

    def test_sam_reads_the_documented_keys(self):
        jwks = {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "2026-11", "x": "abc_-d", "use": "sig"}]}
        read = sam_overrides((ROOT / "DEPLOYING.md").read_text(), jwks)
        self.assertEqual(read["Environment"], "dev")
        self.assertEqual(json.loads(read["Jwks"]), jwks)
        self.assertRegex(read["Jwks"], template.JWKS_PATTERN)

    def test_keys_that_sam_does_not_read_are_refused_by_the_template(self):
        broken = "sam deploy --parameter-overrides Environment=$ENVIRONMENT \"Jwks=$(jq -c . $T/jwks.json)\""
        read = sam_overrides(broken, {"keys": [{"kid": "a"}]})
        self.assertEqual(read["Jwks"], "{")
        for keys in [read["Jwks"], "", "{}", '{"keys":[]}', "{keys:[{kid:a}]}"]:
            self.assertNotRegex(keys, template.JWKS_PATTERN)
        self.assertEqual(template.parameters()["Jwks"]["AllowedPattern"], template.JWKS_PATTERN)

    def test_samconfig_names_what_the_template_needs(self):
        config = tomllib.loads((ROOT / "samconfig.toml").read_text())
        for environment in ["default", "prod"]:
            deploy = config[environment]["deploy"]["parameters"]
            self.assertTrue((ROOT / deploy["template_file"]).exists())
            self.assertEqual(set(deploy["capabilities"]), {"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"})
            self.assertTrue(deploy["resolve_s3"])


if __name__ == "__main__":
    unittest.main()
