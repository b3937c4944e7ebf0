// A client of the types that openapi-typescript makes. It compiles only while these operations have their ids, and
// their bodies and responses the fields that it uses.
import type { components, operations } from "./dibs";

type Body<Id extends keyof operations> = operations[Id] extends {
  requestBody: { content: { "application/json": infer Sent } };
}
  ? Sent
  : never;
type Data<Id extends keyof operations, Status extends number> = operations[Id] extends {
  responses: { [status in Status]: { content: { "application/json": { data: infer Found } } } };
}
  ? Found
  : never;

export const event: Body<"createEvent"> = {
  name: "Three days in a row",
  starts_at: "2026-11-01T00:00:00Z",
  ends_at: "2036-11-01T00:00:00Z",
};
export const reward: Body<"createPointReward"> = { name: "100 points", points: 100 };
export const seats: components["schemas"]["SeatHold"] = { date: "2026-12-24", seats: ["A-1-1"] };
export const idOf = (claimed: Data<"claimReward", 202>): string => claimed.id;
export const codeOf = (failure: components["schemas"]["Failure"]): string => failure.error.code;
export const cursorOf = (
  page: operations["listEventRequests"]["responses"][200]["content"]["application/json"],
): string | null => page.meta.next_cursor;
