import type { Page } from "@playwright/test";
import { createReviewedEvent, PERIOD } from "./steps";
import { expect, expectAccessible, test } from "./support";

const settled = (page: Page) => expect(page.getByRole("dialog")).toBeHidden();

test("an operator builds a condition, attaches a reward, tries both for a user, and opens the event", async ({
  page,
  signIn,
  t,
}) => {
  await signIn("operator");
  await page.goto("/console/events/new");
  await page.getByLabel(t("rewards.form.name"), { exact: true }).fill("Dragon week");
  const condition = page.getByRole("group", { name: t("rewards.form.condition") });
  const add = condition.getByRole("button", { name: t("rewards.condition.add"), exact: true });
  await add.click();
  await condition.getByLabel(t("rewards.condition.type")).fill("Log in");
  const create = page.getByRole("button", { name: t("rewards.newEvent.submit") });
  await create.click();
  await expect(condition.getByLabel(t("rewards.condition.type"))).toHaveAccessibleDescription(
    t("rewards.condition.problem.type"),
  );
  await expectAccessible(page);
  await condition.getByLabel(t("rewards.condition.type")).fill("no_such_activity");
  await add.click();
  await condition
    .getByRole("combobox", { name: t("rewards.condition.kind") })
    .last()
    .selectOption("not");
  await add.first().click();
  await condition
    .getByRole("combobox", { name: t("rewards.condition.kind") })
    .last()
    .selectOption("quest_cleared");
  await condition.getByLabel(t("rewards.condition.quest")).fill("dragon");
  await condition.getByText(t("rewards.json.title")).click();
  const json = await condition.getByLabel(t("rewards.json.label")).inputValue();
  expect(JSON.parse(json)).toEqual({
    all: [{ count: { type: "no_such_activity", at_least: 1 } }, { not: { quest_cleared: { quest_id: "dragon" } } }],
  });
  await create.click();
  await expect(page.getByRole("heading", { level: 1, name: "Dragon week" })).toBeVisible();

  await page.getByRole("button", { name: t("rewards.offers.attach") }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(t("rewards.offers.reward"), { exact: true }).selectOption("rwd_gem");
  await dialog.getByLabel(t("rewards.offerForm.totalLimit")).fill("10");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: t("rewards.offers.attach") }).click();
  await expect(page.getByRole("link", { name: "gem" })).toBeVisible();

  await page.getByLabel(t("rewards.dryRun.user")).fill("usr_user1");
  await page.getByRole("button", { name: t("rewards.dryRun.run") }).click();
  await expect(page.getByText(t("rewards.evaluation.numbers", { required: 2, actual: 1 }))).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: t("rewards.eventStatus.to.active") }).click();
  await expect(page.getByText(t("rewards.statusMeaning.active"))).toBeVisible();
});

test("an administrator deletes an event, which closes it before", async ({ page, stack, signIn, t }) => {
  const { id } = await stack.call("operator", "POST", "/events", { name: "Dragon week", ...PERIOD, status: "active" });
  await signIn("admin");
  await page.goto(`/console/events/${id}`);
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: t("rewards.eventDelete.action") }).click();
  await dialog.getByRole("button", { name: t("rewards.eventDelete.action") }).click();
  await expect(page.getByText(t("rewards.eventDelete.closed"))).toBeVisible();
  await expect(page.getByText(t("rewards.eventDelete.done", { name: "Dragon week" }))).toBeVisible({ timeout: 30_000 });
});

test("what somebody else changed meanwhile is shown before an event is saved", async ({ page, stack, signIn, t }) => {
  const id = await createReviewedEvent(stack, "Two operators");
  await signIn("operator");
  await page.goto(`/console/events/${id}`);
  await page.getByRole("button", { name: t("rewards.event.edit"), exact: true }).click();
  await page.getByLabel(t("rewards.form.name"), { exact: true }).fill("Mine");
  await stack.call("admin", "PATCH", `/events/${id}`, { description: "Theirs" });
  await page.getByRole("button", { name: t("common.save") }).click();
  await expect(page.getByText(t("rewards.eventEdit.conflict"))).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: t("rewards.eventEdit.saveMine") }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Mine" })).toBeVisible();
  expect(await stack.call("admin", "GET", `/events/${id}`)).toMatchObject({ name: "Mine", description: "Theirs" });
  await stack.call("operator", "PATCH", `/events/${id}`, { status: "ended" });
});

test("an operator works off the inbox by keyboard, and is told of what was not decided", async ({
  page,
  stack,
  signIn,
  t,
}) => {
  const events = await Promise.all(Array.from({ length: 6 }, (_, at) => createReviewedEvent(stack, `Keys ${at}`)));
  for (const event of events)
    for (const user of ["user1", "user2"] as const) await stack.call(user, "POST", `/events/${event}/requests/rwd_gem`);
  await stack.call("admin", "POST", `/events/${events[0]}/requests/rwd_gem`);
  const row = (user: string, event: string | undefined) => page.locator(`[id="request-usr_${user}:${event}"]`);

  await signIn("admin");
  await page.goto("/console/requests");
  for (const event of events) await expect(row("user2", event)).toBeVisible();
  await page.keyboard.press("j");
  const current = page.locator("tr[aria-current=true]");
  await expect(current).toBeFocused();
  const first = await current.getAttribute("id");
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+J");
  await expect(page.getByRole("checkbox", { checked: true })).toHaveCount(2);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await settled(page);

  await page.getByLabel(t("requests.filter.user")).fill("ar?");
  await settled(page);
  await page.getByLabel(t("requests.filter.user")).fill("");
  await page.getByRole("heading", { level: 1 }).focus();
  await page.keyboard.press("r");
  await page.keyboard.type("A second account");
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await expect(page.locator(`[id="${first}"]`)).toBeHidden();

  // Another operator is faster with one of the rest; the one of the administrator is nobody's but another's.
  await expect(current).toBeFocused();
  const left = await page
    .getByRole("row")
    .evaluateAll((rows) => rows.map(({ id }) => id.replace("request-", "")).filter(Boolean));
  const taken = left.find((id) => !id.startsWith("usr_admin")) ?? "";
  await stack.call("operator", "PATCH", `/events/requests/${encodeURIComponent(taken)}`, {
    action: "reject",
    reason: "Faster",
  });
  await page.keyboard.press("Shift+X");
  await page.keyboard.press("a");
  await page.keyboard.press("Enter");
  await expect(page.getByText(t("requests.refused.OWN_REQUEST"))).toBeVisible();
  await expect(page.getByText(t("requests.refused.CHANGED_SINCE"))).toBeVisible();
  await expect(
    page.getByText(t("requests.inbox.tally", { approved: left.length - 2, rejected: 2, refused: 2 })),
  ).toBeVisible();
  for (const event of events) await expect(row("user2", event)).toBeHidden();
  await expectAccessible(page);

  await stack.call("operator", "PATCH", `/events/requests/usr_admin:${events[0]}`, {
    action: "approve",
    reason: "Checked",
  });
  for (const event of events) await stack.call("operator", "PATCH", `/events/${event}`, { status: "ended" });
});

test("an auditor reads the history of a request and decides nothing", async ({ page, stack, signIn, t }) => {
  const event = await createReviewedEvent(stack, "For the auditor");
  const { id } = await stack.call("user1", "POST", `/events/${event}/requests/rwd_gem`);
  await signIn("auditor");
  await page.goto(`/console/requests/${encodeURIComponent(id)}`);
  await expect(page.getByText(t("requests.request.noGrants"))).toBeVisible();
  await expect(page.getByRole("button", { name: t("requests.inbox.approve") })).toBeHidden();
  await expectAccessible(page);
  // The page follows the request by itself.
  const message = "Thank you for waiting";
  await stack.call("operator", "PATCH", `/events/requests/${encodeURIComponent(id)}`, {
    action: "approve",
    reason: "Looked at",
    message,
  });
  await expect(page.getByText(t("requests.request.fullyGranted"))).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole("cell", { name: "Looked at" })).toBeVisible();
  await expect(page.getByRole("cell", { name: message })).toBeVisible();
  await expectAccessible(page);

  await page.goto(`/console/requests?status=all&event_id=${event}`);
  await expect(page.getByRole("link", { name: "usr_user1" })).toBeVisible();
  await expect(page.getByRole("checkbox")).toHaveCount(0);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: t("requests.export.start") }).click();
  expect((await download).suggestedFilename()).toMatch(/^requests-.*\.csv$/);
  await stack.call("operator", "PATCH", `/events/${event}`, { status: "ended" });
});

test("codes of a file are added once, although an answer is lost and the page is loaded anew", async ({
  page,
  signIn,
  t,
}) => {
  await signIn("operator");
  await page.goto("/console/rewards");
  await page.getByRole("button", { name: t("rewards.rewards.new") }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(t("rewards.kind.COUPON")).check();
  await dialog.getByLabel(t("rewards.rewards.name"), { exact: true }).fill("Pool");
  await dialog.getByLabel(t("rewards.newReward.pool")).check();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: t("rewards.newReward.submit") }).click();

  const choose = async () => {
    const rows = [
      "id,code",
      ...Array.from({ length: 1_200 }, (_, at) => `${at},"CODE-${at}"`),
      "1,CODE-1",
      "2,no code",
    ];
    const file = { name: "codes.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\r\n")) };
    await page.getByLabel(t("rewards.codes.file"), { exact: true }).setInputFiles(file);
    await expect(page.getByText(t("rewards.codes.found_other", { number: "1,200" }))).toBeVisible();
  };
  await choose();
  await expectAccessible(page);
  // The second call reaches the API, and no answer ever reaches the page.
  let calls = 0;
  await page.route(/\/codes$/, async (route) => {
    calls += 1;
    if (calls === 1) return route.continue();
    if (calls === 2) await route.fetch();
    await route.abort("connectionreset");
  });
  await page.getByRole("button", { name: t("rewards.codes.start_other", { number: "1,200" }) }).click();
  await expect(
    page.getByText(t("rewards.codes.numbers", { sent: 500, total: "1,200", added: 500, duplicates: 0 })),
  ).toBeVisible();
  await expect.poll(() => calls).toBeGreaterThan(2);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.reload();
  await choose();
  await page.getByRole("button", { name: t("rewards.codes.resume") }).click();
  const done = t("rewards.codes.done", { total: "1,200", added: "1,200", duplicates: 0 });
  await expect(page.getByRole("status").getByText(done).first()).toBeVisible();
  await expectAccessible(page);
});
