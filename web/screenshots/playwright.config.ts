import { defineConfig } from "@playwright/test";
import journeys from "../playwright.config.ts";

// `npm run screenshots` takes the pictures of docs/screenshots. They show the web of `web/dist`.
export default defineConfig({
  ...journeys,
  testDir: ".",
  testMatch: "screenshots.ts",
  workers: 1,
  timeout: 300_000,
  outputDir: "../test-results",
  use: { ...journeys.use, trace: "off", viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  projects: [{ name: "en", use: { locale: "en-US" } }],
});
