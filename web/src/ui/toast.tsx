import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";

interface Toast {
  id: number;
  text: ReactNode;
  tone: "good" | "bad" | "info";
}

const SHOWN_MS = 6000;
const Show = createContext<(text: ReactNode, tone?: Toast["tone"]) => void>(() => {});

/** Returns a function that shows a short message for some seconds, which screen readers announce. */
export const useToast = () => useContext(Show);

/** Renders the messages of `useToast` above its children's page. */
export function Toasts({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const last = useRef(0);
  const show = useCallback((text: ReactNode, tone: Toast["tone"] = "good") => {
    last.current += 1;
    const id = last.current;
    setToasts((shown) => [...shown.slice(-3), { id, text, tone }]);
    setTimeout(() => setToasts((shown) => shown.filter((toast) => toast.id !== id)), SHOWN_MS);
  }, []);
  return (
    <Show value={show}>
      {children}
      <div className="toasts" role="status">
        {toasts.map(({ id, text, tone }) => (
          <div key={id} className={`toast ${tone}`}>
            {text}
          </div>
        ))}
      </div>
    </Show>
  );
}
