// Prints the scripts of each entrance's first load, compressed, and fails when they exceed their bound. The first load is
// what a page imports before a path is known: its own script and all that this imports statically.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const KIB = 1024;
const pages = [
  { page: "index.html", maximum: 150 },
  { page: "console.html", maximum: 350 },
];

/** Returns the files that a script imports statically, itself included. */
function loaded(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(`dist/assets/${file}`, "utf8");
  for (const [, other] of text.matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)) loaded(other, found);
  return found;
}

let failed = false;
for (const { page, maximum } of pages) {
  const html = readFileSync(`dist/${page}`, "utf8");
  const files = new Set();
  for (const [, file] of html.matchAll(/(?:src|href)="\/assets\/([\w.-]+\.js)"/g)) loaded(file, files);
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(`dist/assets/${file}`)).length, 0);
  console.log(`${page}: ${(bytes / KIB).toFixed(1)} KiB of script in ${files.size} files, at most ${maximum}`);
  failed ||= bytes > maximum * KIB;
}
process.exitCode = failed ? 1 : 0;
