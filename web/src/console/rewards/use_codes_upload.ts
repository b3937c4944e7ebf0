import { useMutation } from "@tanstack/react-query";
import { newKey } from "dibs-client";
import { useEffect, useRef, useState } from "react";
import { client } from "../../app/client";
import { callKey, countAnswer, fingerprint, splitCodes, type Upload } from "./codes";

export interface CodesUploadState {
  upload: Upload;
  calls: number;
  /** Codes that were sent, and all. */
  sent: number;
  total: number;
  /** Codes that the pool had already, as far as this page was told. */
  duplicates: readonly string[];
  isRunning: boolean;
  /** Whether it ends with the call that is under way. */
  isStopping: boolean;
  isDone: boolean;
  error: unknown;
  /** Sends what was not sent yet. Calls `onSettled` when all is sent, or it was stopped or failed. */
  start: (onSettled: () => void) => void;
  stop: () => void;
}

const stored = (rewardId: string, codes: readonly string[]) => `dibs.codes.${rewardId}.${fingerprint(codes)}`;

function read(key: string): Upload {
  try {
    const found = JSON.parse(sessionStorage.getItem(key) ?? "null") as Upload | null;
    if (found) return found;
  } catch {
    // What is stored is of another version: the upload begins anew, and codes that are there are told as such.
  }
  return { id: newKey(), done: 0, added: 0, duplicates: 0 };
}

/**
 * Adds codes to a pool, call by call. It can be stopped and goes on later, also after the page was loaded anew and the
 * same codes were chosen: each call has the same key again, so one whose answer was lost counts once.
 */
export function useCodesUpload(rewardId: string, codes: readonly string[]): CodesUploadState {
  const key = stored(rewardId, codes);
  const calls = splitCodes(codes);
  const [upload, setUpload] = useState(() => read(key));
  const [duplicates, setDuplicates] = useState<readonly string[]>([]);
  const [isStopping, setStopping] = useState(false);
  // A call is not interrupted: its codes may be stored, and a repeat would tell them as being there already.
  const stop = useRef(false);
  useEffect(
    () => () => {
      stop.current = true;
    },
    [],
  );

  const run = useMutation({
    mutationFn: async () => {
      stop.current = false;
      setStopping(false);
      let present = upload;
      sessionStorage.setItem(key, JSON.stringify(present));
      for (let call = present.done; call < calls.length; call++) {
        if (stop.current) return;
        const answer = await client.post("/rewards/{reward_id}/codes", {
          params: { path: { reward_id: rewardId } },
          body: { codes: calls[call]! },
          idempotencyKey: callKey(present, call),
        });
        present = countAnswer(present, answer);
        sessionStorage.setItem(key, JSON.stringify(present));
        setUpload(present);
        if (answer.duplicates.length > 0) setDuplicates((old) => [...old, ...answer.duplicates]);
      }
      // The same file, chosen again later, is another upload, whose codes are told as being there.
      sessionStorage.removeItem(key);
    },
  });
  return {
    upload,
    calls: calls.length,
    sent: calls.slice(0, upload.done).reduce((sum, call) => sum + call.length, 0),
    total: codes.length,
    duplicates,
    isRunning: run.isPending,
    isDone: calls.length > 0 && upload.done >= calls.length,
    isStopping: run.isPending && isStopping,
    error: run.error,
    start: (onSettled) => run.mutate(undefined, { onSettled }),
    stop: () => {
      stop.current = true;
      setStopping(true);
    },
  };
}
