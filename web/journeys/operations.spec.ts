import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, expectAccessible, test } from "./support";

/** Endpoint that receives webhooks. */
async function startReceiver() {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/dibs`, received, stop: () => server.close() };
}

test("an operator creates a webhook, keeps its secret, and sees the test event delivered", async ({ page, signIn, t }) => {
  const receiver = await startReceiver();
  await signIn("operator");
  await page.goto("/console/webhooks");
  await page.getByRole("button", { name: t("operations.webhooks.new") }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(t("operations.webhook.url")).fill(receiver.url);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: t("operations.webhooks.create") }).click();
  await expect(dialog.getByText(/^whsec_/)).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: t("operations.secret.stored") }).click();

  await page.getByRole("button", { name: t("operations.test.send") }).click();
  const row = page.getByRole("row").filter({ hasText: "webhook.test" });
  await expect(row.getByText(t("operations.attempts.status.delivered"), { exact: true })).toBeVisible({ timeout: 30_000 });
  const { headers, body } = receiver.received.find(({ body }) => body.includes("webhook.test")) ?? {};
  expect(JSON.parse(body ?? "{}")).toMatchObject({ type: "webhook.test" });
  expect(headers).toMatchObject({ "webhook-id": expect.any(String), "webhook-signature": expect.stringMatching(/^v1,/) });

  await page.getByRole("button", { name: t("operations.webhook.delete") }).click();
  await dialog.getByRole("button", { name: t("operations.webhook.delete") }).click();
  await expect(page.getByText(t("operations.webhook.deleted"))).toBeVisible();
  receiver.stop();
});

test("the crowd of the demo moves the numbers of the on-sale monitor", async ({ page, stack, signIn, t }) => {
  await signIn("operator");
  // A smaller crowd than that of the button leaves units for other tests.
  await page.route("**/_standins/crowd", (route) =>
    route.request().method() === "POST"
      ? route.continue({ url: `${route.request().url()}?clients=30&seconds=5` })
      : route.continue(),
  );
  await page.goto("/console/on-sale");
  await page.getByRole("button", { name: t("dashboards.crowd.start") }).click();
  await expect(page.getByText(t("dashboards.crowd.started"))).toBeVisible();
  await expect(page.getByText(t("dashboards.crowd.running", { clients: 30 }))).toBeVisible();
  const crowd = async () => (await fetch(`${stack.url}/_standins/crowd`, { headers: { accept: "application/json" } })).json();
  const { at } = await crowd();
  await page.goto(`/console/on-sale?deal=${at.deal_id}`);
  const paid = page.locator(".monitor-number").filter({ has: page.getByText(t("dashboards.onSale.sold"), { exact: true }) });
  await expect(paid.locator(".huge")).toHaveText(/^[1-9]\d*$/, { timeout: 30_000 });
  await expect.poll(async () => (await crowd()).running, { timeout: 40_000 }).toBe(false);
  await expect(page.getByRole("button", { name: t("dashboards.crowd.start") })).toBeEnabled();
});
