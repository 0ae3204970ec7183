// The table of the pages that list things: its head from the words, its rows from the page.
import type { ReactNode } from "react";
import css from "../pages/plain.module.css";

export function Table({
  label,
  columns,
  children,
}: {
  label?: string;
  columns: Record<string, string>;
  children: ReactNode;
}) {
  return (
    <table className={css.table} aria-label={label}>
      <thead>
        <tr>
          {Object.entries(columns).map(([id, name]) => (
            <th key={id} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
