import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import { ApiError } from "dibs-client";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { client } from "./client";
import { startI18n } from "./i18n";
import { queryClient } from "./query";
import { UpdateBar } from "./update_bar";

beforeAll(() => startI18n(["common"]));
beforeEach(() => queryClient.clear());
afterEach(cleanup);

const version = (isOlder: boolean) => ({ deployed: isOlder ? "0.0.9" : "0.1.0", expected: "0.1.0", isOlder });
const unknownRoute = new ApiError(404, "NOT_FOUND", "There is no such path.");
const fail = (error: unknown) =>
  queryClient.fetchQuery({ queryKey: ["read"], queryFn: () => Promise.reject(error) }).catch(() => {});
const show = () =>
  render(
    <QueryClientProvider client={queryClient}>
      <UpdateBar />
    </QueryClientProvider>,
  );

describe("the bar of an update", () => {
  it("is shown after a route that an older API does not have", async () => {
    const read = vi.spyOn(client, "apiVersion").mockResolvedValue(version(true));
    show();
    expect(read).not.toHaveBeenCalled();
    await fail(unknownRoute);
    await waitFor(() => expect(screen.getByRole("status").textContent).toContain("being updated"));
  });

  it("stays hidden when the API is up to date, and reads its version once", async () => {
    const read = vi.spyOn(client, "apiVersion").mockResolvedValue(version(false));
    show();
    await fail(unknownRoute);
    await waitFor(() => expect(read).toHaveBeenCalledTimes(1));
    await fail(unknownRoute);
    await fail(new ApiError(502, "UNEXPECTED_RESPONSE", ""));
    expect(read).toHaveBeenCalledTimes(1);
    expect(screen.getByRole("status").textContent).toBe("");
  });

  it("does not ask after a refusal of the API", async () => {
    const read = vi.spyOn(client, "apiVersion").mockResolvedValue(version(true));
    show();
    await fail(new ApiError(404, "NOT_FOUND", "Deal 9 does not exist."));
    expect(read).not.toHaveBeenCalled();
  });
});
