// The card of the pages before one is signed in.
import type { ReactNode } from "react";
import css from "../pages/plain.module.css";

export function Gate({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <main className={css.gate}>
      <div className={css.card}>
        <img src="/console/icon.svg" alt="" />
        <div>
          <h1>{title}</h1>
          <p className={css.lead}>{lead}</p>
        </div>
        {children}
      </div>
    </main>
  );
}
