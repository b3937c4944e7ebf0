import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/** Width and height of a seat with its gap at zoom 1, in pixels. */
export const CELL = 30;
const MIN = 0.2;
const MAX = 2;
/** Zoom at which a seat is as large as a finger needs. */
const START_MIN = 0.8;
const STEP = 1.25;
/** Distance in pixels from which on a pressed mouse moves the map in place of clicking. */
const DRAG_FROM = 5;
/** Pixels beside the seats of a line: its name at both sides. */
const MARGIN = 96;

interface Anchor {
  /** Point of the view that stays where it is, in pixels from its corner. */
  x: number;
  y: number;
}

/**
 * Zooms a map in a scrolling view, and moves it by a pressed mouse and by two fingers. Wheel, one finger and keys
 * scroll the view as any other.
 */
export function usePanZoom(
  view: RefObject<HTMLDivElement | null>,
  { columns, rows, start }: {
    /** Seats of the longest line, and number of lines. */
    columns: number;
    rows: number;
    /** Seat that is in sight at first, in place of the middle of the first line. */
    start: string | undefined;
  },
) {
  const [zoom, setZoom] = useState(1);
  const latest = useRef(zoom);
  const startAt = useRef(start);
  const anchor = useRef<Anchor | null>(null);
  // Several steps may come between two frames, so the one that is shown counts.
  const drawn = useRef(zoom);

  const fit = useCallback(() => {
    const width = view.current?.clientWidth ?? 0;
    return width === 0 ? 1 : Math.min(1, (width - 8) / (columns * CELL + MARGIN));
  }, [view, columns]);

  /** Returns the zoom at which the whole hall is in sight. */
  const fitAll = useCallback(() => {
    const element = view.current;
    if (!element || element.scrollHeight <= element.clientHeight) return fit();
    // Titles of sections keep their size.
    const titles = element.scrollHeight - rows * CELL * latest.current;
    return Math.min(fit(), Math.max(MIN, (element.clientHeight - titles) / (rows * CELL)));
  }, [view, fit, rows]);

  const zoomTo = useCallback(
    (wanted: number, at?: Anchor) => {
      const element = view.current;
      if (!element) return;
      const next = Math.max(MIN, Math.min(MAX, wanted));
      const point = at ?? { x: element.clientWidth / 2, y: element.clientHeight / 2 };
      anchor.current = point;
      latest.current = next;
      setZoom(next);
    },
    [view, fit],
  );

  // Begins with all columns in sight, or with seats large enough for a finger.
  useLayoutEffect(() => {
    const element = view.current;
    if (!element) return;
    const first = Math.max(START_MIN, fit());
    latest.current = first;
    anchor.current = null;
    setZoom(first);
    const frame = requestAnimationFrame(() => show(element, startAt.current));
    return () => cancelAnimationFrame(frame);
  }, [view, fit]);

  useLayoutEffect(() => {
    const element = view.current;
    const kept = anchor.current;
    const factor = zoom / drawn.current;
    drawn.current = zoom;
    anchor.current = null;
    if (!element || !kept) return;
    element.scrollLeft = (element.scrollLeft + kept.x) * factor - kept.x;
    element.scrollTop = (element.scrollTop + kept.y) * factor - kept.y;
  }, [view, zoom]);

  useEffect(() => {
    const element = view.current;
    if (!element) return;
    const stops = [followMouse(element), followFingers(element, latest, zoomTo), followWheel(element, latest, zoomTo)];
    return () => {
      for (const stop of stops) stop();
    };
  }, [view, zoomTo]);

  return {
    zoom,
    zoomIn: () => zoomTo(latest.current * STEP),
    zoomOut: () => zoomTo(latest.current / STEP),
    zoomToFit: () => zoomTo(fitAll()),
    atMax: zoom >= MAX,
    atMin: zoom <= MIN,
  };
}

/** Scrolls a seat to the middle of the view, or without one the middle of the first line. */
function show(view: HTMLElement, id: string | undefined) {
  const seat = id === undefined ? null : view.querySelector(`[data-seat="${CSS.escape(id)}"]`);
  view.scrollLeft = (view.scrollWidth - view.clientWidth) / 2;
  view.scrollTop = 0;
  if (!seat) return;
  const [inner, outer] = [seat.getBoundingClientRect(), view.getBoundingClientRect()];
  view.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  view.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
}

type ZoomTo = (zoom: number, at: Anchor) => void;

/** Moves the view with a pressed mouse. The click at the end of a move is no click on a seat. */
function followMouse(view: HTMLElement): () => void {
  let from: { x: number; y: number; left: number; top: number; id: number } | null = null;
  let moved = false;
  const down = (event: PointerEvent) => {
    moved = false;
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    from = { x: event.clientX, y: event.clientY, left: view.scrollLeft, top: view.scrollTop, id: event.pointerId };
  };
  const move = (event: PointerEvent) => {
    if (!from || event.pointerId !== from.id) return;
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    if (!moved && Math.hypot(x, y) < DRAG_FROM) return;
    if (!moved) {
      moved = true;
      view.setPointerCapture(event.pointerId);
      view.classList.add("moving");
    }
    view.scrollTo({ left: from.left - x, top: from.top - y, behavior: "instant" });
  };
  const up = () => {
    from = null;
    view.classList.remove("moving");
  };
  const click = (event: MouseEvent) => {
    if (!moved) return;
    moved = false;
    event.stopPropagation();
    event.preventDefault();
  };
  view.addEventListener("pointerdown", down);
  view.addEventListener("pointermove", move);
  view.addEventListener("pointerup", up);
  view.addEventListener("pointercancel", up);
  view.addEventListener("click", click, true);
  return () => {
    view.removeEventListener("pointerdown", down);
    view.removeEventListener("pointermove", move);
    view.removeEventListener("pointerup", up);
    view.removeEventListener("pointercancel", up);
    view.removeEventListener("click", click, true);
  };
}

/** Zooms with two fingers, and moves the view with their middle. */
function followFingers(view: HTMLElement, latest: RefObject<number>, zoomTo: ZoomTo): () => void {
  let from: { distance: number; zoom: number; x: number; y: number } | null = null;
  const read = (touches: TouchList) => {
    const [a, b] = [touches[0]!, touches[1]!];
    const box = view.getBoundingClientRect();
    return {
      distance: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY),
      x: (a.clientX + b.clientX) / 2 - box.left,
      y: (a.clientY + b.clientY) / 2 - box.top,
    };
  };
  const start = (event: TouchEvent) => {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    from = { ...read(event.touches), zoom: latest.current };
  };
  const move = (event: TouchEvent) => {
    if (!from || event.touches.length !== 2) return;
    event.preventDefault();
    const now = read(event.touches);
    view.scrollBy({ left: from.x - now.x, top: from.y - now.y, behavior: "instant" });
    from = { ...from, x: now.x, y: now.y };
    zoomTo((from.zoom * now.distance) / Math.max(1, from.distance), now);
  };
  const end = (event: TouchEvent) => {
    if (event.touches.length < 2) from = null;
  };
  view.addEventListener("touchstart", start, { passive: false });
  view.addEventListener("touchmove", move, { passive: false });
  view.addEventListener("touchend", end);
  view.addEventListener("touchcancel", end);
  return () => {
    view.removeEventListener("touchstart", start);
    view.removeEventListener("touchmove", move);
    view.removeEventListener("touchend", end);
    view.removeEventListener("touchcancel", end);
  };
}

/** Zooms with Ctrl and the wheel, which is also what a touch pad sends for two fingers. */
function followWheel(view: HTMLElement, latest: RefObject<number>, zoomTo: ZoomTo): () => void {
  const wheel = (event: WheelEvent) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = view.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    zoomTo(latest.current * Math.exp(-event.deltaY / 300), at);
  };
  view.addEventListener("wheel", wheel, { passive: false });
  return () => view.removeEventListener("wheel", wheel);
}
