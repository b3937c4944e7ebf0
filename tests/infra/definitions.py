"""What the infrastructure is made from: the functions' entries, and the tables and queues of the code."""

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MEMORY_MB = 256
ROUTE_TIMEOUT_S = 10
# The longest life of a function: the code waits two minutes before it takes one for dead.
TIMEOUT_S_MAX = 30

# The function that writes the archive of the audit, whose bucket is no table or queue of functions.json.
ARCHIVING = "audit-archive-entries"

STREAM_ACTIONS = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]
QUEUE_ACTIONS = ["DeleteMessage", "GetQueueAttributes", "ReceiveMessage"]
# What Lambda does in the name of a function in a VPC.
INTERFACE_ACTIONS = [
    "AssignPrivateIpAddresses",
    "CreateNetworkInterface",
    "DeleteNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "UnassignPrivateIpAddresses",
]
SECRETS = {
    "signing-key": "DIBS_SIGNING_KEY_ARN",
    "email-hash-key": "DIBS_EMAIL_HASH_KEY_ARN",
    "sealing-key": "DIBS_SEALING_KEY_ARN",
    "parties": "DIBS_PARTIES_SECRET_ARN",
    "provider": "DIBS_PROVIDER_SECRET_ARN",
}
# The settings of a deployment (shared/config/src/settings.rs), by the parameter of template.yaml that chooses them.
SETTINGS = {
    "SelfCharge": "DIBS_SELF_CHARGE",
    "ExternalChecksPerMinute": "DIBS_EXTERNAL_CHECKS_PER_MINUTE",
    "RegistrationsPerHour": "DIBS_REGISTRATIONS_PER_HOUR",
    "StrictPasswords": "DIBS_STRICT_PASSWORDS",
    "EmailHashDays": "DIBS_EMAIL_HASH_DAYS",
    "RequireConfirmedEmail": "DIBS_REQUIRE_CONFIRMED_EMAIL",
    "RequireStaffTotp": "DIBS_REQUIRE_STAFF_TOTP",
    "EventsAlone": "DIBS_EVENTS_ALONE",
    "TimeZone": "DIBS_TIME_ZONE",
    "EventSchemasUrl": "DIBS_EVENT_SCHEMAS_URL",
    "LiveSockets": "DIBS_LIVE_SOCKETS",
}


def binaries():
    """The names of the binaries, one for each crate of functions/."""
    return sorted(path.parent.name.replace("_", "-") for path in ROOT.glob("functions/*/Cargo.toml"))


def binary(name):
    """The binary that serves the function `name`: the one whose name begins it."""
    return next(one for one in binaries() if name.startswith(f"{one}-"))


def functions(path=ROOT / "terraform/functions.json"):
    """The entries of functions.json, by name."""
    return json.loads(Path(path).read_text())


def tables(path=ROOT / "terraform/schema.json"):
    """The tables of schema.json by short name: keys, indexes, stream and time to live."""
    return json.loads(Path(path).read_text())["tables"]


def queues(path=ROOT / "terraform/schema.json"):
    """The queues of schema.json by short name: visibility in seconds, and how often a message is received."""
    return json.loads(Path(path).read_text())["queues"]


def table_variable(name):
    """The environment variable with the name of a table, as shared/store/src/schema.rs has it."""
    return f"TABLE_{name.upper().replace('-', '_')}"


def queue_variable(name):
    """The environment variable with the URL of a queue, as shared/store/src/schema.rs has it."""
    return f"QUEUE_{name.upper().replace('-', '_')}_URL"


def method_and_path(route):
    """The method and path under which an OpenAPI document for API Gateway has a route."""
    if route == "$default":
        return "x-amazon-apigateway-any-method", "/$default"
    method, path = route.split(" ")
    return method.lower(), path


def memory_mb(entry):
    """The memory of a function."""
    return entry.get("memory_mb", MEMORY_MB)


def timeout_s(entry):
    """The time that a function has: a queue's worker a sixth of that in which its message is hidden, as AWS advises."""
    source = entry.get("source", {})
    if "timeout_s" in entry:
        return entry["timeout_s"]
    if "queue" in source:
        return queues()[source["queue"]]["visibility_s"] // 6
    return ROUTE_TIMEOUT_S if "routes" in entry or "socket" in source else TIMEOUT_S_MAX


def grants(entry):
    """What a function may do: resource -> actions as IAM names them. Resources are `table/deals`,
    `table/deals/index/list`, `stream/deals`, `queue/grants`, `queue/streams-dlq`, `secret/parties` and `sockets/connections`."""
    source = entry.get("source", {})
    allowed = {f"table/{name}": set(actions) for name, actions in entry.get("tables", {}).items()}
    allowed |= {f"queue/{name}": set(actions) for name, actions in entry.get("queues", {}).items()}
    allowed |= {f"secret/{name}": {"GetSecretValue"} for name in entry.get("secrets", [])}
    if entry.get("sends_to_sockets"):
        allowed["sockets/connections"] = {"ManageConnections"}
    if "queue" in source:
        allowed.setdefault(f"queue/{source['queue']}", set()).update(QUEUE_ACTIONS)
    if "stream" in source:
        allowed[f"stream/{source['stream']}"] = set(STREAM_ACTIONS)
        allowed["queue/streams-dlq"] = {"SendMessage"}
    return allowed
