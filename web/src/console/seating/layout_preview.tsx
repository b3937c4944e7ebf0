import { useTranslation } from "react-i18next";
import { rowLengths, type SectionDraft } from "./layout";
import "./seating.css";

const STEP = 5;
const GAP = 8;

/** Draws the rows of sections to scale, the stage on top: a row is a dashed line with a dash for each seat. */
export function LayoutPreview({ sections }: { sections: readonly SectionDraft[] }) {
  const { t } = useTranslation(["seating", "common"]);
  const shapes = sections.map((section) => ({ section, lengths: rowLengths(section) }));
  const widest = Math.max(20, ...shapes.flatMap(({ lengths }) => lengths));
  const width = widest * STEP + 2 * GAP;
  let y = 16;
  const drawn = shapes.map(({ section, lengths }) => {
    const top = y + 10;
    y = top + lengths.length * STEP + GAP;
    return { section, lengths, top };
  });
  return (
    <svg className="seating-preview" viewBox={`0 0 ${width} ${y}`} role="img" aria-label={t("layout.preview")}>
      <rect className="stage" x={width / 4} y={2} width={width / 2} height={6} rx={2} />
      {drawn.map(({ section, lengths, top }) => (
        <g key={section.key}>
          <text x={width / 2} y={top - 3} textAnchor="middle">
            {section.name}
          </text>
          {lengths.map((seats, row) => {
            const start = (width - seats * STEP) / 2;
            const at = top + row * STEP + STEP / 2;
            return (
              <line key={row} x1={start} x2={start + seats * STEP - 1} y1={at} y2={at} strokeDasharray={`${STEP - 1} 1`} />
            );
          })}
        </g>
      ))}
    </svg>
  );
}
