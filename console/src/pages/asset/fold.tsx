// A section of an asset's page that opens, and is read then.
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Asset } from "../../api/assets.ts";
import { Bone, Problem } from "../../parts/states.tsx";
import { useHere } from "../../workspaces.ts";
import css from "./asset.module.css";

/** A section that opens; what it shows is asked for then and not before. */
export function Fold<T>({
  title,
  name,
  asset,
  read,
  none,
  begin,
  children,
}: {
  title: string;
  name: string;
  asset: Asset;
  read: () => Promise<T[]>;
  none: string;
  /** What stands before the list, also where it is empty. */
  begin?: ReactNode;
  children: (found: T[]) => ReactNode;
}) {
  const { place } = useHere();
  const [open, setOpen] = useState(false);
  const found = useQuery({
    queryKey: ["assets", place["x-workspace-id"], "one", asset.id, name],
    queryFn: read,
    enabled: open,
  });
  return (
    <details className={css.fold} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {open && begin}
      {open && found.isPending && <Bone width="100%" height={32} />}
      {found.isError && <Problem>{found.error.message}</Problem>}
      {found.data?.length === 0 && <p className={css.soft}>{none}</p>}
      {found.data && found.data.length > 0 && <ul className={css.list}>{children(found.data)}</ul>}
    </details>
  );
}

export const Line = ({ children, soft, title }: { children: ReactNode; soft?: string; title?: string }) => (
  <li className={css.aroundLine}>
    <div className={css.text}>{children}</div>
    {soft && (
      <div className={css.soft} title={title}>
        {soft}
      </div>
    )}
  </li>
);
