import { describe, expect, it } from "vitest";
import { beforeEach as partsBefore, periodError, periodsOf, readChoice } from "./period";
import { addDays, dayIn, isDay, startOfDay } from "./zoned";

const SEOUL = "Asia/Seoul";
const NEW_YORK = "America/New_York";
const at = (time: string) => Date.parse(time);
const iso = ({ from, to, bucket }: { from: number; to: number; bucket: string }) =>
  `${new Date(from).toISOString().slice(0, 16)} ${new Date(to).toISOString().slice(0, 16)} ${bucket}`;

describe("days of a zone", () => {
  it("begin at its midnight", () => {
    expect(new Date(startOfDay("2026-11-29", SEOUL)).toISOString()).toBe("2026-11-28T15:00:00.000Z");
    expect(dayIn(at("2026-11-28T15:00:00Z"), SEOUL)).toBe("2026-11-29");
    expect(dayIn(at("2026-11-28T14:59:59.999Z"), SEOUL)).toBe("2026-11-28");
  });
  it("have 23 and 25 hours when daylight-saving time begins and ends", () => {
    const hours = (day: string) => (startOfDay(addDays(day, 1), NEW_YORK) - startOfDay(day, NEW_YORK)) / 3_600_000;
    expect([hours("2026-03-08"), hours("2026-11-01"), hours("2026-06-01")]).toEqual([23, 25, 24]);
  });
  it("are refused when the calendar has no such day", () => {
    expect([isDay("2026-02-28"), isDay("2026-02-30"), isDay("2026-2-3"), isDay(null)]).toEqual([true, false, false, false]);
  });
});

describe("a choice", () => {
  it("is the last seven days when the address says nothing, or nothing known", () => {
    expect(readChoice(new URLSearchParams())).toEqual({ period: "7d" });
    expect(readChoice(new URLSearchParams("period=year&bucket=week"))).toEqual({ period: "7d" });
    expect(readChoice(new URLSearchParams("period=custom&from=2026-02-30&to=2026-03-01"))).toEqual({ period: "7d" });
  });
  it("has days when it is a custom one", () => {
    expect(readChoice(new URLSearchParams("period=custom&from=2026-02-01&to=2026-03-01&bucket=day"))).toEqual({
      period: "custom",
      from: "2026-02-01",
      to: "2026-03-01",
      bucket: "day",
    });
  });
  it("is refused when it has no figures", () => {
    const now = at("2026-11-28T22:10:00Z");
    const error = (from: string, to: string) => periodError({ period: "custom", from, to }, SEOUL, now);
    expect(error("2026-11-02", "2026-11-01")).toBe("order");
    expect(error("2026-11-30", "2026-12-01")).toBe("future");
    expect(error("2026-08-01", "2026-11-02")).toBe("long");
    expect(error("2026-08-01", "2026-11-01")).toBeUndefined();
  });
});

describe("periods", () => {
  const now = at("2026-11-28T22:10:00Z");
  it("of today are compared with yesterday up to the same hour", () => {
    const { shown, before, sameHour } = periodsOf({ period: "today" }, SEOUL, now);
    expect(iso(shown)).toBe("2026-11-28T15:00 2026-11-28T22:15 hour");
    expect(iso(before)).toBe("2026-11-27T15:00 2026-11-27T23:00 hour");
    expect(sameHour).toBe(true);
  });
  it("of seven days end now, by day", () => {
    const { shown, before } = periodsOf({ period: "7d" }, SEOUL, now);
    expect(iso(shown)).toBe("2026-11-22T15:00 2026-11-28T22:15 day");
    expect(iso(before)).toBe("2026-11-15T15:00 2026-11-21T23:00 hour");
  });
  it("of thirty days are compared as a whole", () => {
    const { before, sameHour } = periodsOf({ period: "30d" }, SEOUL, now);
    expect(iso(before)).toBe("2026-09-30T15:00 2026-10-30T15:00 day");
    expect(sameHour).toBe(false);
  });
  it("in the past are whole, and have no hours beyond the API's bound", () => {
    const custom = { period: "custom", from: "2026-08-01", to: "2026-09-30", bucket: "hour" } as const;
    expect(iso(periodsOf(custom, SEOUL, now).shown)).toBe("2026-07-31T15:00 2026-09-30T15:00 day");
  });
});

describe("values of the period before", () => {
  const part = (start: string, hours: number, value: number) => ({
    start: `${start}Z`,
    end: new Date(at(`${start}Z`) + hours * 3_600_000).toISOString(),
    value,
  });
  it("are added up by the day, and absent where the period before was not read", () => {
    const shown = [part("2026-11-02T00:00", 24, 0), part("2026-11-03T00:00", 24, 0)];
    const before = Array.from({ length: 24 }, (_, hour) => part(`2026-10-31T${String(hour).padStart(2, "0")}:00`, 1, 2));
    expect(partsBefore(shown, before, ({ value }) => value)).toEqual([48, null]);
  });
});
