"""A local AWS for Terraform: the backend of the tests (backend.py), with what dibs' Terraform needs and moto 5.2 does not
have.

Each addition says what is missing; it keeps what it is given and gives it back. Usage: aws.py PORT
"""

import collections
import functools
import json
import os
import sys
import threading
import uuid

import backend
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.policy import Policy
from moto.budgets.responses import BudgetsResponse
from moto.core.responses import BaseResponse
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.logs.responses import LogsResponse
from moto.sqs.models import Queue


def answers(response_class):
    """Makes a function that takes a call and gives a dictionary an action of a service that speaks JSON."""

    def register(action):
        setattr(response_class, action.__name__, lambda call: json.dumps(action(call)))
        return action

    return register


def around(owner, name):
    """Puts a function around a method; it is given that method first."""

    def replace(wrapper):
        inner = getattr(owner, name)
        setattr(
            owner,
            name,
            functools.wraps(inner)(lambda self, *args, **kwargs: wrapper(inner, self, *args, **kwargs)),
        )
        return wrapper

    return replace


# A client that lost the answer to a call asks again, under the same id. moto would do the call twice, and refuse the
# second: the role or the alias that the first made exists already.
answers_by_id = collections.OrderedDict()
one_at_a_time = threading.Lock()


@around(backend.Backend, "__call__")
def answer_once(inner, server, environ, start_response):
    """Gives a repeated attempt of a call the answer of the first one, unless that was an error."""
    call = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
    with one_at_a_time:
        if call in answers_by_id:
            # What is not read would break the connection, and this answer would be lost as well.
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            print("answered again:", environ.get("HTTP_AMZ_SDK_REQUEST"), environ["PATH_INFO"], file=sys.stderr)
        else:
            begun = []
            body = list(inner(server, environ, lambda status, headers, _=None: begun.append((status, headers))))
            answer = (*begun[-1], body)
            if call is None or not answer[0].startswith("2"):
                start_response(*answer[:2])
                return body
            answers_by_id[call] = answer
            if len(answers_by_id) > 1000:
                answers_by_id.popitem(last=False)
        status, headers, body = answers_by_id[call]
    start_response(status, headers)
    return body


# What is called, a line `service action` each, for whoever asks what a plan needs.
calls = os.environ.get("DIBS_INFRA_CALLS")
if calls:

    @around(BaseResponse, "call_action")
    def write_down(inner, response):
        """Names a call as IAM does, nearly."""
        with open(calls, "a", encoding="utf-8") as file:
            file.write(f"{response.service_name} {response._get_action()}\n")
        return inner(response)


# SQS keeps RedriveAllowPolicy and does not tell it, and puts spaces into RedrivePolicy.
known_attributes = Queue.attributes.fget


def attributes(queue):
    """What GetQueueAttributes tells."""
    told = known_attributes(queue)
    if told.get("RedrivePolicy"):
        told["RedrivePolicy"] = json.dumps(json.loads(told["RedrivePolicy"]), separators=(",", ":"))
    policy = getattr(queue, "redrive_allow_policy", None)
    return told | ({"RedriveAllowPolicy": policy} if policy else {})


Queue.attributes = property(attributes)


# Lambda forgets where and how a function logs.
@around(LambdaFunction, "__init__")
def keep_logging(inner, function, *args, **kwargs):
    """Keeps the logging of a new function."""
    inner(function, *args, **kwargs)
    spec = kwargs.get("spec") or args[1]
    function.logging = spec.get("LoggingConfig")


@around(LambdaFunction, "update_configuration")
def change_logging(inner, function, changes):
    """Keeps the logging of a changed function."""
    function.logging = changes.get("LoggingConfig", function.logging)
    return inner(function, changes)


@around(LambdaFunction, "get_configuration")
def tell_logging(inner, function, *args, **kwargs):
    """A function's configuration with its logging."""
    return inner(function, *args, **kwargs) | (
        {"LoggingConfig": function.logging} if function.logging else {}
    )


# Lambda keeps a statement twice when a client that lost the answer to AddPermission asks again, and RemovePermission
# removes only one of them.
@around(Policy, "add_statement")
def replace_statement(inner, policy, raw, *args, **kwargs):
    """Adds a statement in place of the one that has its id."""
    sid = json.loads(raw).get("StatementId")
    policy.statements = [one for one in policy.statements if sid is None or one.get("Sid") != sid]
    return inner(policy, raw, *args, **kwargs)


# Lambda takes the alias for the version behind it.
@around(LambdaBackend, "create_event_source_mapping")
def connect(inner, backend, spec):
    """Connects the alias that was named."""
    mapping = inner(backend, spec)
    mapping.function_arn = spec["FunctionName"]
    return mapping


# S3 takes every condition of a bucket's policy as met: one against plain HTTP refuses every upload.
@around(IAMPolicyStatement, "is_action_permitted")
def heed_conditions(inner, statement, action, resource="*", principal=None, incoming_condition_values=None):
    """What a statement says of a call, and nothing where it has a condition and nothing is known of the call."""
    if "Condition" in statement._statement and not incoming_condition_values:
        return PermissionResult.NEUTRAL
    return inner(statement, action, resource, principal, incoming_condition_values)


# CloudWatch Logs has no saved queries.
definitions = {}


@answers(LogsResponse)
def put_query_definition(call):
    """Makes a saved query, or changes the one with this id."""
    known = call._get_param("queryDefinitionId") or str(uuid.uuid4())
    definitions[known] = {
        "queryDefinitionId": known,
        "name": call._get_param("name"),
        "queryString": call._get_param("queryString"),
        "logGroupNames": call._get_param("logGroupNames") or [],
    }
    return {"queryDefinitionId": known}


@answers(LogsResponse)
def describe_query_definitions(call):
    """The saved queries whose names begin with a prefix."""
    prefix = call._get_param("queryDefinitionNamePrefix") or ""
    return {"queryDefinitions": [one for one in definitions.values() if one["name"].startswith(prefix)]}


@answers(LogsResponse)
def delete_query_definition(call):
    """Deletes a saved query."""
    return {"success": definitions.pop(call._get_param("queryDefinitionId"), None) is not None}


# Budgets has no tags, and does not tell who is notified.
budget_tags = {}


@around(BudgetsResponse, "create_budget")
def keep_tags(inner, call):
    """Keeps the tags of a new budget."""
    budget_tags[call._get_param("Budget")["BudgetName"]] = call._get_param("ResourceTags") or []
    return inner(call)


@answers(BudgetsResponse)
def list_tags_for_resource(call):
    """The tags of a budget."""
    return {"ResourceTags": budget_tags.get(call._get_param("ResourceARN").split("budget/")[1], [])}


@answers(BudgetsResponse)
def describe_subscribers_for_notification(call):
    """Who is told when a budget's notification is due."""
    budget = call.backend.budgets[call._get_param("AccountId")][call._get_param("BudgetName")]
    asked = call._get_param("Notification")
    found = [one for one in budget.notifications if one.details["Threshold"] == asked["Threshold"]]
    return {"Subscribers": found[0].subscribers if found else []}


if __name__ == "__main__":
    backend.main()
