import type { Schemas } from "dibs-client";

export type EventRequest = Schemas["EventRequest"];
export type Line = Schemas["EventRequestLine"];
export type LineStatus = Line["status"];

type Tone = "neutral" | "good" | "warn" | "bad" | "info";

/** Color of each status. */
export const TONES: Record<LineStatus, Tone> = {
  requested: "info",
  in_review: "warn",
  approved: "info",
  granting: "info",
  failed: "bad",
  rejected: "bad",
  granted: "good",
};

/** Returns whether a request still changes without its user. */
export const isOpen = (request: EventRequest) =>
  request.lines.some(({ status }) => status !== "granted" && status !== "rejected" && status !== "failed");

/** Returns the lines of one reward, the newest first. */
export const linesOf = (request: EventRequest | null | undefined, rewardId: string | number): Line[] =>
  (request?.lines ?? [])
    .filter((line) => String(line.reward_id) === String(rewardId))
    .sort((a, b) => b.number - a.number);

/** Returns whether a reward can be claimed once more: a failed claim again, others as often as the limit allows. */
export const isClaimable = (lines: readonly Line[], perUserLimit: number) =>
  lines.some(({ status }) => status === "failed") || lines.length < perUserLimit;
