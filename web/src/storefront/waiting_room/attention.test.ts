import { afterEach, describe, expect, it, vi } from "vitest";
import { callAttention } from "./attention";

const hide = (hidden: boolean) => vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);

afterEach(() => {
  hide(false);
  document.dispatchEvent(new Event("visibilitychange"));
});

describe("callAttention", () => {
  it("keeps the text before a title that changes, until the page is seen", async () => {
    document.title = "Waiting room";
    hide(true);
    callAttention("Your turn");
    expect(document.title).toBe("● Your turn · Waiting room");
    document.title = "Seats";
    await vi.waitFor(() => expect(document.title).toBe("● Your turn · Seats"));
    hide(false);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(document.title).toBe("Seats");
  });

  it("leaves the title of a page that is seen", () => {
    document.title = "Seats";
    hide(false);
    callAttention("Your turn");
    expect(document.title).toBe("Seats");
  });
});
