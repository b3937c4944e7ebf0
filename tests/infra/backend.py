#!/usr/bin/env python3
"""moto's server, as a backend for tests of dibs: `backend.py PORT`, on 127.0.0.1.

It is moto with what keeps it from standing in for DynamoDB and SQS put right. What calls the workers is the
pump in the tests, as on a laptop, since moto would start containers for them.
"""

import io
import json
import sys
import threading
import time

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import StreamShard, Table
from moto.dynamodbstreams.models import DynamoDBStreamsBackend, ShardIterator
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sqs.models import Queue, sqs_backends
from werkzeug.serving import WSGIRequestHandler, run_simple

# How long a poll that wants to wait for a message waits at least.
LONG_POLL_S = 0.1


def without_event_sources(kind):
    """Tables and queues call no functions, whatever is mapped to them."""
    kind.lambda_event_source_mappings = property(lambda self: {}, lambda self, value: None)


def copy_shard(shard, memo):
    """A transaction copies its tables, to put them back if it fails: the records so far need no copies."""
    copy = object.__new__(StreamShard)
    memo[id(shard)] = copy
    copy.__dict__.update(shard.__dict__, items=list(shard.items), table=memo.get(id(shard.table), shard.table))
    return copy


def shard_of_the_table(backend, iterator_arn, limit):
    """A table that was put back has another shard than the one that the iterator knows."""
    iterator = backend.shard_iterators[iterator_arn]
    table = backend.dynamodb.get_table(iterator.stream_shard.table.name)
    iterator.stream_shard = table.stream_shard
    return ShardIterator.get(iterator, limit)


def empty():
    """Nothing in any table, stream or queue; they themselves stay as they are."""
    for account in dynamodb_backends.values():
        for backend in account.values():
            for table in backend.tables.values():
                table.items.clear()
                if table.stream_shard:
                    table.stream_shard = StreamShard(table.account_id, table)
    for queue in queues():
        queue._messages.clear()
        queue._pending_messages.clear()


def advance_time(seconds):
    """Lets so much of every delay pass at once."""
    for queue in queues():
        for message in queue._messages:
            message.delayed_until -= seconds * 1000


def queues():
    return [queue for account in sqs_backends.values() for backend in account.values() for queue in backend.queues.values()]


class Backend:
    """moto, and beside it `POST /backend/empty` and `POST /backend/advance-time/SECONDS`."""

    def __init__(self, moto):
        self.moto = moto
        # moto's dictionaries change under each other's feet otherwise, and a failed transaction, which puts its
        # tables back, would undo what others wrote meanwhile.
        self.one_at_a_time = threading.Lock()

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"].strip("/").split("/")
        if path[0] == "backend":
            with self.one_at_a_time:
                advance_time(int(path[2])) if path[1] == "advance-time" else empty()
            start_response("204 No Content", [])
            return []
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        waits = target == "AmazonSQS.ReceiveMessage" and waits_no_more(environ)
        with self.one_at_a_time:
            answer = list(self.moto(environ, start_response))
        if waits:
            time.sleep(LONG_POLL_S)
        return answer


def waits_no_more(environ):
    """Makes a long poll a short one: moto goes on with it after its caller is gone, and takes what is not for
    it."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    call = json.loads(body)
    waits = call.pop("WaitTimeSeconds", 0) > 0
    body = json.dumps(call).encode()
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
    return waits


class Quiet(WSGIRequestHandler):
    """Connections are kept, as the SDK expects, and calls are not logged."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code="-", size="-"):
        pass


def main():
    moto = DomainDispatcherApplication(create_backend_app)
    run_simple("127.0.0.1", int(sys.argv[1]), Backend(moto), threaded=True, request_handler=Quiet)


without_event_sources(Queue)
without_event_sources(Table)
StreamShard.__deepcopy__ = copy_shard
DynamoDBStreamsBackend.get_records = shard_of_the_table

if __name__ == "__main__":
    main()
