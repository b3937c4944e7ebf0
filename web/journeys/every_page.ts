import { readdirSync, readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** Page to visit, and a text of its content that is there once its data is. */
export interface Visit {
  path: string;
  /** Text of the main part, beside the heading of the level 1. */
  text?: string | RegExp;
}

const WIDTHS = [360, 768, 1920];
const HEIGHT = 800;

/** Keys of all texts that have several parts, such as `order.paid`. */
const KEYS = readdirSync("src/locales")
  .filter((name) => name.endsWith(".en.json"))
  .flatMap((name) => pathsOf(JSON.parse(readFileSync(`src/locales/${name}`, "utf8"))))
  .filter((key) => key.includes("."));

function pathsOf(texts: object): string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [key] : pathsOf(value).map((path) => `${key}.${path}`),
  );
}

/** Returns the routes of an entrance that no visit has. */
export function unvisited(entrance: "storefront" | "console", visits: readonly Visit[]): string[] {
  const pages = readFileSync(`src/${entrance}/pages.tsx`, "utf8");
  const base = entrance === "console" ? "/console" : "";
  const paths = visits.map(({ path }) => path.replace(/[?#].*/, "").slice(base.length) || "/");
  return [...pages.matchAll(/ path="([^"]+)"/g)]
    .map(([, route]) => route as string)
    .filter((route) => {
      const pattern = route.replace(/\/\*\?$/, "(/.*)?").replace(/:\w+/g, "[^/]+");
      return !paths.some((path) => new RegExp(`^${pattern}$`).test(path));
    });
}

/**
 * Visits pages. Returns what is wrong with them: what axe finds in light and in dark, a width at which the document
 * scrolls sideways, and keys or objects in place of texts.
 */
export async function problemsOf(page: Page, visits: readonly Visit[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { path, text } of visits) {
    const tell = (problem: string) => problems.push(`${path}: ${problem}`);
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(path);
    const main = page.getByRole("main");
    try {
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      if (text !== undefined) await expect(main.getByText(text).filter({ visible: true }).first()).toBeVisible();
      await expect(page.locator(".loading")).toHaveCount(0);
    } catch {
      tell(`shows no ${text ?? "content"} but: ${(await main.innerText()).slice(0, 300)}`);
    }

    for (const violation of await violationsOf(page)) tell(violation);
    // Colors on their way from light to dark are neither.
    await page.addStyleTag({ content: "*, ::before, ::after { transition: none !important }" });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForFunction(() => matchMedia("(prefers-color-scheme: dark)").matches);
    // Beside colors, dark pages are as light ones are.
    for (const violation of await violationsOf(page, ["color-contrast"])) tell(`dark, ${violation}`);

    const shown = await page.locator("body").innerText();
    const words = new Set(shown.split(/[\s,;()"“”]+/));
    for (const key of KEYS) if (words.has(key)) tell(`shows the key ${key}`);
    for (const wrong of ["[object", "{{", "undefined", "NaN"]) if (shown.includes(wrong)) tell(`shows ${wrong}`);

    const size = page.viewportSize();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: HEIGHT });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) tell(`scrolls sideways by ${wide} px at ${width} px`);
    }
    if (size) await page.setViewportSize(size);
  }
  return problems;
}

async function violationsOf(page: Page, rules?: string[]): Promise<string[]> {
  // The pages have no frames, for which the other mode opens a page of its own.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  if (rules) axe.withRules(rules);
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
