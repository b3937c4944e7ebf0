// Writes src/schema.d.ts and src/generated.ts from the OpenAPI document. With --check it writes nothing, and fails if
// they differ from what it would write.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const here = new URL("..", import.meta.url).pathname;
const source = join(here, "../../functions/platform/openapi.json");
const document = JSON.parse(readFileSync(source, "utf8"));

const scratch = mkdtempSync(join(tmpdir(), "dibs-client-"));
const types = join(scratch, "schema.d.ts");
const tool = join(here, "node_modules/openapi-typescript/bin/cli.js");
execFileSync(process.execPath, [tool, source, "--default-non-nullable", "false", "--output", types], { stdio: "pipe" });

const keyed = Object.entries(document.paths)
  .filter(([path, { post }]) => path.startsWith("/api/v1/") && takesKey(post))
  .map(([path]) => `  ${JSON.stringify(path.slice("/api/v1".length))},`);
const values = `// Written by \`npm run generate\` from the OpenAPI document.

/** Version of the API that this client was made for. */
export const API_VERSION = ${JSON.stringify(document.info.version)};

/** Paths whose POST takes an idempotency key. */
export const KEYED: ReadonlySet<string> = /* @__PURE__ */ new Set([
${keyed.join("\n")}
]);
`;

const wanted = { "src/schema.d.ts": readFileSync(types, "utf8"), "src/generated.ts": values };
rmSync(scratch, { recursive: true });
for (const [name, text] of Object.entries(wanted)) {
  if (!process.argv.includes("--check")) {
    writeFileSync(join(here, name), text);
  } else if (readFileSync(join(here, name), "utf8") !== text) {
    console.error(`${name} differs from the OpenAPI document. Run \`npm run generate\` in clients/typescript.`);
    process.exitCode = 1;
  }
}

function takesKey(operation) {
  return operation?.parameters?.some((one) => one.in === "header" && one.name === "Idempotency-Key");
}
