import i18next, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = { en: "English", ko: "한국어" } as const;
export type Language = keyof typeof LANGUAGES;

const STORED = "dibs.language";
// Each feature has its texts in `locales/<feature>.<language>.json`, loaded with the first page that needs them.
const files = import.meta.glob<{ default: object }>("../locales/*.json");

const backend: BackendModule = {
  type: "backend",
  init() {},
  async read(language, namespace) {
    const file = files[`../locales/${namespace}.${language}.json`];
    if (!file) throw new Error(`There are no texts ${namespace}.${language}.json`);
    return (await file()).default;
  },
};

function preferred(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === "en" || stored === "ko") return stored;
  return navigator.language.toLowerCase().startsWith("ko") ? "ko" : "en";
}

/** Starts the translations with the stored language, or with that of the browser. */
export async function startI18n(namespaces: string[]) {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: preferred(),
      supportedLngs: Object.keys(LANGUAGES),
      fallbackLng: false,
      ns: namespaces,
      defaultNS: "common",
      interpolation: { escapeValue: false },
      returnNull: false,
    });
}

/** Language of the page. */
export function language(): Language {
  return i18next.language as Language;
}

/** Changes the language of the page and stores the choice. */
export async function setLanguage(next: Language) {
  localStorage.setItem(STORED, next);
  await i18next.changeLanguage(next);
}
