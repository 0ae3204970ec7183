// What a comment points at: a place on a picture with what was drawn there, a moment, or a point of a model's surface
// with the camera that saw it. Kept in the comment's `viewer_metadata`.
import { createContext, type RefObject, useContext } from "react";
import type { Schemas } from "../../api/client.ts";

export type Comment = Schemas["Comment"];
export type Point = [number, number];
export type Shape = { type: "pen" | "arrow" | "box"; points: Point[] };
export type Triple = [number, number, number];

/** *Units*: parts of the picture's width and height; seconds; the model's own unit. */
export type Anchor =
  | { kind: "picture"; x: number; y: number; shapes?: Shape[] }
  | { kind: "time"; time: number }
  | { kind: "model"; point: Triple; camera: { from: Triple; at: Triple } };

export type Tool = "pin" | "pen" | "arrow" | "box";

/** `text`: the beginning of what is said there. */
export type Pin = { id: string; number: number; anchor: Anchor; text: string };

export type Pins = {
  pins: Pin[];
  chosen: string | undefined;
  choose: (id: string) => void;
  tool: Tool | undefined;
  /** `byKeys`: chosen by keyboard or screen reader, which then has a cross to go on with. */
  setTool: (tool: Tool | undefined, byKeys?: boolean) => void;
  byKeys: boolean;
  draft: Anchor | undefined;
  setDraft: (anchor: Anchor | undefined) => void;
  /** Around the field that the comment is written into. */
  field: RefObject<HTMLDivElement | null>;
};

export const PinsContext = createContext<Pins>({
  pins: [],
  chosen: undefined,
  choose: () => undefined,
  tool: undefined,
  setTool: () => undefined,
  byKeys: false,
  draft: undefined,
  setDraft: () => undefined,
  field: { current: null },
});
export const usePins = () => useContext(PinsContext);

/** Leads on to where the comment is written, for those who set its pin by keyboard. */
export const focusField = ({ field }: Pins) => field.current?.querySelector("textarea")?.focus();

/** Whether a press came from a keyboard or a screen reader. */
export const isByKeys = ({ pointerType }: { pointerType: string }) =>
  pointerType === "keyboard" || pointerType === "virtual";

const isNumbers = (value: unknown, length: number): boolean =>
  Array.isArray(value) && value.length === length && value.every(Number.isFinite);

/** Other programs write there too: what is not an anchor of ours is none. */
export function anchorOf(comment: Comment): Anchor | undefined {
  const found = comment.viewer_metadata as Record<string, unknown> | null;
  if (found?.kind === "picture" && Number.isFinite(found.x) && Number.isFinite(found.y)) {
    const shapes = (Array.isArray(found.shapes) ? found.shapes : []).filter(
      (shape) => Array.isArray(shape?.points) && shape.points.every((point: unknown) => isNumbers(point, 2)),
    );
    return { kind: "picture", x: found.x as number, y: found.y as number, shapes };
  }
  if (found?.kind === "time" && Number.isFinite(found.time)) return found as Anchor;
  const camera = found?.camera as { from?: unknown; at?: unknown } | undefined;
  const seen = isNumbers(camera?.from, 3) && isNumbers(camera?.at, 3);
  return found?.kind === "model" && isNumbers(found.point, 3) && seen ? (found as Anchor) : undefined;
}

/** What a reply says of its thread, beside its words: the API knows no state of comments. */
export const settles = (comment: Comment): boolean | undefined => {
  const { resolved } = (comment.viewer_metadata ?? {}) as { resolved?: unknown };
  return typeof resolved === "boolean" ? resolved : undefined;
};

export type Thread = {
  first: Comment;
  replies: Comment[];
  resolved: boolean;
  anchor?: Anchor;
  number?: number;
};

/** Oldest first. A reply to a reply stands in the same thread; one to a deleted comment begins its own. */
export function threadsOf(comments: Comment[]): Thread[] {
  const byId = new Map(comments.map((comment) => [comment.id, comment]));
  const threads = new Map<string, Thread>();
  let number = 0;
  for (const comment of comments) {
    let root = comment;
    for (let above = byId.get(root.parent_id ?? ""); above; above = byId.get(root.parent_id ?? ""))
      root = above;
    const thread = threads.get(root.id);
    if (root !== comment && thread) {
      thread.replies.push(comment);
      thread.resolved = settles(comment) ?? thread.resolved;
      continue;
    }
    const anchor = anchorOf(comment);
    if (anchor) number += 1;
    threads.set(comment.id, {
      first: comment,
      replies: [],
      resolved: false,
      anchor,
      number: anchor && number,
    });
  }
  return [...threads.values()];
}
