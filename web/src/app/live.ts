import type { Live, SubscribeOptions, TopicState } from "dibs-client/live";
import { useEffect, useEffectEvent } from "react";
import { client } from "./client";

let opened: Promise<Live> | undefined;

/** Loads live updates with the first page that needs them. All topics share one connection. */
function open(): Promise<Live> {
  opened ??= import("dibs-client/live").then(({ createLive }) => createLive(client));
  // A part that could not be loaded is tried again by the next page.
  opened.catch(() => {
    opened = undefined;
  });
  return opened;
}

/**
 * Follows a topic while the component is shown: `onState` gets its present state and each change. Without a topic
 * nothing is followed.
 */
export function useLive<T extends string>(
  topic: T | undefined,
  onState: (state: TopicState<T>) => void,
  { queueToken, onEnd }: SubscribeOptions = {},
) {
  const take = useEffectEvent(onState);
  const end = useEffectEvent((code: string) => onEnd?.(code));
  useEffect(() => {
    if (topic === undefined) return;
    let left = false;
    let leave = () => {};
    open().then(
      (live) => {
        if (!left) leave = live.subscribe(topic, (state) => take(state), { queueToken, onEnd: (code) => end(code) });
      },
      () => {},
    );
    return () => {
      left = true;
      leave();
    };
  }, [topic, queueToken]);
}
