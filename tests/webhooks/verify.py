"""Starts dibs and the given receivers, and lets dibs send to each of them: with the secret of the creation, during a rotation with the
old and with the new one, and with a secret that is wrong, which the receiver must refuse.

    verify.py target/debug/dibs 'python receiver.py' 'node receiver.mjs'
"""

import json
import re
import shlex
import subprocess
import sys
import time
import urllib.request

WRONG = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECONDS_MAX = 30


def call(method, url, body=None, token=None):
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text).get("data") if text else None


def start_dibs(path):
    dibs = subprocess.Popen([path, "up", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in dibs.stdout:
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found:
            return dibs, found[0] + "/api/v1"
    raise SystemExit("dibs did not say where it listens")


def status_of_test(api, token, webhook):
    """Sends a test event, and returns the status that the receiver answered with."""
    sent = call("POST", f"{api}/webhooks/{webhook}/test", token=token)
    until = time.monotonic() + SECONDS_MAX
    while time.monotonic() < until:
        for attempt in call("GET", f"{api}/webhooks/{webhook}/attempts", token=token):
            if attempt["event_id"] == sent["event_id"] and attempt["tries"]:
                return attempt["tries"][-1]["status"]
        time.sleep(0.2)
    raise SystemExit(f"the test event {sent['event_id']} was not sent within {SECONDS_MAX} s")


def verify(api, token, command):
    receiver = subprocess.Popen(shlex.split(command), stdout=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{int(receiver.stdout.readline())}"
        made = call("POST", f"{api}/webhooks", {"url": url, "events": ["order.*"]}, token)
        expected = [("the secret of the creation", made["secret"], 204), ("a wrong secret", WRONG, 400)]
        for name, secret, status in expected:
            call("PUT", f"{url}/secret", secret.encode())
            check(command, name, status_of_test(api, token, made["id"]), status)
        rotated = call("POST", f"{api}/webhooks/{made['id']}/rotate-secret", {}, token)["secret"]
        expected = [
            ("the old secret during a rotation", made["secret"], 204),
            ("the new secret during a rotation", rotated, 204),
            ("a wrong secret during a rotation", WRONG, 400),
        ]
        for name, secret, status in expected:
            call("PUT", f"{url}/secret", secret.encode())
            check(command, name, status_of_test(api, token, made["id"]), status)
    finally:
        receiver.kill()


def check(command, name, found, status):
    if found != status:
        raise SystemExit(f"{command}: with {name} the receiver answered {found}, not {status}")
    print(f"{shlex.split(command)[-1].rsplit('/', 1)[-1]}: {name}: {found}")


def main(path, *commands):
    dibs, api = start_dibs(path)
    try:
        credentials = {"email": "operator@test.com", "password": "password123"}
        token = call("POST", f"{api}/auth/login", credentials)["access_token"]
        for command in commands:
            verify(api, token, command)
    finally:
        dibs.kill()


main(*sys.argv[1:])
