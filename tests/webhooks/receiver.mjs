// Endpoint of a webhook that verifies each call with the package standardwebhooks of npm.
//
// Its secret comes by `PUT /secret`. It answers 204 to a call that is verified, 400 to any other, and prints its port.

import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

let secret = "";

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  if (request.method === "PUT") {
    secret = body;
    return response.writeHead(204).end();
  }
  try {
    new Webhook(secret).verify(body, request.headers);
    response.writeHead(204).end();
  } catch {
    response.writeHead(400).end();
  }
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
