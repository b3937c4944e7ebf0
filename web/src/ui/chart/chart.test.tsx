import { fireEvent, render, screen, within } from "@testing-library/react";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { beforeAll, expect, it } from "vitest";
import common from "../../locales/common.en.json";
import chart from "../../locales/chart.en.json";
import { Chart } from "./chart";

beforeAll(() => i18next.use(initReactI18next).init({ lng: "en", resources: { en: { chart, common } } }));

const shown = (loading: boolean) => (
  <Chart
    title="Orders"
    x={[1, 2]}
    tick={(x) => `day ${x}`}
    value={(value) => `${value} pieces`}
    loading={loading}
    series={[
      { label: "Paid", values: [3, null], tone: "1", form: "bar" },
      { label: "Canceled", values: [0, 4], tone: "2", look: "dashed" },
    ]}
  />
);

it("a chart has a name, and a table with the same numbers when it is opened", async () => {
  render(shown(true));
  expect(screen.getByRole("img").getAttribute("aria-label")).toContain("Orders");
  expect(screen.queryByRole("table")).toBeNull();
  const details = screen.getByText("Numbers as a table").closest("details")!;
  details.open = true;
  fireEvent(details, new Event("toggle"));
  const rows = within(await screen.findByRole("table", { name: "Orders" })).getAllByRole("row");
  expect(rows.map((row) => [...row.children].map(({ textContent }) => textContent))).toEqual([
    ["Time", "Paid", "Canceled"],
    ["day 1", "3 pieces", "0 pieces"],
    ["day 2", "–", "4 pieces"],
  ]);
});

it("a chart has its height before there are numbers", () => {
  render(shown(true));
  expect(screen.getAllByRole("img").at(-1)!.style.height).toBe("240px");
});
