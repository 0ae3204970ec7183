// What a folder looks like in a tree.
import { ChevronRight, Folder, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import * as Aria from "react-aria-components";
import css from "./folders.module.css";

export const FolderLine = ({
  name,
  icon: Icon = Folder,
  hasFolders,
  children,
}: {
  name: string;
  icon?: LucideIcon;
  hasFolders?: boolean;
  children?: ReactNode;
}) => (
  <span className={css.folderLine}>
    {hasFolders ? (
      <Aria.Button slot="chevron" className={css.chevron}>
        <ChevronRight size={14} aria-hidden />
      </Aria.Button>
    ) : (
      <span className={css.chevron} />
    )}
    <Icon size={15} aria-hidden />
    <span title={name}>{name}</span>
    {children}
  </span>
);

/** The paths of the folders that a folder lies in. */
export function pathsAbove(folder: string): string[] {
  const names = folder.split("/").filter(Boolean);
  return names.slice(0, -1).map((_, index) => `/${names.slice(0, index + 1).join("/")}/`);
}
