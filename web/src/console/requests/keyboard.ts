/** What a key of the inbox does. */
export type Command =
  | "next"
  | "previous"
  | "first"
  | "last"
  | "toggle"
  | "extendDown"
  | "extendUp"
  | "selectAll"
  | "clear"
  | "approve"
  | "reject"
  | "open"
  | "help";

interface Key {
  key: string;
  ctrlKey?: boolean;
  metaKey?: boolean;
  altKey?: boolean;
  shiftKey?: boolean;
}

/** Keys of each command, in the order in which the help lists them. */
export const KEYS: readonly { command: Command; keys: readonly string[] }[] = [
  { command: "next", keys: ["j", "ArrowDown"] },
  { command: "previous", keys: ["k", "ArrowUp"] },
  { command: "first", keys: ["Home"] },
  { command: "last", keys: ["End"] },
  { command: "toggle", keys: ["x"] },
  { command: "extendDown", keys: ["J", "Shift+ArrowDown"] },
  { command: "extendUp", keys: ["K", "Shift+ArrowUp"] },
  { command: "selectAll", keys: ["X"] },
  { command: "clear", keys: ["Escape"] },
  { command: "approve", keys: ["a"] },
  { command: "reject", keys: ["r"] },
  { command: "open", keys: ["o", "Enter"] },
  { command: "help", keys: ["?"] },
];

const byKey = new Map(KEYS.flatMap(({ command, keys }) => keys.map((key) => [key, command] as const)));

/**
 * Keys of the Korean keyboard layout (two-set) that stand where the Latin letters of `KEYS` do. A browser names the
 * letter of the layout, so that without these the shortcuts would need a change of the layout.
 */
const KOREAN: Record<string, string> = { ㅓ: "j", ㅏ: "k", ㅌ: "x", ㅁ: "a", ㄱ: "r", ㅐ: "o" };

/** Returns what a key does, `undefined` for a key of the browser or of nobody. */
export function commandOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Key): Command | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  if (key.startsWith("Arrow")) return byKey.get(shiftKey ? `Shift+${key}` : key);
  const letter = KOREAN[key] ?? key;
  return byKey.get(letter.length === 1 && letter >= "a" && letter <= "z" && shiftKey ? letter.toUpperCase() : letter);
}

/** Whether an element takes keys itself, so that none is a shortcut there. */
export function takesKeys(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("dialog, [contenteditable]:not([contenteditable='false']), textarea, select")) return true;
  const input = target.closest("input");
  if (input) return input.type !== "checkbox";
  // A link or a button that has the focus is what Enter presses.
  return key === "Enter" && target.closest("a, button, summary") !== null;
}

export interface Inbox {
  /** Id of the row that the keys are about. */
  cursor: string | undefined;
  selected: ReadonlySet<string>;
}

/** Moves the cursor or changes the selection, for rows with these ids in this order. Other commands change nothing. */
export function move(inbox: Inbox, command: Command, ids: readonly string[]): Inbox {
  const at = inbox.cursor === undefined ? -1 : ids.indexOf(inbox.cursor);
  const to = (place: number) => ids[Math.max(0, Math.min(ids.length - 1, place))];
  switch (command) {
    case "next":
      return { ...inbox, cursor: to(at + 1) };
    case "previous":
      return { ...inbox, cursor: to(at - 1) };
    case "first":
      return { ...inbox, cursor: to(0) };
    case "last":
      return { ...inbox, cursor: to(ids.length - 1) };
    case "toggle": {
      if (at < 0) return inbox;
      const selected = new Set(inbox.selected);
      if (!selected.delete(ids[at]!)) selected.add(ids[at]!);
      return { ...inbox, selected };
    }
    case "extendDown":
    case "extendUp": {
      const cursor = to(at + (command === "extendDown" ? 1 : -1));
      const selected = new Set(inbox.selected);
      for (const id of [ids[at], cursor]) if (id !== undefined) selected.add(id);
      return { cursor, selected };
    }
    case "selectAll":
      return { ...inbox, selected: new Set(ids) };
    case "clear":
      return { ...inbox, selected: new Set() };
    default:
      return inbox;
  }
}

/** Requests that a decision is about: the selected ones in the order of the rows, or else the one at the cursor. */
export function targets(inbox: Inbox, ids: readonly string[]): string[] {
  const chosen = ids.filter((id) => inbox.selected.has(id));
  if (chosen.length > 0) return chosen;
  return inbox.cursor !== undefined && ids.includes(inbox.cursor) ? [inbox.cursor] : [];
}

/** Follows a change of the rows: the cursor of a row that is gone goes to the row that took its place. */
export function follow(inbox: Inbox, before: readonly string[], after: readonly string[]): Inbox {
  const left = new Set(after);
  const selected = new Set([...inbox.selected].filter((id) => left.has(id)));
  if (inbox.cursor === undefined || left.has(inbox.cursor)) return { ...inbox, selected };
  const at = before.indexOf(inbox.cursor);
  const below = before.slice(at + 1).find((id) => left.has(id));
  const above = before.slice(0, Math.max(at, 0)).findLast((id) => left.has(id));
  return { cursor: below ?? above ?? after[0], selected };
}
