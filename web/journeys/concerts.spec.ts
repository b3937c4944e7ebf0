import type { Page } from "@playwright/test";
import { won } from "./steps";
import { expect, expectAccessible, type Stack, test } from "./support";

const DAY_MS = 24 * 60 * 60_000;
const DATE = new Date(Date.now() + 14 * DAY_MS).toISOString().slice(0, 10);

/** Creates a concert of its own for a test, with two sections of two rows. */
async function createConcert(stack: Stack, { price = 30_000, hold_seconds = 300 } = {}) {
  const body = { name: "Chamber music", description: "An evening.", time_zone: "Asia/Seoul", hold_seconds };
  const { id } = await stack.call("operator", "POST", "/concerts", body);
  const rows = [
    { name: "1", seats: 6 },
    { name: "2", seats: 6 },
  ];
  const sections = [
    { name: "A", price, rows },
    { name: "B", price: price / 2, rows },
  ];
  await stack.call("operator", "POST", `/concerts/${id}/dates`, { date: DATE, sections });
  return { id: String(id), path: `/concerts/${id}`, map: `/concerts/${id}/${DATE}` };
}

const seat = (page: Page, name: string) => page.locator(`[data-seat="${name}"]`);

test("a date is found from the list of concerts, and its seats are shown", async ({ page, stack, signIn, t }) => {
  const concert = await createConcert(stack, { price: 777_000 });
  await signIn("user2");
  await page.goto("/concerts");
  await expect(page.getByRole("article").filter({ hasText: won(777_000) })).toBeVisible();
  await expectAccessible(page);
  await page.goto(concert.path);
  await expect(page.getByRole("button", { name: t("concerts.dates.choose") })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: t("concerts.dates.choose") }).click();
  await expect(page.getByRole("grid", { name: t("concerts.choice.map") }).getByRole("gridcell")).toHaveCount(24);
  await expectAccessible(page);
});

test("seats are chosen by keyboard, held, paid from a charged balance, and Back pays nothing twice", async ({ page, stack, signIn, t }) => {
  const price = 700_000;
  const concert = await createConcert(stack, { price });
  const { balance } = await stack.call("user1", "GET", "/balance");
  const missing = 2 * price - balance;
  await signIn("user1");
  await page.goto(concert.map);
  await seat(page, "A-1-1").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await page.keyboard.press("End");
  await page.keyboard.press("Space");
  await expect(seat(page, "A-2-2")).toHaveAttribute("aria-selected", "true");
  await expect(seat(page, "A-2-6")).toBeFocused();
  await page.reload();
  await expect(seat(page, "A-2-6")).toHaveAttribute("aria-selected", "true");
  await page.getByRole("button", { name: t("concerts.cart.hold") }).click();

  await page.getByRole("button", { name: t("concerts.reservation.charge", { missing: won(missing) }) }).click();
  await page.getByRole("button", { name: t("balance.chargeAmount", { amount: won(missing) }) }).click();
  await page.getByRole("button", { name: t("concerts.reservation.pay", { amount: won(2 * price) }) }).dblclick();
  await expect(page.getByText(t("concerts.reservation.paidTitle"), { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.goBack();
  await page.goForward();
  await expect(page.getByText(t("concerts.reservation.paidTitle"), { exact: true })).toBeVisible();
  expect((await stack.call("user1", "GET", "/balance")).balance).toBe(0);

  await page.goto("/reservations");
  await expect(page.getByRole("article").first()).toContainText(t("concerts.reservation.status.paid"));
  await expectAccessible(page);
});

test("two browsers want one seat: the other is told, and keeps the seats that are left", async ({ page, browser, stack, signIn, t }, info) => {
  const concert = await createConcert(stack);
  const second = await browser.newContext({ baseURL: stack.url, locale: info.project.use.locale ?? "en-US" });
  await signIn("user1");
  await signIn("user2", second);
  const other = await second.newPage();
  for (const one of [page, other]) await one.goto(concert.map);
  await seat(page, "A-1-3").click();
  for (const name of ["A-1-3", "A-1-4"]) await seat(other, name).click();
  await page.getByRole("button", { name: t("concerts.cart.hold") }).click();
  await expect(page.getByRole("timer")).toBeVisible();
  await expect(seat(other, "A-1-3")).toHaveClass(/held/);
  await expect(other.getByText(t("concerts.cart.lost"), { exact: true })).toBeVisible();
  await expect(seat(other, "A-1-4")).toHaveAttribute("aria-selected", "true");

  // Somebody is faster in the very moment in which the seats are held.
  await seat(other, "A-1-5").click();
  await other.route("**/reservations", async (route) => {
    await stack.call("user1", "POST", `/concerts/${concert.id}/reservations`, { date: DATE, seats: ["A-1-4"] });
    await route.continue();
  }, { times: 1 });
  await other.getByRole("button", { name: t("concerts.cart.hold") }).click();
  // Korean has one form for one and for many.
  const told = info.project.name === "ko" ? "concerts.refused.taken_other" : "concerts.refused.taken_one";
  await expect(other.getByText(t(told, { seats: "A-1-4" }))).toBeVisible();
  await expectAccessible(other);
  await other.getByRole("button", { name: t("concerts.cart.hold") }).click();
  await expect(other.getByText("A-1-5")).toBeVisible();

  // What is canceled is free for the other at once.
  await other.goto(concert.map);
  await expect(seat(other, "A-1-3")).toHaveClass(/held/);
  await page.getByRole("button", { name: t("concerts.reservation.cancel") }).click();
  await page.getByRole("button", { name: t("concerts.reservation.cancelConfirm") }).click();
  await expect(page.getByText(t("concerts.reservation.canceledTitle"), { exact: true })).toBeVisible();
  await expect(seat(other, "A-1-3")).toHaveClass(/available/);
  await second.close();
});

test("the best seats of a section are held; a hold whose time is over leads back to the map", async ({ page, stack, signIn, t }) => {
  const concert = await createConcert(stack, { hold_seconds: 10 });
  await stack.call("user1", "POST", `/concerts/${concert.id}/reservations`, { date: DATE, seats: ["B-1-2"] });
  await signIn("user2");
  await page.goto(concert.map);
  await page.getByLabel(t("concerts.filter.section"), { exact: true }).selectOption("B");
  await expect(seat(page, "A-1-1")).toBeHidden();
  await page.getByLabel(t("concerts.best.count")).selectOption("3");
  await page.getByRole("button", { name: t("concerts.best.hold") }).click();
  await expect(page.getByText("B-1-3, B-1-4, B-1-5")).toBeVisible();
  await expect(page.getByRole("timer")).toBeVisible();
  await expect(page.getByText(t("concerts.reservation.expiredTitle"))).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: t("concerts.reservation.toMap") }).click();
  await expect(seat(page, "B-1-3")).toBeVisible();
});
