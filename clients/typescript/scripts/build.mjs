// Compiles src to dist, and puts the licences of the repository into the package.
import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const here = new URL("..", import.meta.url).pathname;
const at = (...parts) => join(here, ...parts);

rmSync(at("dist"), { recursive: true, force: true });
execFileSync(process.execPath, [at("node_modules/typescript/bin/tsc"), "-p", at("tsconfig.build.json")], {
  stdio: "inherit",
});
// The compiler does not copy declarations that it reads.
copyFileSync(at("src/schema.d.ts"), at("dist/schema.d.ts"));
for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(at("../..", licence), at(licence));
