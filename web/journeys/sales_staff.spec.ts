import { expect, expectAccessible, test } from "./support";

test("an operator creates a product and its deal, follows the stock and cancels it with its open orders", async ({
  page,
  stack,
  signIn,
  t,
}) => {
  await signIn("operator");
  await page.goto("/console/products");
  await page.getByRole("button", { name: t("salesStaff.product.new") }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(t("salesStaff.product.name")).fill("Rope for dogs");
  await dialog.getByLabel(t("salesStaff.product.price")).fill("20000");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: t("salesStaff.product.create") }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Rope for dogs" })).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: t("salesStaff.deal.newOfProduct") }).click();
  const price = dialog.getByLabel(t("salesStaff.deal.price"), { exact: true });
  await price.fill("20000");
  await expect(price).toHaveAccessibleDescription(/20,000/);
  await expect(price).toHaveAttribute("aria-invalid", "true");
  await price.fill("9900");
  await dialog.getByLabel(t("salesStaff.deal.stock")).fill("40");
  await dialog.getByLabel(t("salesStaff.deal.start")).fill("2020-01-01T00:00");
  await dialog.getByRole("button", { name: t("salesStaff.deal.create") }).click();
  await expect(page.getByRole("heading", { name: t("salesStaff.deal.stockTitle") })).toBeVisible();
  const id = page.url().split("/").pop();

  await stack.call("user1", "POST", "/orders", { time_deal_id: id, quantity: 3 });
  await stack.call("user2", "POST", "/orders", { time_deal_id: id, quantity: 4 });
  const held = page.getByRole("definition").filter({ hasText: /^7/ });
  await expect(held).toBeVisible();
  await expectAccessible(page);

  const cancel = t("salesStaff.deal.cancel");
  await page.getByRole("button", { name: cancel }).click();
  await expect(dialog).toContainText("7");
  await dialog.getByRole("button", { name: cancel }).click();
  await expect(page.getByText(t("salesStaff.deal.closed"))).toBeVisible({ timeout: 30_000 });
  await expect(held).toBeHidden();
});

test("staff find an order with its log, and auditors its payment", async ({ page, stack, signIn, t }) => {
  const order = await stack.call("user2", "POST", "/orders", { time_deal_id: "2", quantity: 1 });
  await stack.call("user2", "POST", "/balance/charge", { amount: 24000 });
  await stack.call("user2", "POST", "/payments", { order_id: order.id });

  await signIn("auditor");
  await page.goto("/console/orders");
  await page.getByLabel(t("salesStaff.user.id")).fill("usr_user2");
  await page.getByRole("button", { name: t("salesStaff.order.listOfUser") }).click();
  await expectAccessible(page);
  await page.getByRole("link", { name: order.product.name }).first().click();
  await expect(page.getByText(t("salesStaff.order.entryMeaning.CONFIRMED"))).toBeVisible();
  await expect(page.getByText(t("salesStaff.payment.completed"), { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.goto("/console/payments");
  await expect(page.getByText(t("salesStaff.report.empty"))).toBeVisible();
  await expectAccessible(page);
});
