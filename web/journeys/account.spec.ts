import { createHmac } from "node:crypto";
import type { Page } from "@playwright/test";
import { freshEmail, mailLink, OWN_PASSWORD } from "./steps";
import { expect, expectAccessible, test } from "./support";

type T = (key: string, values?: Record<string, string | number>) => string;

/** Returns the code that an authenticator app shows for a secret: RFC 6238 with SHA-1, six digits, 30 seconds. */
function codeOf(secret: string): string {
  const bits = [...secret].map((char) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(char).toString(2).padStart(5, "0"));
  const bytes = bits.join("").match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [];
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac("sha1", Buffer.from(bytes)).update(step).digest();
  const start = (hash[19] ?? 0) & 15;
  return String((hash.readUInt32BE(start) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function signUp(page: Page, t: T, email: string) {
  await page.goto("/sign-up");
  await page.getByLabel(t("account.email")).fill(email);
  await page.getByLabel(t("account.password"), { exact: true }).fill(OWN_PASSWORD);
  await page.getByLabel(t("account.name"), { exact: true }).fill("June Journey");
  await page.getByRole("button", { name: t("account.signUp.submit") }).click();
  await expect(page.getByText(t("account.registered.mail", { email }))).toBeVisible();
}

async function signInAt(page: Page, t: T, email: string, password = OWN_PASSWORD) {
  await page.getByLabel(t("account.email")).fill(email);
  await page.getByLabel(t("account.password"), { exact: true }).fill(password);
  await page.getByRole("button", { name: t("account.signIn.submit"), exact: true }).click();
}

test("a visitor signs up and confirms the address, and the token leaves the address bar", async ({ page, stack, t }) => {
  const email = freshEmail();
  await page.goto("/sign-up");
  await page.getByRole("button", { name: t("account.signUp.submit") }).click();
  await expect(page.getByLabel(t("account.email"))).toBeFocused();
  await expect(page.getByText(t("account.rules.name"))).toBeVisible();
  await signUp(page, t, email);

  await page.goto(await mailLink(stack, email, "/confirm-email"));
  await expect(page).toHaveURL(`${stack.url}/confirm-email`);
  await page.getByRole("button", { name: t("account.confirm.submit") }).click();
  await expect(page.getByText(t("account.confirm.done"), { exact: true })).toBeVisible();
  await page.goto("/account");
  await expect(page.getByText(t("account.profile.confirmed"), { exact: true })).toBeVisible();
  await expectAccessible(page);
});

test("a page for signed-in users returns after the sign-in, and another host is no place to return to", async ({ page, stack, t }) => {
  await page.goto("/account/security");
  await page.getByRole("button", { name: "user1@test.com" }).click();
  await expect(page).toHaveURL(`${stack.url}/account/security`);
  await expect(page.getByRole("heading", { name: t("account.sessions.title") })).toBeVisible();
  await expectAccessible(page);
  await page.goto("/sign-in?next=//evil.example/");
  await expect(page).toHaveURL(`${stack.url}/`);
});

test("a wrong password is told, and does not tell whether the account exists", async ({ page, t }) => {
  await page.goto("/sign-in");
  await signInAt(page, t, "user1@test.com", "not the password");
  await expect(page.getByRole("alert")).toHaveText(t("errors.INVALID_CREDENTIALS"));
  await signInAt(page, t, freshEmail(), "not the password");
  await expect(page.getByRole("alert")).toHaveText(t("errors.INVALID_CREDENTIALS"));
  await expectAccessible(page);
});

test("an authenticator app is set up, asked for at the sign-in, and removed by a recovery code", async ({ page, t }) => {
  const email = freshEmail();
  await signUp(page, t, email);
  await page.goto("/account/security");
  const app = page.locator("section", { has: page.getByRole("heading", { name: t("account.totp.title") }) });
  await app.getByLabel(t("account.changePassword.current")).fill(OWN_PASSWORD);
  await app.getByRole("button", { name: t("account.totp.enrol") }).click();
  await expect(app.getByRole("img", { name: t("account.totp.qr") })).toBeVisible();
  const secret = (await app.locator("code").first().textContent()) ?? "";
  await app.getByLabel(t("account.code.app")).fill(codeOf(secret));
  await app.getByRole("button", { name: t("account.totp.confirm") }).click();

  await expect(page.getByRole("heading", { name: t("account.recovery.title") })).toBeVisible();
  const codes = await page.getByRole("listitem").locator("code").allTextContents();
  expect(codes).toHaveLength(10);
  await expectAccessible(page);
  await page.getByLabel(t("account.recovery.kept")).check();
  await page.getByRole("button", { name: t("account.recovery.goOn") }).click();

  await signInAt(page, t, email);
  await page.getByLabel(t("account.code.app")).fill(codeOf(secret) === "000000" ? "111111" : "000000");
  await page.getByRole("button", { name: t("account.signIn.submit"), exact: true }).click();
  await expect(page.getByText(t("errors.TOTP_WRONG"))).toBeVisible();
  await page.getByRole("button", { name: t("account.code.useRecovery") }).click();
  await page.getByLabel(t("account.code.recovery")).fill(codes[0] ?? "");
  await page.getByRole("button", { name: t("account.signIn.submit"), exact: true }).click();
  await expect(page.getByText(t("account.totp.on"), { exact: true })).toBeVisible();

  await page.getByLabel(t("account.totp.codeOrRecovery")).fill(codes[1] ?? "");
  await page.getByRole("button", { name: t("account.totp.remove") }).click();
  await page.getByRole("dialog").getByRole("button", { name: t("account.totp.remove") }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await signInAt(page, t, email);
  await expect(page.getByText(t("account.totp.off"), { exact: true })).toBeVisible();
});

test("a forgotten password is replaced by the link of a mail, which works once", async ({ page, stack, t }) => {
  const email = freshEmail();
  await signUp(page, t, email);
  await page.goto("/forgot-password");
  await page.getByLabel(t("account.email")).fill(email);
  await page.getByRole("button", { name: t("account.mail.send") }).click();
  await expect(page.getByText(t("account.mail.sent"), { exact: true })).toBeVisible();

  const link = await mailLink(stack, email, "/reset-password");
  await page.goto(link);
  await page.getByLabel(t("account.reset.password")).fill("another sentence of mine");
  await page.getByRole("button", { name: t("account.reset.submit") }).click();
  await expect(page.getByText(t("account.reset.done"), { exact: true })).toBeVisible();
  await page.goto("/sign-in?next=/account");
  await signInAt(page, t, email, "another sentence of mine");
  await expect(page).toHaveURL(`${stack.url}/account`);

  await page.goto(link);
  await page.getByLabel(t("account.reset.password")).fill("a third sentence of mine");
  await page.getByRole("button", { name: t("account.reset.submit") }).click();
  await expect(page.getByRole("alert")).toContainText(t("errors.EMAIL_TOKEN_USED"));
});

test("settings of notifications are kept, and an account is closed", async ({ page, stack, t }) => {
  const email = freshEmail();
  await signUp(page, t, email);
  await page.goto("/account/notifications");
  await page.getByLabel(t("account.notifications.kind.granted")).uncheck();
  await page.getByLabel(t("account.notifications.quiet")).check();
  await page.getByRole("button", { name: t("common.save") }).click();
  await expect(page.getByText(t("account.notifications.saved"))).toBeVisible();
  await page.reload();
  await expect(page.getByLabel(t("account.notifications.from"), { exact: true })).toHaveValue("22:00");
  await expect(page.getByLabel(t("account.notifications.kind.granted"))).not.toBeChecked();
  await expectAccessible(page);

  await page.getByRole("link", { name: t("account.account.close") }).click();
  await page.getByLabel(t("account.changePassword.current")).fill(OWN_PASSWORD);
  await page.getByRole("button", { name: t("account.close.submit") }).click();
  await page.getByRole("dialog").getByRole("button", { name: t("account.close.submit") }).click();
  await expect(page).toHaveURL(`${stack.url}/`);
  await expect(page.getByText(t("account.close.done"))).toBeVisible();
  await page.goto("/sign-in");
  await signInAt(page, t, email);
  await expect(page.getByRole("alert")).toHaveText(t("errors.INVALID_CREDENTIALS"));
});
