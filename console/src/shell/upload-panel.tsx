// The uploads of this page: how far each is, and what can be done about those that failed.
import { Link } from "@tanstack/react-router";
import { Pause, Play, RotateCcw, X } from "lucide-react";
import { IconButton } from "../parts/controls.tsx";
import { clearUploads, pauseUploads, retryUpload, type Upload, useUploads } from "../uploads.ts";
import { words } from "../words.ts";
import { useAskBeforeLeaving } from "./leaving.ts";
import css from "./transfers.module.css";

/** Of many thousand files the last ones are enough to look at. */
const SHOWN = 200;

export function UploadPanel() {
  const { uploads, paused } = useUploads();
  const open = uploads.filter((one) => one.state === "running" || one.state === "waiting").length;
  useAskBeforeLeaving(open > 0);
  if (uploads.length === 0) return null;
  const failed = uploads.filter((one) => one.state === "failed").length;
  const summary = open
    ? words.uploads.running(open)
    : failed
      ? words.uploads.failed(failed)
      : words.uploads.done(uploads.length);
  return (
    <section className={css.panel} aria-label={words.uploads.title}>
      <div className={css.head}>
        <h2 role="status">{summary}</h2>
        {open > 0 && (
          <IconButton
            label={paused ? words.uploads.resume : words.uploads.pause}
            onPress={() => pauseUploads(!paused)}
          >
            {paused ? <Play size={16} aria-hidden /> : <Pause size={16} aria-hidden />}
          </IconButton>
        )}
        <IconButton label={words.uploads.clear} onPress={clearUploads}>
          <X size={16} aria-hidden />
        </IconButton>
      </div>
      <ul className={css.rows} tabIndex={0} aria-label={words.uploads.title}>
        {uploads.slice(-SHOWN).map((upload) => (
          <Row key={upload.id} upload={upload} />
        ))}
      </ul>
    </section>
  );
}

function Row({ upload }: { upload: Upload }) {
  const name = `${upload.folder === "/" ? "" : upload.folder.slice(1)}${upload.file.name}`;
  return (
    <li className={css.row}>
      <div className={css.line}>
        <span title={name}>{name}</span>
        {upload.state === "waiting" && <span className={css.note}>{words.uploads.waiting}</span>}
        {upload.state === "done" && upload.assetId && (
          <Link
            to="/w/$workspaceId/assets/$assetId"
            params={{ workspaceId: upload.place["x-workspace-id"], assetId: upload.assetId }}
          >
            {words.actions.open}
          </Link>
        )}
        {upload.state === "failed" && (
          <IconButton label={words.actions.retry} onPress={() => retryUpload(upload.id)}>
            <RotateCcw size={15} aria-hidden />
          </IconButton>
        )}
      </div>
      {upload.problem && <p className={css.bad}>{upload.problem}</p>}
      {upload.state === "running" && (
        <progress
          className={css.bar}
          max={1}
          value={upload.progress}
          aria-label={words.uploads.progress(upload.file.name)}
        />
      )}
    </li>
  );
}
