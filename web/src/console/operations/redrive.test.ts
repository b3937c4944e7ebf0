import { describe, expect, it, vi } from "vitest";
import { client } from "../../app/client";
import { redrive, type RedriveProgress } from "./redrive";

function answers(...calls: [moved: number, remaining: number][]) {
  const post = vi.spyOn(client, "post");
  for (const [moved, remaining] of calls) post.mockResolvedValueOnce({ queue: "grants", moved, remaining } as never);
  return post;
}

describe("a redrive", () => {
  it("calls until nothing is left, and tells how far it is", async () => {
    const post = answers([100, 130], [100, 30], [30, 0]);
    const told: RedriveProgress[] = [];
    const done = await redrive("grants", 230, (progress) => told.push(progress), new AbortController().signal);
    expect(done).toEqual({ moved: 230, remaining: 0 });
    expect(told.map(({ moved }) => moved)).toEqual([0, 100, 200, 230]);
    expect(post).toHaveBeenCalledTimes(3);
  });

  it("sends no more than waited at the beginning, since what fails again comes back", async () => {
    const post = answers([100, 60], [60, 100]);
    expect(await redrive("grants", 160, () => {}, new AbortController().signal)).toEqual({ moved: 160, remaining: 100 });
    expect(post).toHaveBeenCalledTimes(2);
  });

  it("ends when a call finds no message, although the count says otherwise", async () => {
    const post = answers([0, 5]);
    expect(await redrive("grants", 5, () => {}, new AbortController().signal)).toEqual({ moved: 0, remaining: 5 });
    expect(post).toHaveBeenCalledTimes(1);
  });

  it("stops after the call during which it was asked to", async () => {
    const abort = new AbortController();
    const post = answers([100, 900]);
    const stop = ({ moved }: RedriveProgress) => {
      if (moved > 0) abort.abort();
    };
    expect(await redrive("grants", 1000, stop, abort.signal)).toEqual({ moved: 100, remaining: 900 });
    expect(post).toHaveBeenCalledTimes(1);
  });
});
