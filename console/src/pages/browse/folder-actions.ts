// Renaming, moving and trashing folders, each with a way back. Whoever looks into the folder goes along with it.
import { useNavigate, useRouter } from "@tanstack/react-router";
import { useMemo } from "react";
import { ApiProblem, type Schemas } from "../../api/client.ts";
import { changeFolder, folderStats, trashFolder } from "../../api/folders.ts";
import { daysInTrash, restoreFromTrash } from "../../api/workspace.ts";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { folderWords } from "../../words/folders.ts";
import { useHere } from "../../workspaces.ts";
import { readAgain } from "./trash-with-undo.ts";

export type Folder = Schemas["Folder"];

export const parentOf = (path: string): string => path.replace(/[^/]+\/$/, "");

export function useFolderActions() {
  const { place, workspace } = useHere();
  const router = useRouter();
  const navigate = useNavigate();
  return useMemo(() => {
    /** Where the page shows the folder `from` or what is in it, it shows the same at `to`; `to` itself where `into`. */
    const follow = (from: string, to: string, into = false) => {
      const { pathname, search } = router.state.location;
      const open = (search as { folder?: string }).folder ?? "/";
      if (!pathname.endsWith("/browse") || !open.startsWith(from)) return;
      const folder = into ? to : to + open.slice(from.length);
      void navigate({
        to: "/w/$workspaceId/browse",
        params: { workspaceId: workspace.id },
        search: (before) => ({ ...before, folder: folder === "/" ? undefined : folder }),
        replace: true,
      });
    };
    const change = async (folder: Folder, patch: Schemas["FolderPatch"]): Promise<Folder> => {
      const changed = await changeFolder(place, folder.id, patch);
      follow(folder.path, changed.path);
      await readAgain(place);
      return changed;
    };
    const back = async (changed: Folder, before: Folder) => {
      try {
        await change(changed, { path: before.path });
        notify(folderWords.back(before.name));
      } catch (problem) {
        notifyProblem(problem);
      }
    };
    return {
      rename: async (folder: Folder, name: string) => {
        const changed = await told(change(folder, { name }), name, parentOf(folder.path));
        notify(folderWords.renamed(changed.name), () => void back(changed, folder));
      },
      move: async (folder: Folder, to: string) => {
        const changed = await told(change(folder, { path: `${to}${folder.name}/` }), folder.name, to);
        notify(folderWords.moved(folder.name, to), () => void back(changed, folder));
      },
      /** Settles in any case: a refusal is told in a notice. */
      trash: async (folder: Folder) => {
        try {
          // Only for the notice: what goes along is worth knowing, and no reason to fail.
          const stats = await folderStats(place, folder.path).catch(() => undefined);
          await trashFolder(place, folder.id);
          follow(folder.path, parentOf(folder.path), true);
          const days = await daysInTrash(place);
          notify(folderWords.trashed(folder.name, stats?.assets ?? 0, days), () => {
            restoreFromTrash(place, folder.id)
              .then(() => notify(folderWords.restored(folder.name)))
              .catch(notifyProblem)
              .finally(() => readAgain(place));
          });
        } catch (problem) {
          notifyProblem(problem);
        }
        await readAgain(place);
      },
    };
  }, [place, workspace.id, router, navigate]);
}

/** A name that is taken, said with the place where it is. */
async function told(work: Promise<Folder>, name: string, path: string): Promise<Folder> {
  try {
    return await work;
  } catch (problem) {
    if (problem instanceof ApiProblem && problem.code === "name_taken") {
      throw new Error(folderWords.taken(name, path));
    }
    throw problem;
  }
}
