import { createReviewedEvent, endEvents, register } from "./steps";
import { expect, test } from "./support";

const [USERS, EVENTS] = [10, 20];

test("200 requests are worked off by keyboard", async ({ page, context, stack, signIn, t }, info) => {
  test.skip(info.project.name !== "en", "the keys are the same in each language");
  const events: string[] = [];
  for (let number = 1; number <= EVENTS; number++) events.push(await createReviewedEvent(stack, `Review ${number}`));
  await Promise.all(
    Array.from({ length: USERS }, async () => {
      const { post } = await register(context, stack);
      for (const event of events) await post(`/events/${event}/requests/rwd_gem`, {});
    }),
  );
  const open = async () => (await stack.call<unknown[]>("operator", "GET", "/events/requests?status=in_review&limit=100")).length;
  // Other tests may have left some.
  expect(await open()).toBe(100);

  await context.clearCookies();
  await signIn("operator");
  await page.goto("/console/requests");
  const rows = page.locator("tr[id^=request-]");
  await expect(rows.first()).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("r");
  await page.keyboard.type("A second account");
  await page.keyboard.press("Enter");
  const tally = (approved: number, rejected: number) =>
    page.getByText(t("requests.inbox.tally", { approved, rejected, refused: 0 }), { exact: true });
  await expect(tally(0, 1)).toBeVisible();

  // The end of the list reads its next page; everything that is shown is then approved at once.
  let all = 0;
  await expect(async () => {
    await page.keyboard.press("End");
    all = await rows.count();
    expect(all).toBeGreaterThanOrEqual(USERS * EVENTS - 1);
  }).toPass();
  // Requests that other tests left may have come meanwhile, and are selected, too.
  await page.keyboard.press("Shift+X");
  const selected = page.getByText(/^\d+ selected$/);
  await expect(selected).toBeVisible();
  all = Number.parseInt((await selected.textContent()) ?? "", 10);
  expect(all).toBeGreaterThanOrEqual(USERS * EVENTS - 1);
  await page.keyboard.press("a");
  await page.keyboard.press("Enter");
  await expect(tally(all, 1)).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(t("requests.empty.done"), { exact: true })).toBeVisible();
  await expect.poll(open).toBe(0);
  await endEvents(stack, ...events);
});
