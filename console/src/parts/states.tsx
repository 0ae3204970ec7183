// What a page shows where there is nothing yet, something is coming, or something failed.
import { CircleAlert, type LucideIcon, SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { ApiProblem } from "../api/client.ts";
import { words } from "../words.ts";
import { Button } from "./controls.tsx";
import css from "./states.module.css";

export function Empty({
  icon: Icon,
  title,
  hint,
  children,
}: {
  icon: LucideIcon;
  title: string;
  hint: string;
  children?: ReactNode;
}) {
  return (
    <div className={css.state}>
      <span className={css.badge}>
        <Icon size={26} strokeWidth={1.6} aria-hidden />
      </span>
      <h2>{title}</h2>
      <p>{hint}</p>
      {children}
    </div>
  );
}

/** A read that failed, in its place, with a way on. */
export function Failed({ problem, onRetry }: { problem: unknown; onRetry?: () => void }) {
  const missing = problem instanceof ApiProblem && problem.status === 404;
  const { message } = problem as Error;
  const requestId =
    problem instanceof ApiProblem && !message.includes(problem.requestId) && problem.requestId;
  return (
    <div className={css.state} role="alert">
      <span className={css.badge}>
        {missing ? <SearchX size={26} aria-hidden /> : <CircleAlert size={26} aria-hidden />}
      </span>
      <h2>{missing ? words.problems.missing : words.problems.title}</h2>
      <p>{missing ? words.problems.missingHint : message}</p>
      {requestId && <p className={css.small}>{words.problems.requestId(requestId)}</p>}
      {onRetry && !missing && <Button onPress={onRetry}>{words.problems.again}</Button>}
    </div>
  );
}

/** A change that failed, beside what would make it. */
export function Problem({ children }: { children: ReactNode }) {
  return (
    <div className={css.problem} role="alert">
      <CircleAlert size={16} aria-hidden />
      <span>{children}</span>
    </div>
  );
}

export const Bone = ({ width, height }: { width: number | string; height: number | string }) => (
  <div className={css.bone} style={{ width, height }} aria-hidden />
);
