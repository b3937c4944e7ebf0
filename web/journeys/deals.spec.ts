import { createDeal, won } from "./steps";
import { expect, expectAccessible, test } from "./support";

test.afterEach(async ({ stack }) => stack.fake("provider", {}));

test("a visitor finds a deal, signs in, and comes back with the same quantity", async ({ page, stack, signIn, t }) => {
  const deal = await createDeal(stack);
  await page.goto("/");
  await expect(page.getByRole("heading", { name: t("home.title") })).toBeVisible();
  await expect(page.getByRole("article").first()).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: t("home.allDeals") }).click();
  await expect(page.getByRole("article").first()).toBeVisible();
  await expectAccessible(page);

  await page.goto(deal.path);
  await page.getByRole("button", { name: t("deals.another") }).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: t("deals.signInToOrder") }).click();
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  const next = new URL(page.url()).searchParams.get("next");
  await signIn("user1");
  await page.goto(next ?? "");
  await expect(page.getByRole("spinbutton", { name: t("deals.quantity") })).toHaveValue("2");
});

test("an order is paid from a balance that is charged on the way", async ({ page, stack, signIn, t }) => {
  const price = 800_000;
  const deal = await createDeal(stack, { price });
  const { balance } = await stack.call("user1", "GET", "/balance");
  const total = 10 * price;
  const missing = won(total - balance);
  await signIn("user1");
  await page.goto(`${deal.path}?quantity=10`);
  await page.getByRole("button", { name: t("deals.order", { price: won(total) }) }).click();
  await page.getByRole("button", { name: t("deals.pay.charge", { amount: missing }) }).click();
  await expect(page.getByLabel(t("balance.amount"))).toHaveValue(String(total - balance));
  await expectAccessible(page);
  await page.getByRole("button", { name: t("balance.chargeAmount", { amount: missing }) }).click();
  await page.getByRole("button", { name: t("deals.pay.fromBalance", { price: won(total) }) }).click();
  await expect(page.getByText(t("deals.orders.paidTitle"))).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: t("deals.orders.toPayment") }).click();
  await expect(page.getByRole("dialog")).toContainText(won(total));
  expect((await stack.call("user1", "GET", "/balance")).balance).toBe(0);
});

test("a declined payment is tried again, a slow one is waited for, and Back pays nothing twice", async ({ page, stack, signIn, t }) => {
  const deal = await createDeal(stack);
  await stack.fake("provider", { decline: true });
  await signIn("user2");
  await page.goto(deal.path);
  await page.getByRole("button", { name: t("deals.order", { price: won(9_000) }) }).click();
  const pay = page.getByRole("button", { name: t("deals.pay.throughProvider", { price: won(9_000) }) });
  await pay.click();
  await expect(page.getByText(t("deals.pay.failedTitle"))).toBeVisible();
  await expectAccessible(page);

  await stack.fake("provider", { callback_delay_ms: 3_000 });
  await pay.click();
  await expect(page.getByText(t("deals.pay.waitingTitle"))).toBeVisible();
  await page.reload();
  await expect(page.getByText(t("deals.pay.waitingTitle"))).toBeVisible();
  await expect(page.getByText(t("deals.orders.paidTitle"))).toBeVisible();

  await page.goBack();
  await page.goForward();
  await expect(page.getByText(t("deals.orders.paidTitle"))).toBeVisible();
  await expect(pay).toBeHidden();
  const payments = await stack.call("user2", "GET", "/payments");
  const order = decodeURIComponent(new URL(page.url()).pathname.split("/").at(-1) ?? "");
  expect(payments.filter(({ order_id }: { order_id: string }) => order_id === order)).toHaveLength(1);
});

test("an order that is canceled in one tab is canceled in the other", async ({ page, context, stack, signIn, t }) => {
  const deal = await createDeal(stack);
  await signIn("user2");
  await page.goto(deal.path);
  await page.getByRole("button", { name: t("deals.order", { price: won(9_000) }) }).click();
  await expect(page.getByText(t("deals.log.STOCK_RESERVED"))).toBeVisible();
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByRole("button", { name: t("deals.orders.cancel") })).toBeVisible();

  await page.getByRole("button", { name: t("deals.orders.cancel") }).click();
  await page.getByRole("dialog").getByRole("button", { name: t("deals.orders.cancel") }).click();
  for (const tab of [page, other]) await expect(tab.getByText(t("deals.orders.canceledTitle"))).toBeVisible();
  await page.goto("/orders");
  await expect(page.getByRole("article").first()).toContainText(t("deals.orders.state.canceled"));
  await expectAccessible(page);
});

test("who asks for more than is left takes the rest, and the stock of others changes while they look", async ({ page, stack, signIn, t }) => {
  const deal = await createDeal(stack, { stock: 5 });
  await signIn("user1");
  await page.goto(`${deal.path}?quantity=4`);
  const order = page.getByRole("button", { name: t("deals.order", { price: won(4 * 9_000) }) });
  await expect(order).toBeEnabled();
  await page.route("**/api/v1/orders", async (route) => {
    await stack.call("user2", "POST", "/orders", { time_deal_id: deal.id, quantity: 3 });
    await route.continue();
  }, { times: 1 });
  await order.click();
  await page.getByRole("button", { name: t("deals.takeLeft", { left: 2 }) }).click();
  await page.getByRole("button", { name: t("deals.order", { price: won(2 * 9_000) }) }).click();
  await expect(page.getByText(t("deals.orders.heldTitle", { quantity: 2 }))).toBeVisible();

  await page.goto(deal.path);
  await expect(page.getByRole("button", { name: t("deals.cannotOrder.soldout") })).toBeDisabled();
  await page.goBack();
  await page.getByRole("button", { name: t("deals.orders.cancel") }).click();
  await page.getByRole("dialog").getByRole("button", { name: t("deals.orders.cancel") }).click();
  await page.goForward();
  await expect(page.getByText(t("deals.left", { left: 2, all: 5 }))).toBeVisible();
});

test("an order without an answer is placed once", async ({ page, stack, signIn, t }) => {
  const deal = await createDeal(stack);
  await signIn("user1");
  await page.goto(deal.path);
  const order = page.getByRole("button", { name: t("deals.order", { price: won(9_000) }) });
  await expect(order).toBeEnabled();
  // The order is placed, and its answer is lost.
  await page.route("**/api/v1/orders", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    await route.fetch();
    await route.abort();
  });
  await order.click();
  await expect(page.getByText(t("deals.lostOrder"))).toBeVisible({ timeout: 40_000 });
  await page.unroute("**/api/v1/orders");
  await order.click();
  await expect(page.getByText(t("deals.orders.heldTitle", { quantity: 1 }))).toBeVisible();
  const orders = await stack.call("user1", "GET", "/orders?limit=100");
  expect(orders.filter(({ time_deal_id }: { time_deal_id: string }) => String(time_deal_id) === deal.id)).toHaveLength(1);
});

test("a session that ends in the middle of a payment leads to sign in and back, and the payment has the same key", async ({ page, context, stack, signIn, t }) => {
  const deal = await createDeal(stack);
  await stack.call("user2", "POST", "/balance/charge", { amount: 9_000 });
  await signIn("user2");
  await page.goto(deal.path);
  await page.getByRole("button", { name: t("deals.order", { price: won(9_000) }) }).click();
  const pay = page.getByRole("button", { name: t("deals.pay.fromBalance", { price: won(9_000) }) });
  await expect(pay).toBeEnabled();
  const path = new URL(page.url()).pathname;
  const keys: (string | undefined)[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/payments")) keys.push(request.headers()["idempotency-key"]);
  });
  // Neither token nor cookie counts any more.
  await context.clearCookies();
  await page.route("**/api/v1/payments", (route) => {
    if (route.request().method() !== "POST") return route.continue();
    const error = { code: "UNAUTHORIZED", message: "Sign in.", request_id: "1" };
    return route.fulfill({ status: 401, json: { success: false, error } });
  });
  await pay.click();
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  expect(new URL(page.url()).searchParams.get("next")).toBe(path);
  await page.unroute("**/api/v1/payments");
  await signIn("user2");
  await page.goto(path);
  await pay.click();
  await expect(page.getByText(t("deals.orders.paidTitle"))).toBeVisible();
  expect(keys).toHaveLength(2);
  expect(keys[1]).toBe(keys[0]);
});

test("a deal behind a waiting room is ordered once it is one's turn, also after a reload", async ({ page, stack, signIn, t }) => {
  const queue = await stack.call("operator", "POST", "/queues", { name: "Rush", admissions_per_second: 10, capacity: 100 });
  const deal = await createDeal(stack, { queue_id: queue.id });
  await signIn("user1");
  await page.goto(deal.path);
  await page.getByRole("button", { name: t("deals.enterRoom") }).click();
  await expect(page.getByText(t("deals.visitEnds"))).toBeVisible();
  await page.reload();
  await expect(page.getByText(t("deals.visitEnds"))).toBeVisible();
  await page.getByRole("button", { name: t("deals.order", { price: won(9_000) }) }).click();
  await expect(page.getByText(t("deals.orders.heldTitle", { quantity: 1 }))).toBeVisible();
});
