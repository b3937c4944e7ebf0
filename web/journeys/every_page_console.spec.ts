import { problemsOf, unvisited, type Visit } from "./every_page";
import { createReviewedEvent, untilMet } from "./steps";
import { expect, type Stack, test } from "./support";

const TIMEOUT_MS = 240_000;

/** Leaves traces in each area, and returns the pages that show them. */
async function pagesOf(stack: Stack): Promise<Visit[]> {
  const order = await stack.call("user1", "POST", "/orders", { time_deal_id: "2", quantity: 1 });
  await stack.call("user1", "POST", "/balance/charge", { amount: 100_000 });
  const payment = await stack.call("user1", "POST", "/payments", { order_id: order.id });
  await untilMet(stack, "user2", "cmp_rush");
  const claim = await stack.call("user2", "POST", "/events/cmp_rush/requests/rwd_gem");
  const event = await createReviewedEvent(stack, "Reviewed week");
  await stack.call("user1", "POST", `/events/${event}/requests/rwd_gem`);
  const [{ date }] = await stack.call("operator", "GET", "/concerts/con_club/dates");
  const webhook = await stack.call("operator", "POST", "/webhooks", { url: `${stack.url}/no-such-hook`, events: ["order.*"] });
  await stack.call("operator", "POST", `/webhooks/${webhook.id}/test`);
  const id = (of: { id: string }) => encodeURIComponent(of.id);
  return [
    { path: "/console" },
    { path: "/console/dashboards/sales" },
    { path: "/console/dashboards/sales?period=7d" },
    { path: "/console/dashboards/events", text: "Reviewed week" },
    { path: "/console/dashboards/rewards" },
    { path: "/console/dashboards/users" },
    { path: "/console/dashboards/queues" },
    { path: "/console/on-sale?deal=2" },
    { path: "/console/requests", text: "usr_user1" },
    { path: "/console/requests?status=all", text: "usr_user2" },
    { path: `/console/requests/${id(claim)}`, text: "usr_user2" },
    { path: "/console/events", text: "Reviewed week" },
    { path: "/console/events/new" },
    { path: `/console/events/${event}`, text: "gem" },
    { path: "/console/events/cmp_rush", text: "gem" },
    { path: "/console/rewards", text: "vip code" },
    { path: "/console/rewards/rwd_vip-code", text: "rwd_vip-code" },
    { path: "/console/products", text: "Cat tree" },
    { path: "/console/products/prd_salmon", text: "Nothing but salmon." },
    { path: "/console/deals", text: "Cat tree" },
    { path: "/console/deals/2", text: "Dried salmon" },
    { path: "/console/orders?user=usr_user1", text: "Dried salmon" },
    { path: `/console/orders/${id(order)}`, text: "usr_user1" },
    { path: "/console/payments" },
    { path: "/console/payments?user=usr_user1", text: "24,000" },
    { path: `/console/payments?payment=${id(payment)}`, text: payment.id },
    { path: "/console/concerts", text: "A night at the club" },
    { path: "/console/concerts/con_club", text: date.slice(0, 4) },
    { path: `/console/concerts/con_club/${date}` },
    { path: "/console/queues", text: "Doors of the spring tour" },
    { path: "/console/queues/que_doors" },
    { path: "/console/users" },
    { path: "/console/users/usr_user1", text: "user1@test.com" },
    { path: "/console/audit", text: "usr_user1" },
    { path: "/console/audit?view=verify" },
    { path: "/console/webhooks", text: "no-such-hook" },
    { path: `/console/webhooks/${webhook.id}`, text: "webhook.test" },
    { path: "/console/notifications" },
    { path: "/console/dead-letters" },
    { path: "/console/no-such-page" },
  ];
}

let prepared: Promise<Visit[]> | undefined;
/** Returns the pages; the stack of a worker has their traces once. */
const pages = (stack: Stack) => {
  prepared ??= pagesOf(stack);
  return prepared;
};

const parts = {
  "figures and rewards": /^\/console($|\/dashboards|\/on-sale|\/requests|\/events|\/rewards)/,
  "sales and seats": /^\/console\/(products|deals|orders|payments|concerts|queues)/,
  "users and operation": /^\/console\/(users|audit|webhooks|notifications|dead-letters|no-such-page)/,
};

for (const [name, part] of Object.entries(parts)) {
  test(`console pages of ${name} are accessible, fit each width and show no keys`, async ({ page, stack, signIn }) => {
    test.setTimeout(TIMEOUT_MS);
    const visits = (await pages(stack)).filter(({ path }) => part.test(path));
    await signIn("admin");
    expect(await problemsOf(page, visits)).toEqual([]);
  });
}

test("each page of the console is visited", async ({ stack }) => {
  const visits = (await pages(stack)).filter(({ path }) => Object.values(parts).some((part) => part.test(path)));
  expect(unvisited("console", visits)).toEqual([]);
});
