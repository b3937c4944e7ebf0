"""Wrong variables fail at plan, with a message that says what to write.

Usage: bad_variables.py ENVIRONMENT_DIRECTORY
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

# Each plan reports all wrong variables at once. Variables that depend on each other, or on a wrong part of the context,
# are in different plans.
PLANS = [
    {
        "region=frankfurt": "region: write a region as AWS names it, as eu-central-1.",
        "environment=Prod_1": "environment: write a short name as dev or prod",
        "jwks_file=nowhere.json": "jwks_file: name a file with the public keys",
    },
    {
        'subnets={public=["10.1.1.0/24","10.0.2.0/24"],private=["10.0.11.0/24","10.0.12.0/24"]}': (
            "subnets: write addresses inside vpc_cidr (10.0.0.0/16)"
        ),
        "log_retention_days=10": "log_retention_days: AWS knows 1, 3, 5, 7, 14, 30",
        "alarm_email=oncall": "alarm_email: write an address as oncall@example.com",
        "architecture=x86": "architecture: write arm64 or x86_64",
        "provider_url=http://pay.example.com": "write each URL as https://example.com/path",
        'cors_origins=["*"]': "cors_origins: write origins as https://shop.example.com",
        "domain_name=https://api.example.com": "domain_name: write a name as api.example.com",
        "requests_per_address=1": "requests_per_address: write a number from 10",
        "worker_concurrency_max=1": "worker_concurrency_max: write a number from 2 to 1000",
        "throttle={rate=0,burst=1}": "throttle: write { rate = 2000, burst = 4000 }",
        'interface_endpoints=["sqs"]': 'interface_endpoints: write ["secretsmanager"]',
        "github_repository=dibs": "github_repository: write owner/name",
        "github_repository_id=dibs": "github_repository_id: write the number",
        "registrations_per_hour=1001": "settings: write whole numbers",
        "warm_throughput={claims={write=10000}}": "warm_throughput: write { rewards =",
        "log_level=information": "log_level: write error, warn, info or debug",
        "budget_usd=0": "budget_usd: write how many US dollars",
    },
    {
        'cors_origins=["http://shop.example.com"]': "http:// only for localhost",
        "github_owner_id=123456": "neither goes without the other",
        "vpc_cidr=10.0.0.0/8": "vpc_cidr: write the addresses of the VPC as 10.0.0.0/16",
        "domain_name=api.example.com": "hosted_zone_id: write the id of the Route 53 zone",
        'interface_endpoints=["secretsmanager"]': "interface_endpoints: set enable_nat too",
        "fulfilment_url=https://example.com:8443/": "another port than 443",
        'route_throttles={"POST /login"={rate=1,burst=1}}': "route_throttles: write routes as functions.json has them",
        "log_level=trace": "log_level: write error, warn, info or debug",
        "enable_web=true": "enable_cdn: leave it out, or set it to true",
        "enable_cdn=false": "enable_web needs CloudFront",
        "web_directory=nowhere": "web_directory: there is no index.html",
    },
]


def complaints(directory, variables):
    """What a plan says is wrong."""
    command = [
        "terraform",
        f"-chdir={directory}",
        "plan",
        "-json",
        "-lock=false",
        "-refresh=false",
        "-var=account_wide=true",
    ]
    done = subprocess.run(
        command + [f"-var={one}" for one in variables], capture_output=True, text=True, check=False
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    said = [line["diagnostic"] for line in lines if "diagnostic" in line]
    return done.returncode, [one.get("detail", "") for one in said if one["severity"] == "error"]


def main():
    """Plans with wrong variables; exits with 1 when one of them is not complained of."""
    silent = []
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda variables: complaints(sys.argv[1], variables), PLANS))
    for variables, (status, said) in zip(PLANS, answers, strict=True):
        silent += [
            one
            for one, message in variables.items()
            if status == 0 or not any(message in text for text in said)
        ]
    for one in silent:
        print(f"infra: a plan with -var '{one}' does not say what to write")
    print(f"{sum(map(len, PLANS)) - len(silent)} wrong variables are refused with what to write")
    sys.exit(1 if silent else 0)


if __name__ == "__main__":
    main()
