import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { Loading } from "../ui/page";
import { Toasts } from "../ui/toast";
import { Boundary } from "./boundary";
import { startI18n } from "./i18n";
import { queryClient } from "./query";
import { SessionProvider } from "./session";
import { applyTheme, theme } from "./theme";
import "../ui/app.css";

/** Starts an entrance of the application, whose paths begin with `base`. */
export async function start(base: string, namespaces: string[], content: ReactNode) {
  applyTheme(theme());
  await startI18n(namespaces);
  const root = document.getElementById("root");
  if (!root) throw new Error("the page has no element #root");
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <Router base={base}>
          <Toasts>
            <SessionProvider>
              <Boundary>
                <Suspense fallback={<Loading />}>{content}</Suspense>
              </Boundary>
            </SessionProvider>
          </Toasts>
        </Router>
      </QueryClientProvider>
    </StrictMode>,
  );
}
