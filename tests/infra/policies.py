"""What IAM would say: a small evaluator for the policies that Terraform writes, and what GitHub's two roles must and
must not be able to do.

The rules are IAM's for one account: an explicit Deny wins; what nothing allows is refused; a permissions boundary must
allow it as well. Whatever a policy uses that the evaluator does not know is an error, not a guess.
"""

import functools
import json
import re

import checks

ACCOUNT = "123456789012"
REGION = "eu-central-1"
GITHUB = "token.actions.githubusercontent.com"


def listed(value):
    """A value or a list of them, as a list."""
    return value if isinstance(value, list) else [value]


@functools.cache
def compiled(pattern, ignore_case):
    """A pattern with `*` and `?` as a regular expression."""
    parts = re.split(r"([*?])", pattern)
    text = "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts)
    return re.compile(text, re.IGNORECASE if ignore_case else 0)


def like(pattern, value, ignore_case=False):
    """Whether a value is one that a pattern with `*` and `?` names."""
    return compiled(pattern, ignore_case).fullmatch(value) is not None


def holds(operator, key, wanted, context):
    """Whether one condition is met. A key that the call does not have meets only the negated operators."""
    has = context.get(key)
    compare = {
        "StringEquals": lambda one: one == has,
        "StringNotEquals": lambda one: one == has,
        "StringLike": lambda one: like(one, has),
        "ArnLike": lambda one: like(one, has),
        "ArnEquals": lambda one: like(one, has),
        "Bool": lambda one: one == has,
        "BoolIfExists": lambda one: has is None or one == has,
    }[operator]
    if operator == "BoolIfExists":
        return any(map(compare, listed(wanted)))
    if operator == "StringNotEquals":
        return has is None or not any(map(compare, listed(wanted)))
    return has is not None and any(map(compare, listed(wanted)))


def applies(statement, action, resource, context):
    """Whether a statement is about this call."""
    known = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
    if unknown := statement.keys() - known:
        raise ValueError(f"policies.py does not know {unknown}")
    named = [like(one, action, True) for one in listed(statement.get("Action", statement.get("NotAction")))]
    if any(named) == ("NotAction" in statement):
        return False
    if "Principal" not in statement:
        on = [like(one, resource) for one in listed(statement.get("Resource", statement.get("NotResource")))]
        if any(on) == ("NotResource" in statement):
            return False
    return all(
        holds(operator, key, wanted, context)
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )


def effects(policies, action, resource, context):
    """The effects of all statements that are about a call."""
    return {
        statement["Effect"]
        for policy in policies
        for statement in listed(policy["Statement"])
        if applies(statement, action, resource, context)
    }


class Role:
    """A role with its policies, its boundary and whom it trusts."""

    def __init__(self, policies, boundary=None, trust=None):
        self.policies, self.boundary, self.trust = policies, boundary, trust

    def may(self, action, resource, **context):
        """Whether IAM lets the role do it. Conditions are given as `iam__PassedToService="…"`."""
        context = {key.replace("__", ":"): value for key, value in context.items()}
        found = effects(self.policies, action, resource, context)
        bounds = {"Allow"} if self.boundary is None else effects([self.boundary], action, resource, context)
        return "Deny" not in found | bounds and "Allow" in found and "Allow" in bounds

    def lets_in(self, claims):
        """Whether GitHub's token with these claims gets the role."""
        context = {f"{GITHUB}:{claim}": value for claim, value in claims.items()}
        return effects([self.trust], "sts:AssumeRoleWithWebIdentity", "*", context) == {"Allow"}


def roles(state):
    """GitHub's roles as `terraform show -json` has them: `plan` and `deploy`."""
    managed = {one["arn"]: json.loads(one["policy"]) for _, one in checks.resources(state, "aws_iam_policy")}
    attached = [one for _, one in checks.resources(state, "aws_iam_role_policy_attachment")]
    inline = [one for _, one in checks.resources(state, "aws_iam_role_policy")]
    found = {}
    for index, role in checks.resources(state, "aws_iam_role"):
        if GITHUB not in role["assume_role_policy"]:
            continue
        # A policy of AWS's own is not among them: a role that has one fails here.
        policies = [managed[one["policy_arn"]] for one in attached if one["role"] == role["name"]]
        policies += [json.loads(one["policy"]) for one in inline if one["role"] in (role["id"], role["name"])]
        boundary = managed.get(role["permissions_boundary"])
        found[index] = Role(policies, boundary, json.loads(role["assume_role_policy"]))
    return found


def arn(service, resource, region=REGION):
    """An ARN of the account."""
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def iam(resource):
    """An ARN of IAM."""
    return arn("iam", resource, "")


# Every way to change a role, a policy or whom one trusts.
ON_ROLES = [
    "AttachRolePolicy", "CreateRole", "DeleteRole", "DeleteRolePermissionsBoundary", "DeleteRolePolicy",
    "DetachRolePolicy", "PassRole", "PutRolePermissionsBoundary", "PutRolePolicy", "TagRole", "UntagRole",
    "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription",
]  # fmt: skip
ON_POLICIES = ["CreatePolicy", "CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "SetDefaultPolicyVersion"]
ON_TABLES = [
    "BatchGetItem", "DeleteItem", "DeleteTable", "EnableKinesisStreamingDestination", "ExportTableToPointInTime", "GetItem",
    "GetRecords", "PartiQLSelect", "PutItem", "PutResourcePolicy", "Query", "RestoreTableToPointInTime", "Scan",
    "SearchVectors", "UpdateItem",
]  # fmt: skip


def refused():
    """What neither role may do, whatever else it did before: (action, resource, conditions)."""
    boundary = {"iam__PermissionsBoundary": iam("policy/dibs-dev-boundary")}
    lambda_ = {"iam__PassedToService": "lambda.amazonaws.com"}
    found = []
    # On themselves, on who may do more, on another environment, and on people.
    for role in ["dibs-dev-deploy", "dibs-dev-plan", "dibs-prod-deploy", "dibs-prod/dibs-prod-auth-login", "Admin"]:
        found += [(f"iam:{action}", iam(f"role/{role}"), boundary | lambda_) for action in ON_ROLES]
    for policy in ["dibs-dev-boundary", "dibs-dev-limits", "dibs-dev-reads", "dibs-prod-boundary"]:
        found += [(f"iam:{action}", iam(f"policy/{policy}"), {}) for action in ON_POLICIES]
    found += [
        ("iam:CreateUser", iam("user/eve"), {}),
        ("iam:CreateAccessKey", iam("user/ann"), {}),
        ("iam:AddUserToGroup", iam("group/dibs-prod-administrators"), {}),
        ("iam:UpdateOpenIDConnectProviderThumbprint", iam(f"oidc-provider/{GITHUB}"), {}),
        ("iam:DeleteOpenIDConnectProvider", iam(f"oidc-provider/{GITHUB}"), {}),
    ]
    own = iam("role/dibs-dev/dibs-dev-auth-login")
    found += [
        # A role of the environment: without the boundary, with another's trust, to another service, by another policy.
        ("iam:CreateRole", own, {}),
        ("iam:CreateRole", own, {"iam__PermissionsBoundary": iam("policy/dibs-prod-boundary")}),
        ("iam:PutRolePolicy", own, {}),
        ("iam:UpdateAssumeRolePolicy", own, boundary),
        ("iam:PutRolePermissionsBoundary", own, boundary),
        ("iam:DeleteRolePermissionsBoundary", own, boundary),
        ("iam:AttachRolePolicy", own, boundary),
        ("iam:PassRole", own, {"iam__PassedToService": "ec2.amazonaws.com"}),
        ("iam:PassRole", own, {}),
        ("sts:AssumeRole", own, {}),
        ("sts:AssumeRole", iam("role/dibs-prod/dibs-prod-auth-login"), {}),
    ]
    for environment in ["dev", "prod"]:
        prefix = f"dibs-{environment}"
        for table in ["accounts", "wallet"]:
            name = arn("dynamodb", f"table/{prefix}-{table}")
            found += [(f"dynamodb:{action}", name, {}) for action in ON_TABLES]
        secret = arn("secretsmanager", f"secret:{prefix}/signing-key-a1B2c3")
        found += [
            ("secretsmanager:GetSecretValue", secret, {}),
            ("secretsmanager:PutSecretValue", secret, {}),
            ("secretsmanager:UpdateSecret", secret, {}),
            ("secretsmanager:PutResourcePolicy", secret, {}),
            ("sqs:ReceiveMessage", arn("sqs", f"{prefix}-outbox"), {}),
            ("logs:FilterLogEvents", arn("logs", f"log-group:/dibs/{prefix}/functions:*"), {}),
            ("logs:GetLogEvents", arn("logs", f"log-group:/dibs/{prefix}/functions:*"), {}),
            ("logs:StartQuery", arn("logs", f"log-group:/dibs/{prefix}/functions:*"), {}),
            ("lambda:InvokeFunction", arn("lambda", f"function:{prefix}-auth-login"), {}),
            ("lambda:CreateFunctionUrlConfig", arn("lambda", f"function:{prefix}-auth-login"), {}),
            ("lambda:AddPermission", arn("lambda", f"function:{prefix}-auth-login"), {"lambda__Principal": "*"}),
            ("apigateway:DELETE", f"arn:aws:apigateway:{REGION}::/apis/{environment}", {}),
        ]
    prod = arn("lambda", "function:dibs-prod-auth-login")
    found += [
        ("s3:GetObject", "arn:aws:s3:::dibs-state/dibs-prod/terraform.tfstate", {}),
        ("s3:GetObject", f"arn:aws:s3:::dibs-prod-trail-{ACCOUNT}/AWSLogs/x", {}),
        ("s3:GetObject", f"arn:aws:s3:::dibs-prod-code-{ACCOUNT}/accounts.zip", {}),
        ("s3:GetObject", "arn:aws:s3:::payroll/2026.csv", {}),
        ("s3:PutObject", f"arn:aws:s3:::dibs-prod-code-{ACCOUNT}/accounts.zip", {}),
        ("s3:PutObject", f"arn:aws:s3:::dibs-prod-web-{ACCOUNT}/index.html", {}),
        ("s3:DeleteObject", f"arn:aws:s3:::dibs-prod-web-{ACCOUNT}/assets/index-a1B2c3.js", {}),
        ("s3:PutBucketPolicy", f"arn:aws:s3:::dibs-dev-web-{ACCOUNT}", {}),
        ("cloudfront:UpdateFunction", arn("cloudfront", "function/dibs-prod-web-pages", ""), {}),
        ("cloudfront:UpdateFunction", arn("cloudfront", "function/dibs-dev-viewer-address", ""), {}),
        ("cloudfront:UpdateDistribution", arn("cloudfront", "distribution/E1", ""), {}),
        ("ssm:GetParameter", arn("ssm", "parameter/database-password"), {}),
        ("lambda:GetFunction", prod, {}),
        ("lambda:GetFunctionConfiguration", prod, {}),
        ("lambda:ListFunctions", "*", {}),
        ("lambda:UpdateFunctionCode", prod, {}),
        ("lambda:UpdateAlias", prod, {}),
        ("lambda:CreateEventSourceMapping", "*", {"lambda__FunctionArn": prod}),
        ("dynamodb:UpdateTable", arn("dynamodb", "table/dibs-prod-wallet"), {}),
        ("sqs:SetQueueAttributes", arn("sqs", "dibs-prod-grants"), {}),
        ("cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:dibs-prod-api-errors"), {}),
        ("cloudwatch:DeleteDashboards", arn("cloudwatch", "dashboard/dibs-dev2", ""), {}),
        ("ec2:RunInstances", arn("ec2", "instance/*"), {}),
        ("logs:DeleteResourcePolicy", "*", {}),
        ("cloudtrail:StopLogging", arn("cloudtrail", "trail/dibs-prod"), {}),
    ]
    return found


def applied(api):
    """What an apply does, of each kind one: (action, resource, conditions). `api` is the id of the HTTP API."""
    function = arn("lambda", "function:dibs-dev-auth-login")
    role = iam("role/dibs-dev/dibs-dev-auth-login")
    boundary = {"iam__PermissionsBoundary": iam("policy/dibs-dev-boundary")}
    return [
        ("lambda:UpdateFunctionCode", function, {}),
        ("lambda:PublishVersion", function, {}),
        ("lambda:UpdateAlias", f"{function}:live", {}),
        ("lambda:AddPermission", f"{function}:live", {"lambda__Principal": "apigateway.amazonaws.com"}),
        ("lambda:UpdateEventSourceMapping", "*", {"lambda__FunctionArn": f"{function}:live"}),
        ("iam:CreateRole", role, boundary),
        ("iam:PutRolePolicy", role, boundary),
        ("iam:DeleteRolePolicy", role, {}),
        ("iam:PassRole", role, {"iam__PassedToService": "lambda.amazonaws.com"}),
        ("iam:PassRole", iam("role/dibs-dev/dibs-dev-outbox"), {"iam__PassedToService": "pipes.amazonaws.com"}),
        ("s3:PutObject", f"arn:aws:s3:::dibs-dev-code-{ACCOUNT}/accounts.zip", {}),
        ("s3:PutObject", f"arn:aws:s3:::dibs-dev-web-{ACCOUNT}/index.html", {}),
        ("s3:PutObject", f"arn:aws:s3:::dibs-dev-web-{ACCOUNT}/assets/index-a1B2c3.js", {}),
        ("cloudfront:UpdateFunction", arn("cloudfront", "function/dibs-dev-web-pages", ""), {}),
        ("cloudfront:PublishFunction", arn("cloudfront", "function/dibs-dev-web-pages", ""), {}),
        ("s3:PutObject", "arn:aws:s3:::dibs-state/dibs-dev/terraform.tfstate", {}),
        ("dynamodb:UpdateTable", arn("dynamodb", "table/dibs-dev-deals"), {}),
        ("sqs:SetQueueAttributes", arn("sqs", "dibs-dev-grants"), {}),
        ("cloudwatch:PutDashboard", arn("cloudwatch", "dashboard/dibs-dev", ""), {}),
        ("events:UpdateEventBus", arn("events", "event-bus/dibs-dev-platform"), {}),
        ("events:CreateArchive", arn("events", "archive/dibs-dev-platform"), {}),
        ("events:CreateArchive", arn("events", "event-bus/dibs-dev-platform"), {}),
        ("logs:PutRetentionPolicy", arn("logs", "log-group:/dibs/dibs-dev/functions"), {}),
        ("lambda:TagResource", arn("lambda", "event-source-mapping:1"), {}),
        ("apigateway:POST", f"arn:aws:apigateway:{REGION}::/apis/{api}/routes", {}),
        ("apigateway:PATCH", f"arn:aws:apigateway:{REGION}::/apis/{api}", {}),
        ("cloudwatch:PutMetricAlarm", arn("cloudwatch", "alarm:dibs-dev-api-errors"), {}),
        ("secretsmanager:CreateSecret", arn("secretsmanager", "secret:dibs-dev/provider-a1B2c3"), {}),
        ("sns:Subscribe", arn("sns", "dibs-dev-alarms"), {}),
        ("sns:Unsubscribe", "*", {}),
        ("sns:SetSubscriptionAttributes", "*", {}),
        ("scheduler:UpdateSchedule", arn("scheduler", "schedule/dibs-dev/dibs-dev-concerts-sweep-holds"), {}),
        ("pipes:UpdatePipe", arn("pipes", "pipe/dibs-dev-outbox"), {}),
    ]


def planned():
    """What a plan reads, of each kind one."""
    return [
        ("lambda:GetFunction", arn("lambda", "function:dibs-dev-auth-login"), {}),
        ("dynamodb:DescribeTable", arn("dynamodb", "table/dibs-dev-accounts"), {}),
        ("iam:GetRolePolicy", iam("role/dibs-dev-deploy"), {}),
        ("secretsmanager:DescribeSecret", arn("secretsmanager", "secret:dibs-dev/signing-key-a1B2c3"), {}),
        ("s3:GetObject", "arn:aws:s3:::dibs-state/dibs-dev/terraform.tfstate", {}),
        ("s3:ListBucket", "arn:aws:s3:::dibs-state", {"s3__prefix": "dibs-dev/terraform.tfstate"}),
        ("sqs:GetQueueAttributes", arn("sqs", "dibs-dev-grants"), {}),
    ]


def token(environment, owner="someone@123456", name="dibs@456789", **claims):
    """The claims of a job of the repository."""
    repository = {"aud": "sts.amazonaws.com", "repository_id": "456789", "ref": "refs/heads/main"}
    return repository | {"sub": f"repo:{owner}/{name}:environment:{environment}"} | claims


def tokens():
    """Tokens of GitHub's: (which role, the claims, whether they get it)."""
    pull = {"ref": "refs/pull/7/merge"}
    return [
        ("deploy", token("dev"), True),
        ("deploy", token("dev", "someone", "dibs"), True),
        ("deploy", token("dev", **pull), False),
        ("deploy", token("dev-plan"), False),
        ("deploy", token("prod"), False),
        ("deploy", token("dev", "someone@999", "dibs@888", repository_id="888"), False),
        # Whoever takes over the name, from before the new form.
        ("deploy", token("dev", "someone", "dibs", repository_id="888"), False),
        ("deploy", token("dev", aud="https://github.com/someone"), False),
        ("plan", token("dev-plan", **pull), True),
        ("plan", token("dev-plan", "someone", "dibs", **pull), True),
        ("plan", token("dev"), False),
        ("plan", token("dev-plan", "eve@5", "dibs@6", repository_id="6", **pull), False),
    ]


# Refused only because no policy names them. The rest the boundary refuses, whatever policies a role has.
ONLY_UNNAMED = {
    "apigateway:DELETE", "cloudfront:UpdateDistribution", "cloudfront:UpdateFunction", "cloudtrail:StopLogging",
    "cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "dynamodb:UpdateTable", "ec2:RunInstances",
    "lambda:CreateEventSourceMapping", "lambda:UpdateAlias", "logs:DeleteResourcePolicy", "s3:PutBucketPolicy", "sqs:SetQueueAttributes",
}  # fmt: skip
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def differences(state):
    """Where GitHub's roles may do more or less than they should, in sentences."""
    found = []
    github = roles(state)
    api = next((one["id"] for _, one in checks.resources(state, "aws_apigatewayv2_api")), "api")
    if sorted(github) != ["deploy", "plan"]:
        return [f"GitHub has the roles {sorted(github)}, and should have deploy and plan"]
    for name, role in github.items():
        if role.boundary is None:
            found.append(f"the role {name} has no boundary")
        unlimited = Role([EVERYTHING], role.boundary)
        for action, resource, context in refused():
            if role.may(action, resource, **context):
                found.append(f"the role {name} may {action} on {resource}")
            if action not in ONLY_UNNAMED and unlimited.may(action, resource, **context):
                found.append(f"the boundary of the role {name} lets it {action} on {resource}")
        for action, resource, context in planned() + (applied(api) if name == "deploy" else []):
            if not role.may(action, resource, **context):
                found.append(f"the role {name} may not {action} on {resource}")
    for action, resource, context in applied(api):
        if github["plan"].may(action, resource, **context):
            found.append(f"the role plan may {action} on {resource}")
    for name, claims, expected in tokens():
        if github[name].lets_in(claims) != expected:
            found.append(f"the role {name} {'refuses' if expected else 'trusts'} {claims['sub']} of {claims['ref']}")
    return found


def group_differences(state):
    """What developers and readers of tables they may touch although people, money or codes stand in them."""
    found = []
    inline = {}
    for _, one in checks.resources(state, "aws_iam_group_policy"):
        inline.setdefault(one["group"], []).append(json.loads(one["policy"]))
    for group, written in inline.items():
        if group.endswith("-administrators"):
            continue
        person = Role([EVERYTHING, *written])
        for table in ["accounts", "rewards", "wallet"]:
            for region in [REGION, "us-east-1"]:
                name = arn("dynamodb", f"table/dibs-dev-{table}", region)
                for action in ["CreateTableReplica", *ON_TABLES]:
                    if action != "DeleteTable" and person.may(f"dynamodb:{action}", name, aws__MultiFactorAuthPresent="true"):
                        found.append(f"the group {group} may dynamodb:{action} on {name}")
        if person.may("s3:ListAllMyBuckets", "*", aws__MultiFactorAuthPresent="false"):
            found.append(f"the group {group} works without a second factor")
    return found


def too_large(state):
    """The policies that IAM would refuse for their size; blanks are not counted."""
    found, inline = [], {}
    for _, one in checks.resources(state, "aws_iam_policy"):
        size = len(re.sub(r"\s", "", one["policy"]))
        if size > 6144:
            found.append(f"the policy {one['name']} has {size} characters, and IAM takes 6144")
    for _, one in checks.resources(state, "aws_iam_role_policy"):
        inline[one["role"]] = inline.get(one["role"], 0) + len(re.sub(r"\s", "", one["policy"]))
    found += [
        f"the role {role} has {size} characters of inline policies, and IAM takes 10240"
        for role, size in inline.items()
        if size > 10240
    ]
    return found


# As IAM names the services that moto names otherwise. IAM has one action for all reads of an API and of a budget; what a
# read of S3 is, moto does not tell.
SERVICES = {"apigatewayv2": "apigateway", "awslambda": "lambda", "monitoring": "cloudwatch"}


def unread(state, calls):
    """What a plan called and the role `plan` may not. `calls` has a line `service action` for each call."""
    plan = roles(state)["plan"]
    named = {
        action.lower()
        for policy in plan.policies
        for statement in listed(policy["Statement"])
        for action in listed(statement["Action"])
    }
    found = set()
    for line in sorted(set(calls.splitlines())):
        service, action = line.split()
        service = SERVICES.get(service, service)
        # Who one is, anybody may ask; the provider asks IAM first, and takes a refusal.
        if service == "s3" or line in ("sts GetCallerIdentity", "iam GetUser"):
            continue
        action = {"apigateway": "GET", "budgets": "ViewBudget"}.get(service, action)
        if not any(like(one, f"{service}:{action}".lower()) for one in named):
            found.add(f"a plan calls {service}:{action}, which the role plan may not")
    return sorted(found)


def boundary_differences(state):
    """Whether functions can have variables and secrets decrypted under the boundary, and nothing else."""
    boundary = next(
        json.loads(one["policy"])
        for _, one in checks.resources(state, "aws_iam_policy")
        if one["name"].endswith("-boundary")
    )
    found = []
    for service in ["lambda", "secretsmanager"]:
        via = {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}
        if effects([boundary], "kms:Decrypt", arn("kms", "key/1"), via) != {"Allow"}:
            found.append(f"the boundary does not allow kms:Decrypt through {service}")
    if effects([boundary], "kms:Decrypt", arn("kms", "key/1"), {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}):
        found.append("the boundary allows kms:Decrypt through s3")
    return found
