import { mkdirSync, writeFileSync } from "node:fs";
import type { Browser, Page } from "@playwright/test";
import { createReviewedEvent, register } from "../journeys/steps";
import { type DemoAccount, expect, type Stack, test } from "../journeys/support";

const FOLDER = "../docs/screenshots";
const QUALITY = 82;
const PATIENT = { timeout: 60_000 };
const DAY_MS = 24 * 60 * 60_000;

/** Stores a picture of what the window shows. */
async function shoot(page: Page, name: string) {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible(PATIENT);
  await expect(page.locator(".loading")).toHaveCount(0, PATIENT);
  // Messages in passing hide the page.
  await page.addStyleTag({ content: ".toasts { display: none }" });
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  writeFileSync(`${FOLDER}/${name}.webp`, Buffer.from(data, "base64"));
}

/** Creates a hall with seats of other users, and returns the path of its map with two seats chosen. */
async function createHall(stack: Stack): Promise<string> {
  const concert = { name: "Winter night at the arena", description: "", time_zone: "Asia/Seoul" };
  const { id } = await stack.call("operator", "POST", "/concerts", concert);
  const date = new Date(Date.now() + 21 * DAY_MS).toISOString().slice(0, 10);
  const rows = (number: number, seats: number) => Array.from({ length: number }, (_, at) => ({ name: `${at + 1}`, seats }));
  const sections = [
    { name: "A", price: 154_000, rows: rows(6, 26) },
    { name: "B", price: 121_000, rows: rows(8, 30) },
    { name: "C", price: 88_000, rows: rows(8, 30) },
  ];
  await stack.call("operator", "POST", `/concerts/${id}/dates`, { date, sections });
  await stack.call("user2", "POST", "/balance/charge", { amount: 10_000_000 });
  const taken = ["A-1", "A-2", "A-3", "B-1", "B-2"].flatMap((row, place) =>
    [0, 1, 2].map((block) => [0, 1, 2, 3].map((seat) => `${row}-${6 + place + block * 5 + seat}`)),
  );
  for (const [number, seats] of taken.entries()) {
    const held = await stack.call("user2", "POST", `/concerts/${id}/reservations`, { date, seats });
    if (number % 3 > 0) await stack.call("user2", "POST", "/payments", { reservation_id: held.id });
  }
  return `/concerts/${id}/${date}?seats=A-4-13,A-4-14`;
}

test("pictures of the main pages while a crowd is there", async ({ browser, stack, signIn }) => {
  mkdirSync(FOLDER, { recursive: true });
  const open = async (who: DemoAccount, path: string) => {
    const context = await newContext(browser, stack);
    await signIn(who, context);
    const page = await context.newPage();
    await page.goto(path);
    return page;
  };
  const events = [];
  for (const name of ["Autumn raffle", "Members' week", "Thank you"]) events.push(await createReviewedEvent(stack, name));
  const other = await newContext(browser, stack);
  for (let number = 0; number < 5; number++) {
    const { post } = await register(other, stack);
    for (const event of events) await post(`/events/${event}/requests/rwd_gem`, {});
  }
  const hall = await createHall(stack);
  // So few are let in that the queue is seen.
  await stack.call("operator", "PATCH", "/queues/que_doors", { admissions_per_second: 0.3 });

  const crowd = async (method = "GET", size = "") =>
    (await fetch(`${stack.url}/_standins/crowd${size}`, { method, headers: { accept: "application/json" } })).json();
  await crowd("POST", "?clients=240&seconds=60");
  const { at } = await crowd();
  const monitor = await open("operator", `/console/on-sale?deal=${at.deal_id}`);
  const deal = await open("user1", `/deals/${at.deal_id}`);
  const doneOrders = async () => (await crowd()).done.orders;
  await expect.poll(doneOrders, { timeout: 90_000 }).toBeGreaterThan(4);
  await shoot(deal, "deal");
  const [room, shop, map] = [await open("user1", "/queues/que_doors"), await open("user1", "/"), await open("user1", hall)];
  await expect.poll(doneOrders, { timeout: 90_000 }).toBeGreaterThan(12);
  await shoot(monitor, "on-sale-monitor");
  await shoot(room, "waiting-room");
  await shoot(shop, "storefront");
  await expect(map.locator('[data-seat="A-4-13"]')).toHaveAttribute("aria-selected", "true", PATIENT);
  await shoot(map, "seat-map");

  const inbox = await open("operator", "/console/requests");
  await expect(inbox.locator("tr[id^=request-]").first()).toBeVisible(PATIENT);
  for (const key of ["j", "x", "Shift+J", "Shift+J"]) await inbox.keyboard.press(key);
  await shoot(inbox, "review-inbox");
});

const newContext = (browser: Browser, stack: Stack) =>
  browser.newContext({ baseURL: stack.url, viewport: { width: 1280, height: 800 }, locale: "en-US", colorScheme: "light" });
