import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES, type Language, language, setLanguage } from "./i18n";
import { setTheme, THEMES, type Theme, theme } from "./theme";

/** Renders the choice of language and of light or dark colors. */
export function Preferences() {
  const { t } = useTranslation("common");
  const [chosen, setChosen] = useState(theme());
  return (
    <>
      <label className="row">
        <span>{t("language")}</span>
        <select value={language()} onChange={(event) => void setLanguage(event.target.value as Language)}>
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label className="row">
        <span>{t("theme.label")}</span>
        <select
          value={chosen}
          onChange={(event) => {
            const next = event.target.value as Theme;
            setChosen(next);
            setTheme(next);
          }}
        >
          {THEMES.map((name) => (
            <option key={name} value={name}>
              {t(`theme.${name}`)}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}
