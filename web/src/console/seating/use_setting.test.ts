import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { REST_MS, SETTLED_MS, useSetting } from "./use_setting";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const wait = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

function start(send: (value: number) => Promise<unknown>, value = 10) {
  return renderHook(({ now }) => useSetting(now, send), { initialProps: { now: value } });
}

it("shows a value at once and sends only the one at which the slider rests", async () => {
  const send = vi.fn(async () => {});
  const { result } = start(send);
  act(() => result.current.set(20));
  expect(result.current.shown).toBe(20);
  await wait(REST_MS - 1);
  act(() => result.current.set(30));
  await wait(REST_MS - 1);
  expect(send).not.toHaveBeenCalled();
  await wait(1);
  expect(send.mock.calls).toEqual([[30]]);
  expect(result.current.state).toBe("accepted");
});

it("puts a refused value back and says why", async () => {
  const refusal = new Error("refused");
  const { result } = start(() => Promise.reject(refusal));
  act(() => result.current.set(20));
  await wait(REST_MS);
  expect(result.current).toMatchObject({ shown: 10, error: refusal, state: "still" });
});

it("keeps showing an accepted value while older ones are read, and then follows the server", async () => {
  const { result, rerender } = start(async () => {});
  act(() => result.current.set(20));
  await wait(REST_MS);
  rerender({ now: 10 });
  expect(result.current.shown).toBe(20);
  rerender({ now: 21 });
  await wait(SETTLED_MS);
  expect(result.current.shown).toBe(21);
});

it("sends what was chosen during a request after it, in order", async () => {
  const answers: (() => void)[] = [];
  const send = vi.fn((_: number) => new Promise<void>((resolve) => answers.push(resolve)));
  const { result } = start(send);
  act(() => result.current.set(20));
  await wait(REST_MS);
  act(() => result.current.set(30));
  await wait(REST_MS);
  expect(send.mock.calls).toEqual([[20]]);
  await act(async () => answers[0]?.());
  expect(send.mock.calls).toEqual([[20], [30]]);
  expect(result.current.shown).toBe(30);
});

it("says that somebody else changed the value meanwhile", () => {
  const { result, rerender } = start(async () => {});
  act(() => result.current.set(20));
  expect(result.current.overtaken).toBeUndefined();
  rerender({ now: 15 });
  expect(result.current).toMatchObject({ overtaken: 15, shown: 20 });
});

it("sends what was chosen just before the page is left", async () => {
  const send = vi.fn(async () => {});
  const { result, unmount } = start(send);
  act(() => result.current.set(20));
  unmount();
  await vi.advanceTimersByTimeAsync(0);
  expect(send.mock.calls).toEqual([[20]]);
});
