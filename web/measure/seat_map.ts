// Measures how smoothly a seat map of 2,000 seats moves: share of frames under 50 ms while a pressed mouse pans it.
// Needs a running stack with the demo accounts, and Chromium; nothing else should run meanwhile.
//   npm run measure:seats -- [address of the page] [address of the API]
import { chromium, type Page } from "@playwright/test";

const [address = "http://127.0.0.1:8080", api = address] = process.argv.slice(2);
const PASSWORD = "password123";
const LIMIT_MS = 50;
const GOAL = 0.95;
const FRAMES_MIN = 100;
const PANS = 8;
const STEPS = 40;

async function call(path: string, body: object, token?: string) {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(`${api}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()).data;
}

/** Creates a concert with 2,000 seats in four sections, and returns the path of its seat map. */
async function createHall(): Promise<string> {
  const { access_token } = await call("/auth/login", { email: "operator@test.com", password: PASSWORD });
  const concert = await call("/concerts", { name: "Measured hall", description: "", time_zone: "Asia/Seoul" }, access_token);
  const date = new Date(Date.now() + 7 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  const rows = Array.from({ length: 10 }, (_, at) => ({ name: `${at + 1}`, seats: 50 }));
  const sections = ["A", "B", "C", "D"].map((name, at) => ({ name, price: 120_000 - at * 20_000, rows }));
  await call(`/concerts/${concert.id}/dates`, { date, sections }, access_token);
  return `/concerts/${concert.id}/${date}`;
}

async function signIn(page: Page, next: string) {
  await page.goto(`${address}/sign-in?next=${encodeURIComponent(next)}`);
  await page.getByLabel("E-mail").fill("user1@test.com");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("grid").waitFor();
}

/** Pans the map to and fro, and returns the lengths of the frames in which it moved, in milliseconds. */
async function pan(page: Page): Promise<number[]> {
  const view = page.locator(".seat-view");
  await view.scrollIntoViewIfNeeded();
  const box = await view.boundingBox();
  if (!box) throw new Error("the seat map is not shown");
  await view.evaluate((element) => {
    const frames: number[] = [];
    Object.assign(window, { frames });
    let [time, left, top] = [performance.now(), element.scrollLeft, element.scrollTop];
    const frame = (now: number) => {
      if (left !== element.scrollLeft || top !== element.scrollTop) frames.push(now - time);
      [time, left, top] = [now, element.scrollLeft, element.scrollTop];
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  for (let at = 0; at < PANS; at++) {
    const away = at % 2 === 0 ? -1 : 1;
    await page.mouse.move(x - (away * box.width) / 3, y - (away * box.height) / 3);
    await page.mouse.down();
    await page.mouse.move(x + (away * box.width) / 3, y + (away * box.height) / 3, { steps: STEPS });
    await page.mouse.up();
  }
  return page.evaluate(() => (window as unknown as { frames: number[] }).frames);
}

/** Prints the frames of a run, and returns whether enough of them were short. */
function report(name: string, frames: number[]): boolean {
  const sorted = [...frames].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const share = frames.filter((length) => length < LIMIT_MS).length / frames.length;
  const numbers = `median ${at(0.5).toFixed(1)} ms, 95 of 100 under ${at(0.95).toFixed(1)} ms, longest ${at(1).toFixed(1)} ms`;
  console.log(`${name}: ${frames.length} frames, ${(share * 100).toFixed(1)} % under ${LIMIT_MS} ms; ${numbers}`);
  if (frames.length < FRAMES_MIN) throw new Error(`${name}: the map moved in fewer than ${FRAMES_MIN} frames`);
  return share >= GOAL;
}

const path = await createHall();
const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: "en-US" });
  await signIn(page, path);
  const seats = await page.getByRole("gridcell").count();
  if (seats !== 2000) throw new Error(`the map shows ${seats} seats in place of 2,000`);
  const near = report("as it opens", await pan(page));
  await page.reload();
  await page.getByRole("grid").waitFor();
  for (let at = 0; at < 3; at++) await page.getByRole("button", { name: "Enlarge the map" }).click();
  const far = report("enlarged", await pan(page));
  if (!near || !far) {
    console.error(`Fewer than ${GOAL * 100} of 100 frames were under ${LIMIT_MS} ms.`);
    process.exitCode = 1;
  }
} finally {
  await browser.close();
}
