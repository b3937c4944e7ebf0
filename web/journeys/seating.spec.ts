import { expect, expectAccessible, test } from "./support";

test("an operator creates a concert and a date with sections, and sees a seat being held", async ({
  page,
  stack,
  signIn,
  t,
}) => {
  await signIn("operator");
  await page.goto("/console/concerts");
  await page.getByRole("button", { name: t("seating.concert.new") }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(t("seating.concert.name"), { exact: true }).fill("Autumn tour");
  await dialog.getByRole("button", { name: t("seating.concert.create") }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Autumn tour" })).toBeVisible();

  await page.getByRole("button", { name: t("seating.date.new"), exact: true }).first().click();
  await dialog.getByLabel(t("seating.date.one"), { exact: true }).fill("2099-05-01");
  await dialog.getByLabel(t("seating.date.kinds.sections")).check();
  await dialog.getByLabel(t("seating.layout.price")).fill("90000");
  await dialog.getByLabel(t("seating.layout.rows"), { exact: true }).fill("30");
  await dialog.getByLabel(t("seating.layout.seatsOfRow")).fill("70");
  await expect(dialog.getByRole("alert")).toContainText("100");
  await dialog.getByLabel(t("seating.layout.differ")).check();
  await dialog.getByLabel(t("seating.layout.lengths")).fill("20, 22");
  await expect(dialog.getByText("A-2-22")).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: t("seating.date.create") }).click();

  await expect(page.getByRole("heading", { name: t("seating.date.bySection") })).toBeVisible();
  const concert = page.url().split("/").at(-2);
  await stack.call("user1", "POST", `/concerts/${concert}/reservations`, { date: "2099-05-01", seats: ["A-1-1", "A-1-2"] });
  await expect(page.getByRole("row", { name: /^A / }).getByRole("cell").nth(4)).toHaveText("2");
  await expectAccessible(page);
});

test("an operator moves the rate of a queue, sees a refused value put back, and pauses the queue", async ({
  page,
  stack,
  signIn,
  t,
}) => {
  const queue = await stack.call("operator", "POST", "/queues", { name: "Doors", capacity: 10, admissions_per_second: 5 });
  const stored = async () => {
    const queues: (typeof queue)[] = await stack.call("operator", "GET", "/queues?limit=100");
    return queues.find(({ id }) => id === queue.id);
  };
  await signIn("operator");
  await page.goto(`/console/queues/${queue.id}`);
  const rate = page.getByRole("slider", { name: t("seating.queue.admissions_per_second") });
  await rate.press("ArrowRight");
  await rate.press("ArrowRight");
  await expect(rate).toHaveAttribute("aria-valuetext", /8/);
  await expect.poll(async () => (await stored()).admissions_per_second).toBe(8);

  const address = `**/api/v1/queues/${queue.id}`;
  await page.route(address, async (route) => {
    if (route.request().method() !== "PATCH") return route.continue();
    const error = { code: "TOTP_ENROLMENT_REQUIRED", message: "Refused.", request_id: "test" };
    await route.fulfill({ status: 403, json: { success: false, error } });
  });
  const capacity = page.getByRole("slider", { name: t("seating.queue.capacity") });
  await capacity.press("ArrowRight");
  await expect(capacity).toHaveAttribute("aria-valuetext", /12/);
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(capacity).toHaveAttribute("aria-valuetext", /10/);
  await page.unroute(address);

  await page.getByRole("radio", { name: t("seating.queue.status.paused") }).check();
  await expect.poll(async () => (await stored()).status).toBe("paused");
  await expectAccessible(page);
});
