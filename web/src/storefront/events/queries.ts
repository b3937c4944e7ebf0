import { queryOptions } from "@tanstack/react-query";
import { client } from "../../app/client";
import { isMissing } from "../../app/query";

/** Reads an event. Users get those that run. */
export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ["events", id],
    queryFn: ({ signal }) => client.get("/events/{event_id}", { params: { path: { event_id: id } }, signal }),
  });

/** Reads the rewards of an event. */
export const rewardsQuery = (id: string) =>
  queryOptions({
    queryKey: ["events", id, "rewards"],
    queryFn: ({ signal }) => client.get("/events/{event_id}/rewards", { params: { path: { event_id: id } }, signal }),
  });

/** Evaluates the conditions of an event for the user. Outside services are asked, within a limit a minute. */
export const evaluationQuery = (id: string) =>
  queryOptions({
    queryKey: ["events", id, "evaluation"],
    queryFn: ({ signal }) =>
      client.post("/events/{event_id}/evaluate", { params: { path: { event_id: id } }, body: {}, signal }),
    staleTime: 20_000,
  });

/** Reads a request with its history; `null` if there is none. */
export const requestQuery = (id: string) =>
  queryOptions({
    queryKey: ["requests", id],
    queryFn: async ({ signal }) => {
      try {
        return await client.get("/events/requests/{request_id}", { params: { path: { request_id: id } }, signal });
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
  });
