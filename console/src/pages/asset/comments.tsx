// What people say about an asset, and a field to say more.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type Asset, commentsQuery, writeComment } from "../../api/assets.ts";
import { momentText, personName, sinceText } from "../../format.ts";
import { Button, Field } from "../../parts/controls.tsx";
import { Bone, Problem } from "../../parts/states.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "./asset.module.css";

export function Comments({ asset }: { asset: Asset }) {
  const { place } = useHere();
  const cache = useQueryClient();
  const comments = useQuery(commentsQuery(place, asset.id));
  const [content, setContent] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      await writeComment(place, asset.id, content.trim(), asset.current_version_id);
      setContent("");
      await cache.invalidateQueries({ queryKey: commentsQuery(place, asset.id).queryKey });
    } catch (refusal) {
      setProblem((refusal as Error).message);
    }
    setBusy(false);
  };
  return (
    <section className={css.section}>
      <h2>{words.asset.comments}</h2>
      {comments.isPending && <Bone width="100%" height={44} />}
      {comments.isError && <Problem>{comments.error.message}</Problem>}
      {comments.data?.length === 0 && <p className={css.soft}>{words.asset.noComments}</p>}
      <ul className={css.list}>
        {comments.data?.map((comment) => (
          <li key={comment.id} className={css.comment}>
            <span className={css.avatar} aria-hidden>
              {personName(comment.user).charAt(0).toUpperCase()}
            </span>
            <div className={css.grow}>
              <span className={css.strong}>{personName(comment.user)}</span>{" "}
              <span className={css.soft} title={momentText(comment.created_at)}>
                {sinceText(comment.created_at)}
              </span>
              <div className={css.text}>{comment.content}</div>
            </div>
          </li>
        ))}
      </ul>
      <form className={css.form} onSubmit={submit}>
        {problem && <Problem>{problem}</Problem>}
        <Field label={words.asset.comment} value={content} onChange={setContent} long />
        <Button type="submit" isDisabled={busy || !content.trim()}>
          {words.asset.send}
        </Button>
      </form>
    </section>
  );
}
