import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, fireEvent, render, screen, waitFor } from "@testing-library/react";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import common from "../../locales/common.en.json";
import requests from "../../locales/requests.en.json";
import { readFilters } from "./filters";
import { Inbox } from "./inbox";

const { page, patch, get } = vi.hoisted(() => ({ page: vi.fn(), patch: vi.fn(), get: vi.fn() }));
vi.mock("../../app/client", () => ({ client: { page, patch, get } }));
vi.mock("../../app/session", () => ({ useAccount: () => ({ id: "usr_operator", roles: ["OPERATOR"] }) }));

const COUNT = 200;
const all = Array.from({ length: COUNT }, (_, at) => ({
  id: `usr_${at}:cmp_1`,
  user_id: `usr_${at}`,
  event_id: "cmp_1",
  status: "in_review",
  version: at + 1,
  created_at: "2026-11-01T00:00:00.000Z",
  updated_at: "2026-11-01T00:00:00.000Z",
  fully_granted: false,
  lines: [{ reward_id: "rwd_1", number: 1, status: "in_review" }],
}));

beforeAll(async () => {
  configure({ asyncUtilTimeout: 20_000 });
  await i18next.use(initReactI18next).init({ lng: "en", resources: { en: { common, requests } }, defaultNS: "common" });
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function () {
    this.open = false;
  };
  Element.prototype.scrollIntoView = () => {};
});

beforeEach(() => {
  patch.mockReset();
  page.mockImplementation(async (_path: string, { params }: { params: { query: { cursor?: string } } }) => {
    const from = Number(params.query.cursor ?? 0);
    return { data: all.slice(from, from + 100), meta: { next_cursor: from + 100 < COUNT ? String(from + 100) : null } };
  });
  patch.mockImplementation(async (_path: string, { body }: { body: { ids: { id: string }[]; action: string } }) =>
    body.ids.map(({ id }) => ({ id, status: body.action === "approve" ? "approved" : "rejected", error: null })),
  );
  get.mockResolvedValue({ name: "Winter" });
});

afterEach(() => {
  cleanup();
  sessionStorage.clear();
});

const show = () =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Inbox filters={readFilters(new URLSearchParams())} writes help={false} onHelp={() => {}} onError={() => {}} />
    </QueryClientProvider>,
  );
const press = (key: string, shiftKey = false) =>
  fireEvent.keyDown(document.activeElement ?? document.body, { key, shiftKey });
// By roles it would take a second, for 200 rows.
const rows = () => document.querySelectorAll("tbody tr").length;
/** Confirms the open dialog, as Enter in its field does. */
const confirm = () => fireEvent.submit(document.querySelector("dialog form") as HTMLFormElement);
const sent = () => patch.mock.calls.map(([, { body }]) => body);

describe("the inbox", { timeout: 30_000 }, () => {
  it("works off 200 requests by keyboard, of which it asks once", async () => {
    show();
    await waitFor(() => expect(rows()).toBe(100));
    press("End");
    await waitFor(() => expect(rows()).toBe(COUNT));
    press("X", true);
    press("a");
    expect(document.querySelectorAll("dialog")).toHaveLength(1);
    confirm();
    await waitFor(() => expect(screen.getByText(requests.empty.done)).toBeTruthy());
    expect(sent().map(({ ids }) => ids.length)).toEqual([100, 100]);
    expect(sent().flatMap(({ ids }) => ids)).toEqual(all.map(({ id, version }) => ({ id, version })));
  });

  it("decides about the marked request, and goes on to the next one", async () => {
    show();
    await waitFor(() => expect(rows()).toBe(100));
    press("j");
    press("j");
    press("r");
    fireEvent.change(document.querySelector("dialog input") as HTMLInputElement, {
      target: { value: "A second account" },
    });
    confirm();
    await waitFor(() => expect(document.getElementById("request-usr_1:cmp_1")).toBeNull());
    expect(sent()).toEqual([
      { ids: [{ id: "usr_1:cmp_1", version: 2 }], action: "reject", reason: "A second account", message: null },
    ]);
    expect(document.querySelector("[aria-current]")?.id).toBe("request-usr_2:cmp_1");
  });

  it("keeps what was refused, with the reason", async () => {
    patch.mockResolvedValue([{ id: "usr_0:cmp_1", status: null, error: { code: "OWN_REQUEST", message: "" } }]);
    show();
    await waitFor(() => expect(rows()).toBe(100));
    press("j");
    press("a");
    confirm();
    await waitFor(() => expect(screen.getByText(requests.refused.OWN_REQUEST)).toBeTruthy());
    expect(rows()).toBe(100);
  });

  it("goes on after a failure with what has no answer", async () => {
    patch.mockRejectedValueOnce(new Error("no answer"));
    show();
    await waitFor(() => expect(rows()).toBe(100));
    press("j");
    press("a");
    confirm();
    fireEvent.click(await screen.findByText(requests.inbox.resume));
    await waitFor(() => expect(document.getElementById("request-usr_0:cmp_1")).toBeNull());
    expect(sent()).toHaveLength(2);
    expect(sent()[0]).toEqual(sent()[1]);
  });
});
