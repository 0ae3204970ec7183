// What people say about an asset, in threads: pinned or not, open or resolved; and a field to say more.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, MapPin, Reply, RotateCcw, X } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { type Asset, commentsQuery, writeComment } from "../../api/assets.ts";
import { momentText, personName, sinceText } from "../../format.ts";
import { Button, Field, IconButton } from "../../parts/controls.tsx";
import { Bone, Problem } from "../../parts/states.tsx";
import { notifyProblem } from "../../parts/toasts.tsx";
import { pinWords } from "../../words/pins.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "./asset.module.css";
import { type Comment, settles, type Thread, threadsOf, usePins } from "./pins.ts";

type Write = { content: string; parent_id?: string; viewer_metadata?: object };

function useWrite(asset: Asset, versionId: string) {
  const { place } = useHere();
  const cache = useQueryClient();
  return async (comment: Write) => {
    await writeComment(place, asset.id, { ...comment, asset_version_id: versionId });
    await cache.invalidateQueries({ queryKey: commentsQuery(place, asset.id).queryKey });
  };
}

export function Comments({ asset, versionId }: { asset: Asset; versionId: string }) {
  const { place } = useHere();
  const comments = useQuery(commentsQuery(place, asset.id));
  const { draft, setDraft, setTool, field } = usePins();
  const [resolved, setResolved] = useState(false);
  const write = useWrite(asset, versionId);
  const threads = threadsOf(comments.data ?? []);
  const shown = threads.filter((thread) => thread.resolved === resolved);
  const count = (state: boolean) => threads.filter((thread) => thread.resolved === state).length;
  return (
    <section className={css.section}>
      <h2>{words.asset.comments}</h2>
      {/* biome-ignore lint/a11y/useSemanticElements: buttons that belong together, no form. */}
      <div className={css.choice} role="group" aria-label={pinWords.filter}>
        {[false, true].map((state) => (
          <Button
            key={String(state)}
            look={resolved === state ? "plain" : "quiet"}
            aria-pressed={resolved === state}
            onPress={() => setResolved(state)}
          >
            {state ? pinWords.resolved : pinWords.open} {count(state)}
          </Button>
        ))}
      </div>
      {comments.isPending && <Bone width="100%" height={44} />}
      {comments.isError && <Problem>{comments.error.message}</Problem>}
      {comments.data && shown.length === 0 && (
        <p className={css.soft}>{resolved ? pinWords.noneResolved : words.asset.noComments}</p>
      )}
      <ul className={css.list}>
        {shown.map((thread) => (
          <ThreadOf key={thread.first.id} thread={thread} write={write} />
        ))}
      </ul>
      {draft && (
        <div className={css.draft} role="status">
          <MapPin size={15} aria-hidden />
          <span>{pinWords.draft[draft.kind]}</span>
          <IconButton label={pinWords.unpin} onPress={() => setDraft(undefined)}>
            <X size={14} aria-hidden />
          </IconButton>
        </div>
      )}
      <div ref={field}>
        <Say
          label={words.asset.comment}
          send={words.asset.send}
          onSend={async (content) => {
            await write({ content, viewer_metadata: draft });
            setDraft(undefined);
            setTool(undefined);
          }}
        />
      </div>
    </section>
  );
}

function ThreadOf({ thread, write }: { thread: Thread; write: (comment: Write) => Promise<void> }) {
  const { chosen, choose } = usePins();
  const [replying, setReplying] = useState(false);
  const { first, replies, resolved } = thread;
  const item = useRef<HTMLLIElement>(null);
  const isChosen = chosen === first.id;
  // Somebody pressed its pin, or came by a link to it.
  useEffect(() => {
    if (isChosen) item.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  const settle = () =>
    void write({
      content: resolved ? pinWords.reopened : pinWords.settled,
      parent_id: first.id,
      viewer_metadata: { resolved: !resolved },
    }).catch(notifyProblem);
  return (
    <li ref={item} className={css.thread} data-chosen={isChosen}>
      <Said comment={first} />
      {replies.map((reply) => (
        <Said key={reply.id} comment={reply} reply />
      ))}
      <div className={css.threadEnd}>
        {thread.number && (
          <Button look="quiet" onPress={() => choose(first.id)}>
            <MapPin size={14} aria-hidden /> {pinWords.pin(thread.number)}
          </Button>
        )}
        <Button look="quiet" onPress={() => setReplying(!replying)}>
          <Reply size={14} aria-hidden /> {pinWords.reply}
        </Button>
        <Button look="quiet" onPress={settle}>
          {resolved ? <RotateCcw size={14} aria-hidden /> : <Check size={14} aria-hidden />}
          {resolved ? pinWords.reopen : pinWords.resolve}
        </Button>
      </div>
      {replying && (
        <Say
          label={pinWords.replyLabel}
          send={pinWords.replySend}
          onSend={async (content) => {
            await write({ content, parent_id: first.id });
            setReplying(false);
          }}
        />
      )}
    </li>
  );
}

function Said({ comment, reply }: { comment: Comment; reply?: boolean }) {
  const state = settles(comment) !== undefined;
  return (
    <div className={css.comment} data-reply={reply}>
      <span className={css.avatar} aria-hidden>
        {personName(comment.user).charAt(0).toUpperCase()}
      </span>
      <div className={css.grow}>
        <span className={css.strong}>{personName(comment.user)}</span>{" "}
        <span className={css.soft} title={momentText(comment.created_at)}>
          {sinceText(comment.created_at)}
        </span>
        <div className={state ? css.soft : css.text}>{comment.content}</div>
      </div>
    </div>
  );
}

function Say({
  label,
  send,
  onSend,
}: {
  label: string;
  send: string;
  onSend: (content: string) => Promise<void>;
}) {
  const [content, setContent] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      await onSend(content.trim());
      setContent("");
    } catch (refusal) {
      setProblem((refusal as Error).message);
    }
    setBusy(false);
  };
  return (
    <form className={css.form} onSubmit={submit}>
      {problem && <Problem>{problem}</Problem>}
      <Field label={label} value={content} onChange={setContent} long />
      <Button type="submit" isDisabled={busy || !content.trim()}>
        {send}
      </Button>
    </form>
  );
}
