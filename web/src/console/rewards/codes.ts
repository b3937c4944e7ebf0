/** Limits of the API: codes and bytes in one call. */
export const CODES_MAX = 10_000;
export const BYTES_MAX = 1_048_576;
/**
 * Codes that are sent in one call. Adding them takes the API a write for every three: with few, the progress moves, and
 * a call ends before the client repeats it.
 */
export const CODES_A_CALL = 500;

const CODE = /^[!-~]{1,64}$/;

/** Table of cells that a file contains. A file without separators has one column. */
export type Cells = readonly (readonly string[])[];

/** Reads a text or CSV file. Cells are separated by comma, semicolon or tab, and may be quoted, where `csv` is set. */
export function readCells(text: string, csv: boolean): Cells {
  const clean = text.replace(/^\uFEFF/, "");
  if (!csv) return clean.split(/\r\n|\n|\r/).map((line) => [line.trim()]).filter(([line]) => line !== "");
  const separator = findSeparator(clean);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endCell = () => {
    row.push(cell.trim());
    cell = "";
  };
  const endRow = () => {
    endCell();
    if (row.some((value) => value !== "")) rows.push(row);
    row = [];
  };
  for (let at = 0; at < clean.length; at++) {
    const sign = clean[at]!;
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (clean[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && cell.trim() === "") {
      quoted = true;
      cell = "";
    } else if (sign === separator) endCell();
    else if (sign === "\n" || sign === "\r") endRow();
    else cell += sign;
  }
  endRow();
  return rows;
}

function findSeparator(text: string): string {
  const first = text.slice(0, text.search(/[\r\n]|$/));
  return [",", ";", "\t"].reduce((best, sign) => (first.split(sign).length > first.split(best).length ? sign : best));
}

/** Returns the column that has the codes, and whether the first row names the columns, as far as that can be guessed. */
export function guessColumn(cells: Cells): { column: number; heading: boolean } {
  const column = cells[0]?.findIndex((cell) => /^(coupon[ _-]?)?codes?$|^coupons?$|코드|쿠폰/i.test(cell)) ?? -1;
  return column < 0 ? { column: 0, heading: false } : { column, heading: true };
}

export interface ReadCodes {
  /** Codes in the order of the file, each once. */
  codes: string[];
  /** Codes that the file has more than once. */
  repeated: number;
  /** Cells that are no code, with the row of the file from 1 on. */
  invalid: { row: number; text: string }[];
}

/** Takes the codes from a column. */
export function takeCodes(cells: Cells, column: number, heading: boolean): ReadCodes {
  const codes = new Set<string>();
  const found: ReadCodes = { codes: [], repeated: 0, invalid: [] };
  cells.forEach((row, at) => {
    if (heading && at === 0) return;
    const text = row[column] ?? "";
    if (!CODE.test(text)) found.invalid.push({ row: at + 1, text });
    else if (codes.has(text)) found.repeated += 1;
    else codes.add(text);
  });
  found.codes = [...codes];
  return found;
}

/** Divides codes into calls that stay below both limits of the API. The same codes are always divided the same way. */
export function splitCodes(codes: readonly string[], countMax = CODES_A_CALL, bytesMax = BYTES_MAX): string[][] {
  const around = '{"codes":[]}'.length;
  const calls: string[][] = [];
  let call: string[] = [];
  let bytes = around;
  for (const code of codes) {
    // Codes are ASCII, so characters are bytes; a comma follows each but the last.
    const size = JSON.stringify(code).length + 1;
    if (call.length > 0 && (call.length >= Math.min(countMax, CODES_MAX) || bytes + size > bytesMax)) {
      calls.push(call);
      call = [];
      bytes = around;
    }
    call.push(code);
    bytes += size;
  }
  if (call.length > 0) calls.push(call);
  return calls;
}

/** Computes a short fingerprint of codes, by which a page that was loaded anew recognizes the file. */
export function fingerprint(codes: readonly string[]): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (const code of codes) {
    for (let at = 0; at <= code.length; at++) {
      const sign = at < code.length ? code.charCodeAt(at) : 10;
      a = Math.imul(a ^ sign, 2654435761);
      b = Math.imul(b ^ sign, 1597334677);
    }
  }
  return `${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}-${codes.length}`;
}

/** State of an upload, stored so that it goes on after a reload of the page. Contains no code. */
export interface Upload {
  /** Beginning of the idempotency keys, so that a call that is repeated after a lost answer counts once. */
  id: string;
  /** Calls that were answered. */
  done: number;
  added: number;
  duplicates: number;
}

/** Idempotency key of call number `call` of an upload. */
export const callKey = (upload: Upload, call: number) => `codes-${upload.id}-${call}`;

/** Counts an answer. */
export function countAnswer(upload: Upload, answer: { added: number; duplicates: readonly string[] }): Upload {
  return {
    ...upload,
    done: upload.done + 1,
    added: upload.added + answer.added,
    duplicates: upload.duplicates + answer.duplicates.length,
  };
}
