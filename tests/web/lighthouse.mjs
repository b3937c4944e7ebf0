// Runs Lighthouse on pages of a local stack that it starts; see the script beside it.
import { spawn } from "node:child_process";
import lighthouse, { desktopConfig } from "lighthouse";
import puppeteer from "puppeteer-core";

const RUNS = Number(process.argv[2]);
const BOUNDS = { performance: 90, accessibility: 95, "best-practices": 95 };
// Pages of the storefront as a visitor or a user sees them, and pages of the console as an administrator does.
const PAGES = [
  { path: "/", mobile: true },
  { path: "/deals", mobile: true },
  { path: "/deals/1", mobile: true },
  { path: "/concerts", mobile: true, as: "user1" },
  { path: "/events", mobile: true, as: "user1" },
  { path: "/console", as: "admin" },
  { path: "/console/requests", as: "admin" },
  { path: "/console/on-sale", as: "admin" },
];

const child = spawn(process.env.DIBS, ["--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
const url = await new Promise((found, failed) => {
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      said += chunk;
      const address = /shop\s+(http:\/\/\S+?)\/?\s/.exec(said)?.[1];
      if (address) found(address);
    });
  child.on("exit", () => failed(new Error(said)));
});

const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await puppeteer.launch({ executablePath: process.env.CHROME_PATH, args });

/** Signs the browser in, or out for a visitor. */
async function become(as) {
  const page = await browser.newPage();
  await page.goto(`${url}/favicon.svg`);
  await page.evaluate(async (email) => {
    await fetch("/api/v1/auth/logout", { method: "POST" });
    localStorage.clear();
    if (!email) return;
    const body = JSON.stringify({ email, password: "password123" });
    await fetch("/api/v1/auth/login", { method: "POST", headers: { "content-type": "application/json" }, body });
    localStorage.setItem("dibs-session", "signed-in");
  }, as && `${as}@test.com`);
  await page.close();
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
let failed = false;
try {
  for (const { path, mobile, as } of PAGES) {
    await become(as);
    const scores = Object.fromEntries(Object.keys(BOUNDS).map((name) => [name, []]));
    for (let run = 0; run < RUNS; run += 1) {
      const page = await browser.newPage();
      // The cache is cleared before each run; the session, in a cookie and a mark, stays.
      const flags = { onlyCategories: Object.keys(BOUNDS), logLevel: "error" };
      const { lhr } = await lighthouse(url + path, flags, mobile ? undefined : desktopConfig, page);
      for (const name of Object.keys(BOUNDS)) scores[name].push(Math.round((lhr.categories[name].score ?? 0) * 100));
      await page.close();
    }
    const found = Object.entries(scores).map(([name, values]) => [name, median(values)]);
    console.log(`${path} (${mobile ? "mobile" : "desktop"}): ${found.map(([name, value]) => `${name} ${value}`).join(", ")}`);
    failed ||= found.some(([name, value]) => value < BOUNDS[name]);
  }
} finally {
  await browser.close();
  child.removeAllListeners("exit");
  child.kill("SIGKILL");
}
process.exitCode = failed ? 1 : 0;
