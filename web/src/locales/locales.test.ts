import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

// Vitest runs in the folder of `package.json`.
const folder = "src/locales";
const openapi = "../functions/platform/openapi.json";

const LANGUAGES = ["en", "ko"];
const namespaces = [
  ...new Set(
    readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.split(".")[0] as string),
  ),
];

/** Returns the texts of a file by their path, such as `signIn.title`. */
function texts(namespace: string, language: string): Map<string, string> {
  const found = new Map<string, string>();
  const add = (value: unknown, path: string) => {
    if (typeof value === "string") found.set(path, value);
    else for (const [key, inner] of Object.entries(value as object)) add(inner, path ? `${path}.${key}` : key);
  };
  add(JSON.parse(readFileSync(join(folder, `${namespace}.${language}.json`), "utf8")), "");
  return found;
}

/** Returns a key without the plural form of its language, which English and Korean have different ones of. */
const withoutPlural = (key: string) => key.replace(/_(?:zero|one|two|few|many|other)$/, "");
const keys = (namespace: string, language: string) =>
  [...new Set([...texts(namespace, language).keys()].map(withoutPlural))].sort();

/** Returns the placeholders and nested texts of a text by name, and the tags of `Trans`. */
function placeholders(text: string): string[] {
  const names = [...text.matchAll(/\{\{\s*-?\s*([^},\s]+)/g)].map((match) => `{{${match[1]}}}`);
  const tags = [...text.matchAll(/<\/?[a-z0-9]+\s*\/?>/gi)].map((match) => match[0]);
  return [...new Set([...names, ...tags])].sort();
}

describe.each(namespaces)("the texts of %s", (namespace) => {
  it("have the same keys in each language", () => {
    const [first, ...others] = LANGUAGES.map((language) => keys(namespace, language));
    for (const other of others) expect(other).toEqual(first);
  });

  it("have the same placeholders in each language", () => {
    const placeholdersOf = (language: string) => {
      const found = new Map<string, string[]>();
      for (const [key, text] of texts(namespace, language)) {
        const name = withoutPlural(key);
        // The text for one thing may leave the number out, so the forms of a plural count together.
        found.set(name, [...new Set([...(found.get(name) ?? []), ...placeholders(text)])].sort());
      }
      return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
    };
    expect(placeholdersOf("ko")).toEqual(placeholdersOf("en"));
  });

  it("are not empty", () => {
    const empty = LANGUAGES.flatMap((language) =>
      [...texts(namespace, language)].filter(([, text]) => text.trim() === "").map(([key]) => `${language} ${key}`),
    );
    expect(empty).toEqual([]);
  });

  it("are known to the compiler", () => {
    const types = readFileSync("src/app/texts.d.ts", "utf8");
    const lines = [
      `import type ${namespace} from "../locales/${namespace}.en.json";`,
      `${namespace}: typeof ${namespace};`,
    ];
    expect(lines.filter((line) => !types.includes(line))).toEqual([]);
  });
});

describe("the texts of errors", () => {
  const codes: string[] = JSON.parse(readFileSync(openapi, "utf8")).components.schemas.Failure.properties.error
    .properties.code.enum;

  it.each(LANGUAGES)("say in %s for each error code of the API what to do", (language) => {
    const known = texts("errors", language);
    expect(codes.length).toBeGreaterThan(50);
    expect(codes.filter((code) => !known.has(code))).toEqual([]);
  });

  it("name no error code that the API does not have", () => {
    const own = ["offline", "unexpected", "unknownRoute", "UNEXPECTED_RESPONSE", "TOO_MANY_REQUESTS_WAIT"];
    const unknown = [...texts("errors", "en").keys()].filter((key) => !codes.includes(key) && !own.includes(key));
    expect(unknown).toEqual([]);
  });
});
