import type { BrowserContext, Page } from "@playwright/test";
import { register } from "./steps";
import { expect, expectAccessible, type Stack, test } from "./support";

/** Registers a customer who has signed in once, as the event of welcome asks, and signs the browser in. */
async function customer(context: BrowserContext, stack: Stack): Promise<string> {
  const { id, post } = await register(context, stack);
  // Activities are recorded by a worker, a moment after the sign-in.
  await expect.poll(async () => (await post("/events/cmp_welcome/evaluate", {})).condition.passed).toBe(true);
  await context.addInitScript(() => localStorage.setItem("dibs-session", "signed-in"));
  return id;
}

/** Returns the card of a reward. */
const reward = (page: Page, name: string) =>
  page.getByRole("article").filter({ has: page.getByRole("heading", { name, exact: true }) });

test("a customer claims all rewards of an event, and finds them granted", async ({ page, context, stack, t }) => {
  await customer(context, stack);
  await page.goto("/events");
  const welcome = page.getByRole("article").filter({ hasText: "Welcome" });
  await expect(welcome.getByText(t("events.met"))).toBeVisible();
  await expectAccessible(page);
  await welcome.getByRole("link").click();
  await page.getByRole("button", { name: t("events.rewards.claimAll") }).click();
  for (const name of ["100 points", "newcomer"]) {
    await expect(reward(page, name).getByText(t("events.lineStatus.granted"), { exact: true })).toBeVisible();
  }
  await expectAccessible(page);

  await reward(page, "newcomer").getByRole("link", { name: t("events.rewards.toInventory") }).click();
  await expect(page.getByRole("heading", { name: t("events.content.badge", { badge: "newcomer" }) })).toBeVisible();
  await expect(page.getByRole("cell", { name: "+100" })).toBeVisible();
  await expectAccessible(page);
});

test("a claim without its condition says what is missing", async ({ page, context, stack, t }) => {
  await customer(context, stack);
  await page.goto("/events/cmp_week");
  const card = reward(page, "faithful");
  await card.getByRole("button").click();
  await expect(card.getByRole("alert")).toContainText(t("errors.CONDITION_NOT_MET"));
  await expect(card.getByRole("alert")).toContainText(t("events.condition.reached", { actual: 1, required: 7 }));
  await expectAccessible(page);
  await page.goto("/requests");
  await expect(page.getByText(t("events.lineStatus.failed"), { exact: true }).first()).toBeVisible();
});

test("a claim whose answer was lost is sent again, and counts once", async ({ page, context, stack, t }) => {
  await customer(context, stack);
  await page.goto("/events/cmp_rush");
  const keys: (string | undefined)[] = [];
  await page.route("**/events/cmp_rush/requests/rwd_gem", async (route) => {
    keys.push(route.request().headers()["idempotency-key"]);
    if (keys.length > 1) return route.continue();
    await route.fetch();
    await route.abort("connectionreset");
  });
  const card = reward(page, "gem");
  await card.getByRole("button").click();
  await expect(card.getByText(t("events.lineStatus.granted"), { exact: true })).toBeVisible();
  await expect(card.getByRole("alert")).toBeHidden();
  expect(keys).toEqual([keys[0], keys[0]]);
  await page.goto("/inventory");
  await expect(page.getByRole("heading", { name: t("events.content.item", { item: "gem" }) })).toHaveCount(1);
});

test("a claim that was accepted although its answer failed shows its outcome", async ({ page, context, stack, t }) => {
  await customer(context, stack);
  await page.goto("/events/cmp_rush");
  await page.route("**/events/cmp_rush/requests/rwd_gem", async (route) => {
    await route.fetch();
    await route.fulfill({ status: 500, json: { success: false, error: { code: "INTERNAL_ERROR", message: "" } } });
  });
  const card = reward(page, "gem");
  await card.getByRole("button").click();
  await expect(card.getByText(t("events.lineStatus.granted"), { exact: true })).toBeVisible();
  await expect(card.getByRole("alert")).toBeHidden();
});

test("a claim in review follows the decision of the operator without a reload", async ({ page, context, stack, t }) => {
  const user = await customer(context, stack);
  await page.goto("/events/cmp_vip");
  const card = reward(page, "vip code");
  await card.getByRole("button").click();
  await expect(card.getByText(t("events.lineStatus.in_review"), { exact: true })).toBeVisible();
  const decision = { action: "approve", reason: "A good customer", message: "Well done" };
  await stack.call("operator", "PATCH", `/events/requests/${user}:cmp_vip`, decision);
  await expect(card.getByText(t("events.lineStatus.granted"), { exact: true })).toBeVisible();

  await page.goto(`/requests/${user}:cmp_vip`);
  await page.getByText(t("events.history.title"), { exact: true }).click();
  await expect(page.getByRole("list", { name: t("events.history.title") }).getByRole("listitem")).toHaveCount(3);
  await expectAccessible(page);
});
