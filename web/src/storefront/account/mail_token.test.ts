import { act, renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { useMailToken } from "./mail_token";

beforeEach(() => history.replaceState(null, "", "/"));

describe("useMailToken", () => {
  it("reads the token from the fragment and removes it from the address", () => {
    history.replaceState(null, "", "/confirm-email?x=1#token=usr_1.2.secret");
    const { result, rerender } = renderHook(() => useMailToken());
    expect(result.current).toBe("usr_1.2.secret");
    expect(location.href).toMatch(/\/confirm-email\?x=1$/);
    rerender();
    expect(result.current).toBe("usr_1.2.secret");
  });

  it("keeps the token of one page from the others", () => {
    history.replaceState(null, "", "/reset-password#token=first");
    renderHook(() => useMailToken());
    history.replaceState(null, "", "/unsubscribe");
    expect(renderHook(() => useMailToken()).result.current).toBeUndefined();
  });

  it("takes the token of another link that is opened in the same tab", () => {
    history.replaceState(null, "", "/reset-password#token=older");
    const { result } = renderHook(() => useMailToken());
    history.replaceState(null, "", "/reset-password#token=newer");
    act(() => void dispatchEvent(new HashChangeEvent("hashchange")));
    expect(result.current).toBe("newer");
    expect(location.hash).toBe("");
  });

  it("has no token where the link has none", () => {
    history.replaceState(null, "", "/confirm-email-2#other=1");
    expect(renderHook(() => useMailToken()).result.current).toBeUndefined();
  });
});
