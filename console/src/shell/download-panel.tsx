// The downloads of this page that take long or have failed: how far each is, and what can be done about it.
import { RotateCcw, X } from "lucide-react";
import { type Download, dropDownload, retryDownload, useDownloads } from "../downloads.ts";
import { sizeText } from "../format.ts";
import { IconButton } from "../parts/controls.tsx";
import { words } from "../words.ts";
import { useAskBeforeLeaving } from "./leaving.ts";
import css from "./transfers.module.css";

export function DownloadPanel() {
  const downloads = useDownloads();
  useAskBeforeLeaving(downloads.some((one) => one.state === "running"));
  const shown = downloads.filter((one) => one.received !== undefined || one.state === "failed");
  if (shown.length === 0) return null;
  const running = shown.filter((one) => one.state === "running").length;
  return (
    <section className={css.panel} aria-label={words.downloads.title}>
      <div className={css.head}>
        <h2 role="status">
          {running ? words.downloads.running(running) : words.downloads.failed(shown.length)}
        </h2>
      </div>
      <ul className={css.rows} tabIndex={0} aria-label={words.downloads.title}>
        {shown.map((download) => (
          <Row key={download.id} download={download} />
        ))}
      </ul>
    </section>
  );
}

function Row({ download }: { download: Download }) {
  const { id, name, size, received = 0, state, problem } = download;
  const running = state === "running";
  return (
    <li className={css.row}>
      <div className={css.line}>
        <span title={name}>{name}</span>
        {running && (
          <span className={css.note}>{words.downloads.soFar(sizeText(received), sizeText(size))}</span>
        )}
        {!running && (
          <IconButton label={words.actions.retry} onPress={() => retryDownload(download)}>
            <RotateCcw size={15} aria-hidden />
          </IconButton>
        )}
        <IconButton
          label={running ? words.downloads.cancel(name) : words.downloads.forget(name)}
          onPress={() => dropDownload(id)}
        >
          <X size={15} aria-hidden />
        </IconButton>
      </div>
      {problem && <p className={css.bad}>{problem}</p>}
      {running && (
        <progress
          className={css.bar}
          max={1}
          value={Math.min(1, received / Math.max(1, size))}
          aria-label={words.downloads.progress(name)}
        />
      )}
    </li>
  );
}
