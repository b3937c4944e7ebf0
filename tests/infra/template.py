"""Writes template.yaml, for people who deploy with SAM: the same functions as Terraform's, from the same entries.

template.py            writes it
template.py --check    fails when it is not what would be written
"""

import sys

import definitions
import short_forms
import template_web
from definitions import ROOT, SECRETS, SETTINGS
from short_forms import Tag, arn, given, ref, sub

TEMPLATE = ROOT / "template.yaml"

HEADER = """\
# The same functions as terraform/ deploys, for people who use SAM; DEPLOYING.md says how.
# Made from terraform/functions.json by tests/infra/template.py; do not edit. CloudFormation takes 500 resources in a
# stack. Therefore there are no aliases, and one role lets the API call every function, in place of a permission for
# each. Dashboard, alarms, network, limits of routes, access log and CORS are Terraform's alone.
"""


def camel(name):
    """The logical id of a name: `accounts-login` is AccountsLogin."""
    return "".join(part.capitalize() for part in name.split("-"))


def table(name):
    """The logical id of a table."""
    return f"{camel(name)}Table"


def queue(name):
    """The logical id of a queue, or of the dead letters of one: `grants`, `grants-dlq`."""
    return f"{camel(name)}" if name.endswith("-dlq") else f"{camel(name)}Queue"


def secret(name):
    """The logical id of a secret."""
    return f"{camel(name)}Secret"


JWKS_PATTERN = r'^\{\s*"keys"\s*:\s*\[\s*\{.*"kid"\s*:.*\}\s*\]\s*\}\s*$'

# `mail_from` of terraform/environments/common/variables.tf, and empty for no mails.
MAIL_FROM_PATTERN = "^$|^([^<>@]+ <[^<>@ ]+@[^<>@ ]+>|[^<>@ ]+@[^<>@ ]+)$"

# Without its secret's value a function does not start, so those that are not needed are not there.
CONDITIONS = {"parties": "HasParties", "provider": "HasProvider"}


def under(name, value):
    """A value that belongs to a secret: only where the secret is."""
    return given(CONDITIONS[name], value) if name in CONDITIONS else value


def parameters():
    """What a deployment chooses."""
    text = {"Type": "String", "Default": ""}
    # Empty is not set, and follows from the environment's name.
    switch = text | {"AllowedValues": ["", "true", "false"]}
    number = text | {"AllowedPattern": "^[0-9]*$"}
    return {
        "Environment": {
            "Type": "String",
            "Default": "dev",
            "AllowedPattern": "^[a-z][a-z0-9]{1,9}$",
            "Description": "Every name begins with dibs-<environment>.",
        },
        "Architecture": {"Type": "String", "Default": "arm64", "AllowedValues": ["arm64", "x86_64"]},
        "Jwks": {
            "Type": "String",
            # What is left of the document when a shell or SAM takes its quotes is refused here, not at a function's start.
            "AllowedPattern": JWKS_PATTERN,
            "ConstraintDescription": "The public keys as one line of JSON, its quotes kept; DEPLOYING.md has the command.",
            "Description": "The public keys of access tokens, a JWKS document.",
        },
        "LogLevel": {"Type": "String", "Default": "info"},
        "LogRetentionDays": {"Type": "Number", "Default": 30},
        "ConditionUrl": text | {"Description": "The service that checks conditions; empty for none."},
        "FulfilmentUrl": text | {"Description": "The service that fulfils rewards; empty for none."},
        "ProviderUrl": text | {"Description": "The payment provider; empty for none."},
        "CallbackUrl": text
        | {
            "Description": "Where the provider reports: <address>/api/v1/payments/callbacks, once it is known."
        },
        "SelfCharge": switch | {"Description": "Whether users may charge their own balance; not in prod."},
        "ExternalChecksPerMinute": number | {"Description": "Outside condition checks of a user; 30."},
        "RegistrationsPerHour": number | {"Description": "Registrations of a network, 0 for no limit; 60 in prod."},
        "StrictPasswords": switch | {"Description": "Whether the commonest passwords are refused; in prod."},
        "EventSchemasUrl": text
        | {"Description": "Where the schemas of events are: <address>/api/v1/event-schemas, once it is known."},
        "LiveSockets": number | {"Description": "Connections that may subscribe to one topic; 2000."},
        "EventsAlone": switch | {"Description": "Whether each domain event goes to the bus alone; false."},
        "TimeZone": text | {"Description": "The time zone whose days analytics show by default; Asia/Seoul."},
        "EmailHashDays": number | {"Description": "Days that a closed account's e-mail is known by its hash; 365."},
        "RequireConfirmedEmail": switch
        | {"Description": "Whether an e-mail must be confirmed before claims, orders and reservations; in prod."},
        "RequireStaffTotp": switch | {"Description": "Whether staff need an authenticator app; in prod."},
        "MailFrom": text
        | {
            "AllowedPattern": MAIL_FROM_PATTERN,
            "ConstraintDescription": "An address like no-reply@example.com, or dibs <no-reply@example.com>.",
            "Description": "The sender of all mails; empty for none: mails are then given up.",
        },
        "LinksUrl": text
        | {"Description": "The URL with which links in mails begin: the address, once it is known. MailFrom needs it."},
        "AuditRetentionDays": {
            "Type": "Number",
            "Default": 365,
            "MinValue": 1,
            "Description": "Days for which an object of the audit's archive can be neither changed nor deleted.",
        },
        "AuditLockMode": {
            "Type": "String",
            "Default": "GOVERNANCE",
            "AllowedValues": ["GOVERNANCE", "COMPLIANCE"],
            "Description": "The object lock of the audit's archive; nobody can lift COMPLIANCE.",
        },
    } | template_web.parameters()


def rules():
    """What is refused before anything is deployed."""
    without_links = {
        "Assert": Tag("Not", [Tag("Equals", [ref("LinksUrl"), ""])]),
        "AssertDescription": "MailFrom needs LinksUrl: without it, every mail is given up.",
    }
    return {
        "MailsNeedLinks": {
            "RuleCondition": Tag("Not", [Tag("Equals", [ref("MailFrom"), ""])]),
            "Assertions": [without_links],
        }
    } | template_web.rules()


def conditions():
    """When what is there."""

    def has(parameter):
        return Tag("Not", [Tag("Equals", [ref(parameter), ""])])

    return {
        "HasCondition": has("ConditionUrl"),
        "HasFulfilment": has("FulfilmentUrl"),
        "HasProvider": has("ProviderUrl"),
        "HasCallback": has("CallbackUrl"),
        "HasMails": has("MailFrom"),
        "HasParties": Tag("Or", [{"Condition": "HasCondition"}, {"Condition": "HasFulfilment"}]),
        "IsProd": Tag("Equals", [ref("Environment"), "prod"]),
    } | template_web.conditions()


def table_resource(name, definition):
    """A table, as schema.json defines it."""
    indexes = definition["indexes"]
    attributes = [one[key] for one in [definition, *indexes.values()] for key in ["partition_key", "sort_key"]]
    properties = {
        "TableName": sub(f"dibs-${{Environment}}-{name}"),
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": attribute, "AttributeType": "S"} for attribute in dict.fromkeys(attributes)
        ],
        "KeySchema": key_schema(definition),
    }
    if definition["stream_view"]:
        properties["StreamSpecification"] = {"StreamViewType": definition["stream_view"]}
    properties |= {
        "TimeToLiveSpecification": {"AttributeName": definition["ttl_attribute"], "Enabled": True},
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": Tag("If", ["IsProd", True, False])
        },
        "DeletionProtectionEnabled": Tag("If", ["IsProd", True, False]),
    }
    if indexes:
        properties["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": key_schema(one),
                "Projection": {"ProjectionType": one["projection"]},
            }
            for index, one in indexes.items()
        ]
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": properties,
    }


def key_schema(definition):
    """The key of a table or an index."""
    return [
        {"AttributeName": definition["partition_key"], "KeyType": "HASH"},
        {"AttributeName": definition["sort_key"], "KeyType": "RANGE"},
    ]


def queue_resource(name, **properties):
    """A queue, encrypted."""
    return {
        "Type": "AWS::SQS::Queue",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {"QueueName": sub(f"dibs-${{Environment}}-{name}"), "SqsManagedSseEnabled": True}
        | properties,
    }


def queue_resources():
    """Each queue with its dead letters, and that of the streams."""
    found = {"StreamsDlq": queue_resource("streams-dlq", MessageRetentionPeriod=14 * 86400)}
    for name, definition in definitions.queues().items():
        dead = f"{camel(name)}Dlq"
        found[dead] = queue_resource(f"{name}-dlq", MessageRetentionPeriod=14 * 86400)
        redrive = {"deadLetterTargetArn": arn(dead), "maxReceiveCount": definition["receives_max"]}
        visibility_s = definition["visibility_s"]
        found[queue(name)] = queue_resource(name, VisibilityTimeout=visibility_s, RedrivePolicy=redrive)
    return found


def secret_resources():
    """The secrets, without values."""
    found = {}
    for name in SECRETS:
        found[secret(name)] = {
            "Type": "AWS::SecretsManager::Secret",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"Name": sub(f"dibs-${{Environment}}/{name}")},
        }
        if name in CONDITIONS:
            found[secret(name)]["Condition"] = CONDITIONS[name]
    return found


def target(resource):
    """The ARN of a resource as `definitions.grants` names it."""
    kind, name, *rest = resource.split("/")
    if kind == "table":
        return sub("/".join([f"${{{table(name)}.Arn}}", *rest])) if rest else arn(table(name))
    if kind == "stream":
        return Tag("GetAtt", f"{table(name)}.StreamArn")
    if kind == "secret":
        return ref(secret(name))
    if kind == "sockets":
        return sub("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Sockets}/live/*/@connections/*")
    return arn("StreamsDlq") if name == "streams-dlq" else arn(queue(name))


def statements(name, entry):
    """What the function's role may do, beside logs and traces."""
    services = {"table": "dynamodb", "stream": "dynamodb", "queue": "sqs", "secret": "secretsmanager", "sockets": "execute-api"}
    found = []
    for resource, actions in sorted(definitions.grants(entry).items()):
        kind, of = resource.split("/")[:2]
        allow = {
            "Effect": "Allow",
            "Action": [f"{services[kind]}:{action}" for action in sorted(actions)],
            "Resource": target(resource),
        }
        found.append(under(of, allow) if kind == "secret" else allow)
    if name == definitions.ARCHIVING:
        # Objects are only created: a function that can neither read nor delete cannot leak or empty the archive.
        found.append({"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": sub("${AuditBucket.Arn}/*")})
    if entry.get("sends_mail"):
        ses = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}"
        sender = [sub(f"{ses}:identity/${{MailIdentity}}"), sub(f"{ses}:configuration-set/${{MailConfigurationSet}}")]
        allow = {"Effect": "Allow", "Action": ["ses:SendEmail"], "Resource": sender}
        found.append(given("HasMails", allow))
    return found


def environment(name, entry):
    """The variables of a function, beside those that all have."""
    found = {}
    for of in sorted({of.split("/")[0] for of in entry.get("tables", {})}):
        found[definitions.table_variable(of)] = ref(table(of))
    # The address of a queue's dead letters follows from that of the queue.
    for of in sorted({of.removesuffix("-dlq") for of in entry.get("queues", {})}):
        found[definitions.queue_variable(of)] = ref(queue(of))
    for of in entry.get("secrets", []):
        found[SECRETS[of]] = under(of, ref(secret(of)))
    if entry.get("calls_out") and "parties" in entry.get("secrets", []):
        found["DIBS_CONDITION_URL"] = given("HasCondition", ref("ConditionUrl"))
        found["DIBS_FULFILMENT_URL"] = given("HasFulfilment", ref("FulfilmentUrl"))
    if entry.get("calls_out") and "provider" in entry.get("secrets", []):
        found["DIBS_PROVIDER_URL"] = given("HasProvider", ref("ProviderUrl"))
        found["DIBS_CALLBACK_URL"] = given("HasCallback", ref("CallbackUrl"))
    if "routes" in entry or "socket" in entry.get("source", {}) or "sends_to_sockets" in entry:
        found["DIBS_JWKS"] = ref("Jwks")
    if "sends_to_sockets" in entry:
        found["DIBS_SOCKETS_URL"] = sub("https://${Sockets}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live")
    if name == definitions.ARCHIVING:
        found["DIBS_AUDIT_BUCKET"] = ref("AuditBucket")
    if entry.get("sends_mail"):
        found["DIBS_MAIL_FROM"] = given("HasMails", ref("MailFrom"))
        found["DIBS_MAIL_CONFIGURATION_SET"] = given("HasMails", ref("MailConfigurationSet"))
        found["DIBS_LINKS_URL"] = given("HasMails", ref("LinksUrl"))
    return found


def api_resources():
    """The HTTP API with the routes of all functions, and the role with which it calls them."""
    paths = {}
    for name, entry in definitions.functions().items():
        uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${%s.Arn}/invocations"
        integration = {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "payloadFormatVersion": "2.0",
            "uri": sub(uri % camel(name)),
            "credentials": arn("ApiRole"),
        }
        for route in entry.get("routes", []):
            method, path = definitions.method_and_path(route)
            called = {"responses": {}, "x-amazon-apigateway-integration": integration}
            if route == "$default":
                # Without it, API Gateway takes /$default for a path like any other.
                called["isDefaultRoute"] = True
            paths.setdefault(path, {})[method] = called
    return {
        "Api": {
            "Type": "AWS::Serverless::HttpApi",
            "Properties": {
                "DefinitionBody": {
                    "openapi": "3.0.1",
                    "info": {"title": sub("dibs-${Environment}"), "version": "1"},
                    "paths": paths,
                },
            },
        },
        "ApiRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": assumed_by("apigateway.amazonaws.com"),
                "Policies": [
                    {
                        "PolicyName": "call-the-functions",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [
                                {
                                    "Effect": "Allow",
                                    "Action": "lambda:InvokeFunction",
                                    "Resource": sub(
                                        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:dibs-${Environment}-*"
                                    ),
                                }
                            ],
                        },
                    }
                ],
            },
        },
    }


def assumed_by(service):
    """The policy of a role that a service of AWS takes on."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}],
    }


def socket_resources():
    """The WebSocket API with the functions that its routes call, by the role with which the HTTP API calls others."""
    uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${%s.Arn}/invocations"
    found = {
        "Sockets": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {
                "Name": sub("dibs-${Environment}-sockets"),
                "ProtocolType": "WEBSOCKET",
                "RouteSelectionExpression": "$request.body.action",
            },
        },
        "SocketsStage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {"ApiId": ref("Sockets"), "StageName": "live", "AutoDeploy": True},
        },
    }
    for name, entry in definitions.functions().items():
        route = entry.get("source", {}).get("socket")
        if not route:
            continue
        integration, logical = f"{camel(name)}Integration", f"{camel(name)}Route"
        found[integration] = {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": ref("Sockets"),
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": sub(uri % camel(name)),
                "CredentialsArn": arn("ApiRole"),
            },
        }
        properties = {"ApiId": ref("Sockets"), "RouteKey": route, "Target": sub(f"integrations/${{{integration}}}")}
        found[logical] = {"Type": "AWS::ApiGatewayV2::Route", "Properties": properties}
        # Only messages of clients have replies.
        if route == "$default":
            properties["RouteResponseSelectionExpression"] = "$default"
            reply = {"ApiId": ref("Sockets"), "RouteId": ref(logical), "RouteResponseKey": "$default"}
            found[f"{logical}Response"] = {"Type": "AWS::ApiGatewayV2::RouteResponse", "Properties": reply}
    return found


def events(entry):
    """The source that calls a worker: a queue, a stream or a schedule."""
    found = {}
    source = entry.get("source", {})
    if "queue" in source:
        called = {
            "Queue": arn(queue(source["queue"])),
            "BatchSize": 10,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": 50},
        }
        found["Queue"] = {"Type": "SQS", "Properties": called}
    if "stream" in source:
        called = {
            "Stream": Tag("GetAtt", f"{table(source['stream'])}.StreamArn"),
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": 100,
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": 20,
            "TumblingWindowInSeconds": 900,
            "DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": arn("StreamsDlq")}},
        }
        found["Stream"] = {"Type": "DynamoDB", "Properties": called}
    if "schedule_s" in source:
        minutes = source["schedule_s"] // 60
        rate = "rate(1 minute)" if minutes == 1 else f"rate({minutes} minutes)"
        retry = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
        called = {"ScheduleExpression": rate, "Input": "{}", "RetryPolicy": retry}
        found["Schedule"] = {"Type": "ScheduleV2", "Properties": called}
    return found


def function_resource(name, entry):
    """A function, with its role."""
    properties = {
        "FunctionName": sub(f"dibs-${{Environment}}-{name}"),
        "CodeUri": f"target/lambda/{definitions.binary(name)}/bootstrap.zip",
        "Handler": name,
        "MemorySize": definitions.memory_mb(entry),
        "Timeout": definitions.timeout_s(entry),
        "Environment": {"Variables": environment(name, entry)},
        "Policies": [{"Statement": statements(name, entry)}],
        "Events": events(entry),
    }
    if not properties["Policies"][0]["Statement"]:
        del properties["Policies"]
    if not properties["Environment"]["Variables"]:
        del properties["Environment"]
    if not properties["Events"]:
        del properties["Events"]
    if "schedule_s" in entry.get("source", {}):
        properties["EventInvokeConfig"] = {"MaximumRetryAttempts": 0}
    if "reserved_concurrency" in entry:
        properties["ReservedConcurrentExecutions"] = entry["reserved_concurrency"]
    return {"Type": "AWS::Serverless::Function", "Properties": properties}


def platform_resources():
    """The outbox queue's way to the bus of the data platform."""
    taken = [f"sqs:{action}" for action in definitions.QUEUE_ACTIONS]
    allowed = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": taken, "Resource": arn("OutboxQueue")},
            {"Effect": "Allow", "Action": "events:PutEvents", "Resource": arn("PlatformBus")},
        ],
    }
    policy = {"PolicyName": "from-the-queue-to-the-bus", "PolicyDocument": allowed}
    pipe = {
        "Name": sub("dibs-${Environment}-outbox"),
        "RoleArn": arn("OutboxRole"),
        "Source": arn("OutboxQueue"),
        "SourceParameters": {"SqsQueueParameters": {"BatchSize": 1}},
        "Target": arn("PlatformBus"),
        "TargetParameters": {
            "InputTemplate": "<$.body>",
            "EventBridgeEventBusParameters": {"Source": "dibs", "DetailType": "$.body.type"},
        },
    }
    return {
        "PlatformBus": {
            "Type": "AWS::Events::EventBus",
            "Properties": {"Name": sub("dibs-${Environment}-platform")},
        },
        "PlatformArchive": {
            "Type": "AWS::Events::Archive",
            "Properties": {
                "ArchiveName": sub("dibs-${Environment}-platform"),
                "SourceArn": arn("PlatformBus"),
                "RetentionDays": 30,
            },
        },
        "OutboxRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": assumed_by("pipes.amazonaws.com"),
                "Policies": [policy],
            },
        },
        "OutboxPipe": {"Type": "AWS::Pipes::Pipe", "Properties": pipe},
    }


def mail_domain():
    """The domain of the sender, for an address and for a name with an address."""
    address = Tag("Select", [1, Tag("Split", ["@", ref("MailFrom")])])
    return Tag("Select", [0, Tag("Split", [">", address])])


def mail_resources():
    """The sender's domain, which SES verifies, and the configuration set of its mails."""
    identity = {
        "EmailIdentity": mail_domain(),
        "ConfigurationSetAttributes": {"ConfigurationSetName": ref("MailConfigurationSet")},
    }
    mails = {
        "Name": sub("dibs-${Environment}"),
        "DeliveryOptions": {"TlsPolicy": "REQUIRE"},
        "ReputationOptions": {"ReputationMetricsEnabled": True},
        # SES refuses to send to an address that bounced or complained.
        "SuppressionOptions": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
    }
    return {
        "MailIdentity": {"Type": "AWS::SES::EmailIdentity", "Condition": "HasMails", "Properties": identity},
        "MailConfigurationSet": {"Type": "AWS::SES::ConfigurationSet", "Condition": "HasMails", "Properties": mails},
    }


def archive_resources():
    """The bucket with the archive of the audit: nobody can change or delete an object before its retention ends."""
    retention = {"Mode": ref("AuditLockMode"), "Days": ref("AuditRetentionDays")}
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    bucket = {
        "BucketName": sub("dibs-${Environment}-audit-${AWS::AccountId}"),
        "ObjectLockEnabled": True,
        "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}},
        "VersioningConfiguration": {"Status": "Enabled"},
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    }
    only_over_tls = {
        "Sid": "OnlyOverTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn("AuditBucket"), sub("${AuditBucket.Arn}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {
        "Bucket": ref("AuditBucket"),
        "PolicyDocument": {"Version": "2012-10-17", "Statement": [only_over_tls]},
    }
    return {
        "AuditBucket": {
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": bucket,
        },
        "AuditBucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": policy,
        },
    }


def template():
    """The whole template."""
    every_function = {
        "Runtime": "provided.al2023",
        "Architectures": [ref("Architecture")],
        "Tracing": "Active",
        "LoggingConfig": {
            "LogGroup": ref("FunctionLog"),
            "LogFormat": "JSON",
            "ApplicationLogLevel": "TRACE",
            "SystemLogLevel": "WARN",
        },
        "Environment": {
            "Variables": {"DIBS_ENVIRONMENT": ref("Environment"), "DIBS_LOG": ref("LogLevel")}
            | {variable: ref(parameter) for parameter, variable in SETTINGS.items()}
            | template_web.environment()
        },
    }
    resources = api_resources() | {
        "FunctionLog": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "LogGroupName": sub("/dibs/dibs-${Environment}/functions"),
                "RetentionInDays": ref("LogRetentionDays"),
            },
        },
    }
    resources |= {
        table(name): table_resource(name, definition) for name, definition in definitions.tables().items()
    }
    resources |= socket_resources()
    resources |= queue_resources() | secret_resources() | platform_resources()
    resources |= mail_resources() | archive_resources() | template_web.resources()
    resources |= {
        camel(name): function_resource(name, entry) for name, entry in definitions.functions().items()
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": "dibs decides who gets a scarce thing",
        "Parameters": parameters(),
        "Rules": rules(),
        "Conditions": conditions(),
        "Globals": {"Function": every_function},
        "Resources": resources,
        "Outputs": {
            "SocketsAddress": {
                "Description": "Where clients open connections for live updates.",
                "Value": sub("wss://${Sockets}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live"),
            },
            "ApiAddress": {
                "Description": "Where the API answers; its paths begin with /api/v1.",
                "Value": sub("https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"),
            },
            "MailDkimRecords": {
                "Condition": "HasMails",
                "Description": "CNAME records that the domain of MailFrom needs before mails leave.",
                "Value": sub(
                    ", ".join(
                        f"${{MailIdentity.DkimDNSTokenName{number}}} ${{MailIdentity.DkimDNSTokenValue{number}}}"
                        for number in [1, 2, 3]
                    )
                ),
            },
        }
        | template_web.outputs(),
    }


def text():
    """The template as it is written."""
    return HEADER + short_forms.text(template())


if __name__ == "__main__":
    if "--check" not in sys.argv:
        TEMPLATE.write_text(text())
    elif not TEMPLATE.exists() or TEMPLATE.read_text() != text():
        sys.exit(
            "template.yaml is not what terraform/functions.json and schema.json make it: run `python3 tests/infra/template.py`"
        )
