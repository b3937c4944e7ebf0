import { describe, expect, it } from "vitest";
import { canBecome, changedFields, createBody, draftOf, emptyDraft, type EventDetail, updateBody } from "./event_draft";

const event: EventDetail = {
  id: "cmp_1",
  name: "Winter",
  description: "",
  condition: { streak: { type: "login", days: 3 } },
  starts_at: "2026-12-01T00:00:12.345Z",
  ends_at: "2026-12-31T00:00:00.000Z",
  time_zone: "Asia/Seoul",
  status: "active",
  review: "auto",
  queue_id: null,
  created_at: "2026-11-01T00:00:00.000Z",
  created_by: "usr_operator",
};

describe("updateBody", () => {
  it("is empty for a form that was not touched, although it has no seconds", () => {
    expect(updateBody(draftOf(event), draftOf(event))).toEqual({});
  });

  it("has the changed fields only", () => {
    const before = draftOf(event);
    const body = updateBody(before, {
      ...before,
      name: "Spring",
      queueId: "que_1",
      condition: { ...before.condition, number: "5" },
    });
    expect(body).toEqual({ name: "Spring", queue_id: "que_1", condition: { streak: { type: "login", days: 5 } } });
  });

  it("opens an event that a queue guarded", () => {
    const before = draftOf({ ...event, queue_id: 7 });
    expect(updateBody(before, { ...before, queueId: "" })).toEqual({ queue_id: null });
  });
});

describe("createBody", () => {
  it("leaves a time out that was cleared, so that the API names it", () => {
    const draft = { ...emptyDraft(Date.parse("2026-11-28T10:20:00Z"), "UTC"), name: "New", endsAt: "" };
    const body = JSON.parse(JSON.stringify(createBody(draft, "draft")));
    expect(body).toMatchObject({
      name: "New",
      starts_at: "2026-11-28T11:00:00.000Z",
      condition: { all: [] },
      queue_id: null,
    });
    expect(body).not.toHaveProperty("ends_at");
  });
});

describe("changedFields", () => {
  it("names what others changed meanwhile", () => {
    expect(changedFields(event, { ...event })).toEqual([]);
    expect(changedFields(event, { ...event, status: "inactive", condition: { all: [] } })).toEqual([
      "condition",
      "status",
    ]);
  });
});

describe("canBecome", () => {
  it("lets an ended event become anything but a draft", () => {
    const ended = { ...event, status: "ended" as const };
    expect(canBecome(ended, "draft")).toBe(false);
    expect(canBecome(ended, "active")).toBe(true);
    expect(canBecome(event, "active")).toBe(false);
  });
});
