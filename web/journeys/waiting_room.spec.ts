import { won } from "./steps";
import { expect, expectAccessible, type Stack, test } from "./support";

const PRICE = 20_000;
const DAY_MS = 24 * 60 * 60_000;
const DATE = new Date(Date.now() + 14 * DAY_MS).toISOString().slice(0, 10);

/** Creates a paused queue with a concert behind it. */
async function createGuarded(stack: Stack) {
  const settings = { name: "Doors", capacity: 10, admissions_per_second: 10 };
  const queue = await stack.call("operator", "POST", "/queues", settings);
  const set = (status: string) => stack.call("operator", "PATCH", `/queues/${queue.id}`, { status });
  await set("paused");
  const body = { name: "Guarded evening", description: "", time_zone: "Asia/Seoul", queue_id: queue.id };
  const { id } = await stack.call("operator", "POST", "/concerts", body);
  await stack.call("operator", "POST", `/concerts/${id}/dates`, { date: DATE, seats: 10, price: PRICE });
  return { set, room: `/queues/${queue.id}`, map: `/concerts/${id}/${DATE}` };
}

test("the waiting room guards a page, survives a reload and a second tab, and returns to the page", async ({ page, context, stack, signIn, t }) => {
  const { set, room, map } = await createGuarded(stack);
  await signIn("user1");
  await page.goto(`${map}?seats=4`);
  await expect(page).toHaveURL(new RegExp(`${room}\\?next=`));
  const place = page.getByText(t("waitingRoom.position", { position: 1 }));
  await expect(place).toBeVisible();
  await expect(page.getByText(t("waitingRoom.paused.title"))).toBeVisible();
  await expectAccessible(page);
  await page.reload();
  await expect(place).toBeVisible();
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByText(t("waitingRoom.position", { position: 1 }))).toBeVisible();

  await set("open");
  for (const tab of [page, other]) {
    await expect(tab.locator('[data-seat="4"]')).toHaveAttribute("aria-selected", "true");
    await expect(tab.getByText(t("waitingRoom.visit"))).toBeVisible();
  }
  await expectAccessible(page);
  await page.reload();
  await page.getByRole("button", { name: t("concerts.cart.hold") }).click();
  await expect(page.getByRole("timer")).toBeVisible();

  // The hold is the server's knowledge, too.
  await stack.call("user1", "POST", "/balance/charge", { amount: PRICE });
  await page.reload();
  await expect(page.getByRole("timer")).toBeVisible();
  await page.getByRole("button", { name: t("concerts.reservation.pay", { amount: won(PRICE) }) }).click();
  await expect(page.getByText(t("concerts.reservation.paidTitle"), { exact: true })).toBeVisible();
});

test("a place is given up, and a closed queue joins once it opens", async ({ page, stack, signIn, t }) => {
  const { set, room } = await createGuarded(stack);
  await signIn("user2");
  await page.goto(`${room}?next=//evil.example/`);
  await expect(page.getByText(t("waitingRoom.position", { position: 1 }))).toBeVisible();
  await page.getByRole("button", { name: t("waitingRoom.leave.label") }).click();
  await page.getByRole("button", { name: t("waitingRoom.leave.confirm") }).click();
  await expect(page.getByText(t("waitingRoom.left.title"))).toBeVisible();
  await expectAccessible(page);

  await set("closed");
  await page.getByRole("button", { name: t("waitingRoom.joinAgain") }).click();
  await expect(page.getByText(t("waitingRoom.closed.title"))).toBeVisible();
  await expectAccessible(page);
  await set("open");
  await expect(page.getByText(t("waitingRoom.turn.title"), { exact: true })).toBeVisible();
  await expect(page).toHaveURL(new RegExp(room));
});
