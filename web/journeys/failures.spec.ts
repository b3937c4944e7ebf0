import type { Page } from "@playwright/test";
import { createDeal, freshEmail, won } from "./steps";
import { expect, test } from "./support";

const OFFLINE_MS = 10_000;
const DAY_MS = 24 * 60 * 60_000;

/** Answer of the API that refuses a request. */
const refusal = (status: number, code: string, message = "", headers: Record<string, string> = {}) => ({
  status,
  headers,
  json: { success: false, error: { code, message, request_id: "req-of-a-journey" } },
});

test("whoever signs out in one tab is signed out in the other", async ({ page, context, signIn, t }) => {
  await signIn("user1");
  await page.goto("/orders");
  const other = await context.newPage();
  await other.goto("/account");
  await expect(page.getByRole("heading", { level: 1, name: t("deals.orders.listTitle") })).toBeVisible();
  await other.getByRole("button", { name: t("common.nav.signOut") }).click();
  await expect(other.getByText(t("account.signOut.done"))).toBeVisible();
  await expect(page).toHaveURL(/\/sign-in\?next=%2Forders/);
  await expect(page.getByLabel(t("account.email"))).toBeVisible();
});

test("an order that is paid in one tab is paid in the other", async ({ page, context, stack, signIn, t }) => {
  const { id } = await createDeal(stack);
  const order = await stack.call("user1", "POST", "/orders", { time_deal_id: id, quantity: 1 });
  await stack.call("user1", "POST", "/balance/charge", { amount: 9_000 });
  await signIn("user1");
  const pay = t("deals.pay.fromBalance", { price: won(9_000) });
  const show = async (tab: Page) => {
    await tab.goto(`/orders/${encodeURIComponent(order.id)}`);
    await expect(tab.getByRole("button", { name: pay })).toBeEnabled();
  };
  await show(page);
  const other = await context.newPage();
  await show(other);
  await other.getByRole("button", { name: pay }).click();
  for (const tab of [other, page]) {
    await expect(tab.getByText(t("deals.orders.paidTitle"))).toBeVisible();
    await expect(tab.getByRole("button", { name: pay })).toBeHidden();
  }
});

test("an admission that ends leads to the waiting room, which lets in again", async ({ page, stack, signIn, t }) => {
  const settings = { name: "Short visit", capacity: 10, admissions_per_second: 10, token_seconds: 10 };
  const queue = await stack.call("operator", "POST", "/queues", settings);
  const body = { name: "Short evening", description: "", time_zone: "Asia/Seoul", queue_id: queue.id };
  const concert = await stack.call("operator", "POST", "/concerts", body);
  const date = new Date(Date.now() + 14 * DAY_MS).toISOString().slice(0, 10);
  await stack.call("operator", "POST", `/concerts/${concert.id}/dates`, { date, seats: 10, price: 20_000 });
  await signIn("user1");
  await page.goto(`/concerts/${concert.id}/${date}`);
  await expect(page.getByText(t("waitingRoom.expired.title"), { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(page).toHaveURL(new RegExp(`/queues/${queue.id}\\?next=`));

  await stack.call("operator", "PATCH", `/queues/${queue.id}`, { token_seconds: 600 });
  await page.getByRole("button", { name: t("waitingRoom.joinAgain") }).click();
  await expect(page).toHaveURL(new RegExp(`/concerts/${concert.id}/${date}`));
  await expect(page.locator('[data-seat="1"]')).toBeVisible();
});

test("too many wrong passwords: the form says how long to wait", async ({ page, stack, t }) => {
  const email = freshEmail();
  const attempt = () =>
    fetch(`${stack.url}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password: "not the password" }),
    });
  for (let number = 1; number <= 10; number++) expect((await attempt()).status).toBe(401);
  await page.goto("/sign-in");
  await page.getByLabel(t("account.email")).fill(email);
  await page.getByLabel(t("account.password"), { exact: true }).fill("not the password");
  const submit = page.getByRole("button", { name: t("account.signIn.submit"), exact: true });
  await submit.click();
  await expect(page.getByText(t("account.wait.left"))).toContainText(/\d:\d\d/);
  await expect(submit).toBeDisabled();
});

test("a page that is read too often is read again after the wait that the API names", async ({ page, t }) => {
  const times: number[] = [];
  await page.route("**/api/v1/timedeals?*", async (route) => {
    times.push(Date.now());
    if (times.length > 1) return route.continue();
    await route.fulfill(refusal(429, "TOO_MANY_REQUESTS", "", { "retry-after": "2" }));
  });
  await page.goto("/deals");
  await expect(page.getByRole("article").first()).toBeVisible();
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(2_000);
  await expect(page.getByText(t("errors.TOO_MANY_REQUESTS"))).toBeHidden();
});

test("an order that is sent while offline is placed once when the connection is back", async ({ page, context, stack, signIn, t }) => {
  const deal = await createDeal(stack);
  await signIn("user1");
  await page.goto(deal.path);
  const order = page.getByRole("button", { name: t("deals.order", { price: won(9_000) }) });
  await expect(order).toBeEnabled();
  await context.setOffline(true);
  const since = Date.now();
  await expect(page.getByText(t("common.offlineBar"))).toBeVisible();
  await order.click();
  await stack.call("user2", "POST", "/orders", { time_deal_id: deal.id, quantity: 3 });
  // Nothing is to be seen of this time but its end.
  await expect.poll(() => Date.now() - since, { timeout: 2 * OFFLINE_MS }).toBeGreaterThan(OFFLINE_MS);
  await expect(order).toHaveAttribute("aria-busy", "true");
  await context.setOffline(false);
  await expect(page.getByText(t("deals.orders.heldTitle", { quantity: 1 }))).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(t("common.offlineBar"))).toBeHidden();
  await page.goto(deal.path);
  await expect(page.getByText(t("deals.left", { left: 16, all: 20 }))).toBeVisible();
});

test("a service that fails is tried again, and says so when it goes on failing", async ({ page, t }) => {
  let left = 2;
  await page.route("**/api/v1/timedeals?*", (route) =>
    left-- > 0 ? route.fulfill(refusal(503, "BUSY")) : route.continue(),
  );
  await page.goto("/deals");
  await expect(page.getByRole("article").first()).toBeVisible();

  left = Number.POSITIVE_INFINITY;
  await page.reload();
  const alert = page.getByRole("alert");
  await expect(alert).toContainText(t("errors.BUSY"), { timeout: 30_000 });
  await expect(alert).toContainText(t("common.requestId", { id: "req-of-a-journey" }));
  left = 0;
  await alert.getByRole("button", { name: t("common.tryAgain") }).click();
  await expect(page.getByRole("article").first()).toBeVisible();
  await expect(alert).toBeHidden();
});

test("an API that is older than the page: the page says so, and goes on after the update", async ({ page, t }) => {
  await page.route("**/api/v1/timedeals?*", (route) => route.fulfill(refusal(404, "NOT_FOUND", "There is no such path.")));
  await page.route("**/api/v1/health", async (route) => {
    const response = await route.fetch();
    const { data } = await response.json();
    await route.fulfill({ response, json: { success: true, data: { ...data, version: "0.0.1" } } });
  });
  await page.goto("/deals");
  await expect(page.getByText(t("common.updateBar"))).toBeVisible();
  await expect(page.getByRole("alert")).toContainText(t("errors.unknownRoute"));
  await page.unrouteAll({ behavior: "wait" });
  await expect(page.getByRole("article").first()).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(t("common.updateBar"))).toBeHidden();
});

test("a link of a mail that has expired asks for another mail", async ({ page, t }) => {
  await page.route("**/api/v1/auth/email/confirm", (route) => route.fulfill(refusal(409, "EMAIL_TOKEN_EXPIRED")));
  await page.goto("/confirm-email#token=of-yesterday");
  await page.getByRole("button", { name: t("account.confirm.submit") }).click();
  await expect(page.getByRole("alert")).toContainText(t("errors.EMAIL_TOKEN_EXPIRED"));
  await page.getByLabel(t("account.email")).fill("user1@test.com");
  await page.getByRole("button", { name: t("account.mail.send") }).click();
  await expect(page.getByText(t("account.mail.sent"), { exact: true })).toBeVisible();
});
