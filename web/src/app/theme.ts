const STORED = "dibs.theme";
export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** Returns the stored theme; `auto` follows the system. */
export function theme(): Theme {
  const stored = localStorage.getItem(STORED);
  return THEMES.find((name) => name === stored) ?? "auto";
}

/** Applies a theme to the page and stores it. */
export function setTheme(next: Theme) {
  localStorage.setItem(STORED, next);
  applyTheme(next);
}

/** Applies a theme to the page. */
export function applyTheme(next: Theme) {
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}
