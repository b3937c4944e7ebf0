import type { ReactNode } from "react";
import "./seating.css";

/** Renders names and live numbers, two or more beside each other also on a narrow screen. */
export function Numbers({ children }: { children: ReactNode }) {
  return <dl className="facts seating-numbers">{children}</dl>;
}
