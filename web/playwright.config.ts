import { defineConfig } from "@playwright/test";

// Switches that keep Chromium from calling home; there is no sandbox for root in CI.
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig({
  testDir: "journeys",
  outputDir: "test-results",
  workers: 2,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args },
    trace: "retain-on-failure",
    timezoneId: "Asia/Seoul",
  },
  projects: [
    { name: "en", use: { locale: "en-US" } },
    { name: "ko", use: { locale: "ko-KR" } },
  ],
});
