import { readFileSync } from "node:fs";
import { expect, expectAccessible, test } from "./support";

// Each test reads or makes figures of its own: others of this worker may have ordered before.

const today = (zone: string) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date());

test("an operator sees today's order among the figures, and downloads them", async ({ page, stack, signIn, t }) => {
  await stack.call("user1", "POST", "/orders", { time_deal_id: "2", quantity: 1 });
  await signIn("operator");
  await page.goto("/console");
  await page.getByRole("link", { name: t("dashboards.overview.moreOf", { area: t("dashboards.title.sales") }) }).click();
  await expect(page).toHaveURL(/\/console\/dashboards\/sales\?period=today/);
  const ordered = page.locator(".tile").filter({ has: page.getByText(t("dashboards.sales.held"), { exact: true }) });
  await expect(ordered.locator(".big")).toHaveText(/^[1-9]\d*$/);
  await expectAccessible(page);

  await page.getByLabel(t("dashboards.filter.sale")).selectOption("deal 2");
  await expect(page).toHaveURL(/deal=2/);
  // The address alone shows the same again.
  await page.reload();
  await expect(page.getByLabel(t("dashboards.filter.sale"))).toHaveValue("deal 2");
  await expect(page.getByRole("radio", { name: t("dashboards.period.today") })).toBeChecked();
  await expect(ordered.locator(".big")).toHaveText(/^[1-9]\d*$/);

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: t("dashboards.csv") }).click(),
  ]);
  const day = today("Asia/Seoul");
  expect(download.suggestedFilename()).toBe(`sales-${day}-${day}.csv`);
  expect(readFileSync(await download.path(), "utf8")).toMatch(/^\uFEFF?start,end,/);
});

test("a chart has the same numbers as a table", async ({ page, signIn, t }) => {
  await signIn("auditor");
  await page.goto("/console/dashboards/users");
  const chart = page.getByRole("figure").first();
  await expect(chart.getByRole("img")).toBeVisible();
  await chart.getByText(t("chart.table")).click();
  await expect(chart.getByRole("row")).toHaveCount(8);
  await expectAccessible(page);
});

test("a period without figures says how to get some", async ({ page, signIn, t }) => {
  await signIn("auditor");
  await page.goto("/console/dashboards/rewards?period=custom&from=2026-01-01&to=2026-01-02");
  await expect(page.getByText(t("dashboards.empty.title"))).toBeVisible();
  await page.getByLabel(t("dashboards.period.from")).fill("2025-01-01");
  await expect(page.getByRole("alert")).toHaveText(t("dashboards.period.error.long", { days: 93 }));
});

test("the on-sale monitor follows an order by itself", async ({ page, stack, signIn, t }) => {
  await signIn("auditor");
  await page.goto("/console/on-sale");
  await page.getByLabel(t("dashboards.filter.sale")).selectOption("deal 1");
  await expect(page).toHaveURL(/\/console\/on-sale\?deal=1/);
  const left = page.locator(".monitor-number").filter({ has: page.getByText(t("dashboards.onSale.available"), { exact: true }) });
  const before = (await stack.call("auditor", "GET", "/timedeals/1")).available_quantity;
  await expect(left.locator(".huge")).toHaveText(String(before));
  await stack.call("user2", "POST", "/orders", { time_deal_id: "1", quantity: 1 });
  await expect(left.locator(".huge")).toHaveText(String(before - 1));
  await expectAccessible(page);
});
