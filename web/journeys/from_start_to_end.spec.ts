import type { Page } from "@playwright/test";
import { createReviewedEvent, endEvents, freshEmail, mailLink, OWN_PASSWORD, untilMet } from "./steps";
import { expect, test } from "./support";

test.describe.configure({ timeout: 120_000 });

test("a visitor signs up, confirms the address, claims a reward and finds it in the inventory", async ({ page, stack, t }) => {
  const email = freshEmail();
  await page.goto("/");
  await page.getByRole("link", { name: t("common.nav.signUp") }).first().click();
  await page.getByLabel(t("account.email")).fill(email);
  await page.getByLabel(t("account.password"), { exact: true }).fill(OWN_PASSWORD);
  await page.getByLabel(t("account.name"), { exact: true }).fill("Nora Newcomer");
  await page.getByRole("button", { name: t("account.signUp.submit") }).click();
  await expect(page.getByText(t("account.registered.mail", { email }))).toBeVisible();

  const link = await mailLink(stack, email, "/confirm-email");
  await page.goto(link);
  await page.getByRole("button", { name: t("account.confirm.submit") }).click();
  await expect(page.getByText(t("account.confirm.done"), { exact: true })).toBeVisible();
  await page.goto("/");
  await page.goto(link);
  await page.getByRole("button", { name: t("account.confirm.submit") }).click();
  await expect(page.getByText(t("account.confirm.used"), { exact: true })).toBeVisible();

  await page.getByRole("navigation").getByRole("link", { name: t("common.nav.events"), exact: true }).click();
  await page.getByRole("link", { name: /^Welcome/ }).click();
  const badge = page.getByRole("article").filter({ has: page.getByRole("heading", { name: "newcomer", exact: true }) });
  await badge.getByRole("button", { name: t("events.rewards.claimOne", { reward: "newcomer" }) }).click();
  await expect(badge.getByText(t("events.lineStatus.granted"), { exact: true })).toBeVisible();
  await badge.getByRole("link", { name: t("events.rewards.toInventory") }).click();
  await expect(page.getByRole("heading", { name: t("events.content.badge", { badge: "newcomer" }) })).toBeVisible();
});

test("an operator creates an event, customers claim, and the inbox and the figures follow", async ({ page, browser, stack, signIn, t }, info) => {
  await signIn("operator");
  await page.goto("/console/events/new");
  const name = `Autumn ${info.project.name}`;
  await page.getByLabel(t("rewards.form.name"), { exact: true }).fill(name);
  // Sign-ins of earlier tests count, too.
  await page.getByLabel(t("rewards.form.startsAt")).fill("2020-01-01T00:00");
  await page.getByLabel(t("rewards.form.review")).selectOption("manual");
  await page.getByLabel(t("rewards.newEvent.status")).selectOption("active");
  const condition = page.getByRole("group", { name: t("rewards.form.condition") });
  await condition.getByRole("button", { name: t("rewards.condition.add"), exact: true }).click();
  await condition.getByLabel(t("rewards.condition.type")).fill("login");
  await page.getByRole("button", { name: t("rewards.newEvent.submit") }).click();
  await page.getByRole("button", { name: t("rewards.offers.attach") }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(t("rewards.offers.reward"), { exact: true }).selectOption("rwd_gem");
  await dialog.getByRole("button", { name: t("rewards.offers.attach") }).click();
  await expect(page.getByRole("link", { name: "gem" })).toBeVisible();
  const event = page.url().split("/").at(-1) ?? "";

  const customers = await browser.newContext({ baseURL: stack.url, locale: info.project.use.locale ?? "en-US" });
  await signIn("user1", customers);
  for (const user of ["user1", "user2"] as const) await untilMet(stack, user, event);
  const shop = await customers.newPage();
  await shop.goto(`/events/${event}`);
  const card = shop.getByRole("article").filter({ has: shop.getByRole("heading", { name: "gem", exact: true }) });
  await card.getByRole("button", { name: t("events.rewards.claimOne", { reward: "gem" }) }).click();
  await expect(card.getByText(t("events.lineStatus.in_review"), { exact: true })).toBeVisible();
  await stack.call("user2", "POST", `/events/${event}/requests/rwd_gem`);

  await page.goto(`/console/requests?event_id=${event}`);
  const row = (user: string) => page.locator(`[id="request-usr_${user}:${event}"]`);
  await expect(row("user1")).toBeVisible();
  await expect(row("user2")).toBeVisible();
  await decide(page, row("user1"), "a", "Looks right");
  await expect(row("user1")).toBeHidden();
  await decide(page, row("user2"), "r", "A second account");
  await expect(page.getByText(t("requests.inbox.tally", { approved: 1, rejected: 1, refused: 0 }))).toBeVisible();
  await expect(card.getByText(t("events.lineStatus.granted"), { exact: true })).toBeVisible();
  await customers.close();

  await page.goto(`/console/dashboards/events?event=${event}`);
  const figure = (label: string) =>
    page.locator(".tile").filter({ has: page.getByText(label, { exact: true }) }).locator(".big");
  await expect(figure(t("dashboards.events.requests"))).toHaveText("2");
  // Figures are read again every 15 seconds.
  await expect(figure(t("dashboards.events.granted"))).toHaveText("1", { timeout: 30_000 });
  await expect(figure(t("dashboards.events.participants"))).toHaveText("2");
  await endEvents(stack, event);
});

/** Moves to a request by keyboard, and decides about it with a reason. */
async function decide(page: Page, row: ReturnType<Page["locator"]>, key: "a" | "r", reason: string) {
  const current = page.locator("tr[aria-current=true]");
  await page.keyboard.press("Home");
  await expect(current).toBeFocused();
  if ((await current.getAttribute("id")) !== (await row.getAttribute("id"))) await page.keyboard.press("j");
  await expect(row).toHaveAttribute("aria-current", "true");
  await page.keyboard.press(key);
  await page.getByRole("dialog").getByRole("textbox").first().press("ControlOrMeta+a");
  await page.keyboard.type(reason);
  await page.keyboard.press("Enter");
}

test("an auditor follows a request from its history to the audit, and verifies its chain in the browser", async ({ page, stack, signIn, t }) => {
  const event = await createReviewedEvent(stack, "Audited");
  const { id } = await stack.call("user1", "POST", `/events/${event}/requests/rwd_gem`);
  const decision = { action: "reject", reason: "Not in the list" };
  await stack.call("operator", "PATCH", `/events/requests/${encodeURIComponent(id)}`, decision);
  await signIn("auditor");
  await page.goto(`/console/requests/${encodeURIComponent(id)}`);
  const history = page.getByRole("table", { name: t("requests.history.audit") });
  await expect(history.getByRole("cell", { name: decision.reason })).toBeVisible();

  await page.getByRole("link", { name: t("console.page.audit"), exact: true }).click();
  await page.getByLabel(t("people.filter.kind")).selectOption("request");
  await page.getByLabel(t("people.filter.subject")).fill(id);
  const entries = page.getByRole("table", { name: t("people.audit.entries") });
  // Entries are written by a relay, a moment after the change.
  await expect(async () => {
    await page.getByRole("button", { name: t("people.filter.apply") }).click();
    await expect(entries.getByRole("cell", { name: t("people.what.decided") })).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await expect(entries.getByRole("cell", { name: decision.reason })).toBeVisible();

  await page.getByRole("link", { name: t("people.audit.verifyChain") }).click();
  const chain = page.locator("section", { has: page.getByRole("heading", { name: t("people.verify.chain"), exact: true }) });
  await expect(chain.getByLabel(t("people.filter.subject"))).toHaveValue(id);
  const start = chain.getByRole("button", { name: t("people.verify.start") });
  await start.click();
  await expect(chain.getByText(t("people.verify.right"), { exact: true })).toBeVisible();

  // The same entries with another reason do not fit their hashes.
  await page.route("**/api/v1/audit?*", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replaceAll(decision.reason, "Another reason") });
  });
  await start.click();
  await expect(chain.getByText(t("people.problem.wrong_hash"))).toBeVisible();
  await expect(chain.getByText(t("people.verify.right"), { exact: true })).toBeHidden();
  await endEvents(stack, event);
});
