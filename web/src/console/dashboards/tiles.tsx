import type { CSSProperties, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { percent } from "../../app/format";

/** Renders the main numbers of a page side by side. */
export function Tiles({ label, children }: { label: string; children: ReactNode }) {
  return (
    <dl className="tiles" aria-label={label}>
      {children}
    </dl>
  );
}

/** Returns the style of a number that keeps its line, whatever its length. */
export const lengthOf = (text: string) => ({ "--length": Math.max(5, text.length) }) as CSSProperties;

/** Renders a number with its change since the period before. It has the same height while it is being loaded. */
export function Tile({ name, value, before, show, hint }: {
  name: ReactNode;
  /** `undefined` while it is being loaded, `null` if there is none. */
  value: number | null | undefined;
  /** The same number of the period before. Without the property there is no comparison. */
  before?: number | null | undefined;
  show: (value: number) => string;
  hint?: ReactNode;
}) {
  const { t } = useTranslation(["dashboards", "common"]);
  const shown = value === undefined ? "\u00a0" : value === null ? t("common:none") : show(value);
  return (
    <div className="card tile">
      <dt>{name}</dt>
      <dd className="big number" style={lengthOf(shown)}>
        {shown}
      </dd>
      <dd className="note">{hint ?? <Change value={value} before={before} show={show} />}</dd>
    </div>
  );
}

function Change({ value, before, show }: {
  value: number | null | undefined;
  before: number | null | undefined;
  show: (value: number) => string;
}) {
  const { t } = useTranslation(["dashboards", "common"]);
  if (value == null || before == null) return <>{"\u00a0"}</>;
  if (value === before) return <>{t("change.same")}</>;
  const amount = show(before);
  if (before === 0) return <>{t("change.before", { amount })}</>;
  const more = value > before;
  return (
    <>
      <span aria-hidden="true">{more ? "▲ " : "▼ "}</span>
      {t(more ? "change.more" : "change.less", { share: percent(Math.abs(value - before) / before), amount })}
    </>
  );
}

/** Renders parts of a whole as bars with their numbers, such as requests by status. */
export function Breakdown({ caption, parts, show }: {
  caption: string;
  parts: { id: string; name: ReactNode; value: number | undefined }[];
  show: (value: number) => string;
}) {
  const whole = parts.reduce((sum, { value }) => sum + (value ?? 0), 0);
  const { t } = useTranslation(["dashboards", "common"]);
  return (
    <table className="breakdown">
      <caption>{caption}</caption>
      <thead className="hidden">
        <tr>
          <th scope="col">{caption}</th>
          <th scope="col">{t("breakdown.share")}</th>
          <th scope="col">{t("breakdown.number")}</th>
        </tr>
      </thead>
      <tbody>
        {parts.map(({ id, name, value }) => {
          const share = whole > 0 ? (value ?? 0) / whole : 0;
          return (
            <tr key={id}>
              <th scope="row">{name}</th>
              <td className="share">
                <span className="share-bar" style={{ width: `${share * 100}%` }} aria-hidden="true" />
                <span className="hidden">{percent(share)}</span>
              </td>
              <td className="numeric">{value === undefined ? "\u00a0" : show(value)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
