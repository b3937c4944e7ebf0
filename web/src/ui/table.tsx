import type { ReactNode } from "react";

export interface Column<Row> {
  /** Name that identifies the column. */
  id: string;
  heading: ReactNode;
  cell: (row: Row) => ReactNode;
  /** Whether the values are numbers, which stand at the right. */
  numeric?: boolean;
}

/** Renders a table of rows that scrolls sideways on a narrow screen. */
export function Table<Row>({ caption, columns, rows, id }: {
  /** What the table shows, for screen readers. */
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  /** Returns what identifies a row. */
  id: (row: Row) => string;
}) {
  return (
    <div className="table" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption className="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={column.numeric ? "numeric" : undefined}>
                {column.heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={id(row)}>
              {columns.map((column) => (
                <td key={column.id} className={column.numeric ? "numeric" : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
