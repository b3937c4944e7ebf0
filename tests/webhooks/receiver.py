"""Endpoint of a webhook that verifies each call with the package standardwebhooks of PyPI.

Its secret comes by `PUT /secret`. It answers 204 to a call that is verified, 400 to any other, and prints its port.
"""

from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks import Webhook, WebhookVerificationError


class Receiver(BaseHTTPRequestHandler):
    secret = ""

    def body(self):
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def do_PUT(self):
        type(self).secret = self.body().decode()
        self.answer(204)

    def do_POST(self):
        body = self.body()
        try:
            Webhook(self.secret).verify(body, {name.lower(): value for name, value in self.headers.items()})
            self.answer(204)
        except WebhookVerificationError:
            self.answer(400)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
