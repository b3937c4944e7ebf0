import { problemsOf, unvisited, type Visit } from "./every_page";
import { untilMet } from "./steps";
import { expect, type Stack, test } from "./support";

const TIMEOUT_MS = 240_000;

const visitor: Visit[] = [
  { path: "/", text: "Cat tree" },
  { path: "/deals", text: "Cat tree" },
  { path: "/deals/1", text: "Three floors of sisal" },
  { path: "/deals/3", text: "Runs by itself" },
  { path: "/deals/5", text: "Two a day." },
  { path: "/sign-in?next=/orders", text: "user1@test.com" },
  { path: "/sign-up" },
  { path: "/confirm-email#token=abc" },
  { path: "/confirm-email" },
  { path: "/forgot-password" },
  { path: "/reset-password#token=abc" },
  { path: "/unsubscribe#token=abc" },
  { path: "/no-such-page" },
  { path: "/deals/no-such-deal" },
];

/** Gives a user an order of each kind, seats, money and a claim, and returns the pages that show them. */
async function pagesOf(stack: Stack): Promise<Visit[]> {
  const paid = await stack.call("user1", "POST", "/orders", { time_deal_id: "2", quantity: 1 });
  await stack.call("user1", "POST", "/balance/charge", { amount: 500_000 });
  await stack.call("user1", "POST", "/payments", { order_id: paid.id });
  const held = await stack.call("user1", "POST", "/orders", { time_deal_id: "1", quantity: 2 });
  await untilMet(stack, "user1", "cmp_rush");
  const claim = await stack.call("user1", "POST", "/events/cmp_rush/requests/rwd_gem");
  const [{ date }] = await stack.call("user1", "GET", "/concerts/con_club/dates");
  const [{ date: guarded }] = await stack.call("operator", "GET", "/concerts/con_spring/dates");
  const { seats } = await stack.call("user1", "GET", `/concerts/con_club/dates/${date}/seats`);
  const free = seats.filter(({ status }: { status: string }) => status === "available").map(({ seat }: { seat: string }) => seat);
  const hold = (seat: string) => stack.call("user1", "POST", "/concerts/con_club/reservations", { date, seats: [seat] });
  const [own, open] = [await hold(free[0]), await hold(free[1])];
  await stack.call("user1", "POST", "/payments", { reservation_id: own.id });
  const id = (of: { id: string }) => encodeURIComponent(of.id);
  return [
    { path: "/" },
    { path: "/deals/1", text: "Three floors of sisal" },
    { path: "/orders", text: "Cat tree" },
    { path: `/orders/${id(paid)}`, text: "Dried salmon" },
    { path: `/orders/${id(held)}`, text: "Cat tree" },
    { path: `/holds/${id(held)}`, text: "Cat tree" },
    { path: "/balance", text: "500,000" },
    { path: "/balance?amount=1000" },
    { path: "/concerts", text: "A night at the club" },
    { path: "/concerts/con_spring", text: guarded.slice(0, 4) },
    { path: `/concerts/con_club/${date}` },
    { path: "/reservations", text: "A night at the club" },
    { path: `/reservations/${id(own)}`, text: "A night at the club" },
    { path: `/reservations/${id(open)}`, text: "A night at the club" },
    { path: "/queues/que_doors" },
    { path: `/concerts/con_spring/${guarded}`, text: /seat|좌석/i },
    { path: "/events", text: "Welcome" },
    { path: "/events/cmp_rush", text: "gem" },
    { path: "/events/cmp_week", text: "faithful" },
    { path: "/events/cmp_dragon", text: "sword" },
    { path: "/requests", text: "First come" },
    { path: `/requests/${id(claim)}`, text: "gem" },
    { path: "/inventory", text: "gem" },
    { path: "/account", text: "user1@test.com" },
    { path: "/account/security" },
    { path: "/account/notifications" },
    { path: "/account/close" },
  ];
}

test("pages for visitors are accessible, fit each width and show no keys", async ({ page }) => {
  test.setTimeout(TIMEOUT_MS);
  expect(await problemsOf(page, visitor)).toEqual([]);
});

test("pages for users are accessible, fit each width and show no keys", async ({ page, stack, signIn }) => {
  test.setTimeout(TIMEOUT_MS);
  const visits = await pagesOf(stack);
  await signIn("user1");
  expect(await problemsOf(page, visits)).toEqual([]);
  expect(unvisited("storefront", [...visitor, ...visits])).toEqual([]);
});
