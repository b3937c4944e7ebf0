import { describe, expect, it } from "vitest";
import { commandOf, follow, type Inbox, KEYS, move, takesKeys, targets } from "./keyboard";

const ids = ["a", "b", "c", "d"];
const at = (cursor: string | undefined, ...selected: string[]): Inbox => ({ cursor, selected: new Set(selected) });

describe("commandOf", () => {
  it("knows each key of the help, and no key has two meanings", () => {
    const keys = KEYS.flatMap(({ keys }) => keys);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { command, keys } of KEYS)
      for (const key of keys) {
        const shifted = key.startsWith("Shift+");
        expect(commandOf({ key: key.replace("Shift+", ""), shiftKey: shifted || /^[A-Z?]$/.test(key) })).toBe(command);
      }
  });

  it("leaves the keys of the browser alone", () => {
    expect(commandOf({ key: "r", ctrlKey: true })).toBeUndefined();
    expect(commandOf({ key: "a", metaKey: true })).toBeUndefined();
    expect(commandOf({ key: "ArrowDown", altKey: true })).toBeUndefined();
    expect(commandOf({ key: "q" })).toBeUndefined();
  });

  it("knows the same keys on the Korean layout", () => {
    expect(commandOf({ key: "ㅓ" })).toBe("next");
    expect(commandOf({ key: "ㅌ" })).toBe("toggle");
    expect(commandOf({ key: "ㅌ", shiftKey: true })).toBe("selectAll");
    expect(commandOf({ key: "ㄱ" })).toBe("reject");
  });
});

describe("takesKeys", () => {
  const element = (html: string) => {
    const root = document.createElement("div");
    root.innerHTML = html;
    return root.querySelector("[data-at]");
  };

  it("is true while somebody types or a dialog is open", () => {
    for (const html of [
      "<input data-at>",
      '<input type="search" data-at>',
      "<textarea data-at></textarea>",
      "<select data-at></select>",
      '<p contenteditable="true"><b data-at></b></p>',
      "<dialog><button data-at></button></dialog>",
    ])
      expect(takesKeys(element(html), "a"), html).toBe(true);
  });

  it("is false elsewhere, except for Enter on what it presses", () => {
    expect(takesKeys(document.body, "a")).toBe(false);
    expect(takesKeys(null, "a")).toBe(false);
    expect(takesKeys(element('<input type="checkbox" data-at>'), "x")).toBe(false);
    expect(takesKeys(element("<button data-at></button>"), "a")).toBe(false);
    expect(takesKeys(element("<button data-at></button>"), "Enter")).toBe(true);
    expect(takesKeys(element("<a href='#'><i data-at></i></a>"), "Enter")).toBe(true);
  });
});

describe("move", () => {
  it("moves the cursor, and stops at the ends", () => {
    expect(move(at(undefined), "next", ids).cursor).toBe("a");
    expect(move(at(undefined), "previous", ids).cursor).toBe("a");
    expect(move(at("b"), "next", ids).cursor).toBe("c");
    expect(move(at("d"), "next", ids).cursor).toBe("d");
    expect(move(at("a"), "previous", ids).cursor).toBe("a");
    expect(move(at("b"), "last", ids).cursor).toBe("d");
    expect(move(at("c"), "first", ids).cursor).toBe("a");
    expect(move(at("a"), "next", []).cursor).toBeUndefined();
  });

  it("selects and deselects the row at the cursor", () => {
    const once = move(at("b", "a"), "toggle", ids);
    expect([...once.selected]).toEqual(["a", "b"]);
    expect([...move(once, "toggle", ids).selected]).toEqual(["a"]);
    expect(move(at(undefined), "toggle", ids).selected.size).toBe(0);
  });

  it("extends the selection by the rows that it passes", () => {
    const down = move(move(at("a"), "extendDown", ids), "extendDown", ids);
    expect(down.cursor).toBe("c");
    expect([...down.selected]).toEqual(["a", "b", "c"]);
    expect([...move(at("c"), "extendUp", ids).selected]).toEqual(["c", "b"]);
  });

  it("selects all, and none", () => {
    const all = move(at("b"), "selectAll", ids);
    expect([...all.selected]).toEqual(ids);
    expect(move(all, "clear", ids)).toEqual(at("b"));
  });

  it("changes nothing for what is no movement", () => {
    const inbox = at("b", "c");
    expect(move(inbox, "approve", ids)).toBe(inbox);
  });
});

describe("targets", () => {
  it("are the selected rows in order, or else the row at the cursor", () => {
    expect(targets(at("a", "d", "b"), ids)).toEqual(["b", "d"]);
    expect(targets(at("c"), ids)).toEqual(["c"]);
    expect(targets(at("gone"), ids)).toEqual([]);
    expect(targets(at(undefined), ids)).toEqual([]);
  });
});

describe("follow", () => {
  it("goes to the row below one that is gone, then to the row above", () => {
    expect(follow(at("b", "b", "c"), ids, ["a", "c", "d"])).toEqual(at("c", "c"));
    expect(follow(at("d"), ids, ["a", "b"]).cursor).toBe("b");
    expect(follow(at("b"), ids, []).cursor).toBeUndefined();
  });

  it("stays where its row still is", () => {
    expect(follow(at("c"), ids, ["c", "a"]).cursor).toBe("c");
    expect(follow(at(undefined), ids, ids).cursor).toBeUndefined();
  });
});
