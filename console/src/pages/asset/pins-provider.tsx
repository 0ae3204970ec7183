// The pins of the version that is shown, which one is chosen, and what is about to be pinned.
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { type Asset, commentsQuery } from "../../api/assets.ts";
import { useHere } from "../../workspaces.ts";
import { type Anchor, type Comment, PinsContext, type Tool, threadsOf } from "./pins.ts";

/** *Units*: characters. */
const EXCERPT = 120;

export function PinsProvider({
  asset,
  versionId,
  chosen,
  onChoose,
  children,
}: {
  asset: Asset;
  versionId: string;
  chosen: string | undefined;
  onChoose: (comment: Comment) => void;
  children: ReactNode;
}) {
  const { place } = useHere();
  const comments = useQuery(commentsQuery(place, asset.id)).data;
  const threads = useMemo(() => threadsOf(comments ?? []), [comments]);
  const [{ tool, byKeys }, setChosenTool] = useState<{ tool?: Tool; byKeys: boolean }>({ byKeys: false });
  const setTool = (tool: Tool | undefined, byKeys = false) => setChosenTool({ tool, byKeys });
  const field = useRef<HTMLDivElement>(null);
  const [draft, setDraft] = useState<Anchor>();
  // A place on another version is not this one's.
  const [of, setOf] = useState(versionId);
  if (of !== versionId) {
    setOf(versionId);
    setDraft(undefined);
    setTool(undefined);
  }
  const pins = threads.flatMap(({ first, anchor, number, resolved }) =>
    anchor && number && first.asset_version_id === versionId && (!resolved || first.id === chosen)
      ? [{ id: first.id, number, anchor, text: first.content.slice(0, EXCERPT) }]
      : [],
  );
  const choose = (id: string) => {
    const found = threads.find(({ first }) => first.id === id);
    if (found) onChoose(found.first);
  };
  return (
    <PinsContext value={{ pins, chosen, choose, tool, setTool, byKeys, draft, setDraft, field }}>
      {children}
    </PinsContext>
  );
}
