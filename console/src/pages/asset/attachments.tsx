// Files that hang on an asset: brought, fetched, deleted.
import { useQueryClient } from "@tanstack/react-query";
import { Download, Paperclip, Trash2 } from "lucide-react";
import { type DragEvent, useRef, useState } from "react";
import type { Asset } from "../../api/assets.ts";
import {
  type Attachment,
  deleteAttachment,
  downloadAttachment,
  listAttachments,
} from "../../api/attachments.ts";
import { momentText, personName, sinceText, sizeText } from "../../format.ts";
import { Ask } from "../../parts/ask.tsx";
import { Button, IconButton } from "../../parts/controls.tsx";
import { notify } from "../../parts/toasts.tsx";
import { addAttachments } from "../../uploads.ts";
import { around } from "../../words/around.ts";
import { runsWorkspace, useHere } from "../../workspaces.ts";
import near from "./around.module.css";
import css from "./asset.module.css";
import { Fold } from "./fold.tsx";

export function Attachments({ asset }: { asset: Asset }) {
  const { place } = useHere();
  const [over, setOver] = useState(false);
  const add = (files: FileList | null) => {
    if (files && files.length > 0) addAttachments(place, asset.id, [...files]);
  };
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button does the same by keyboard.
    <div
      className={near.dropRoom}
      data-over={over}
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        add(event.dataTransfer.files);
      }}
    >
      <Fold
        title={around.attachments}
        name="attachments"
        asset={asset}
        none={around.noAttachments}
        read={() => listAttachments(place, asset.id)}
        begin={<Attach onFiles={add} />}
      >
        {(attachments) => attachments.map((one) => <Attached key={one.id} attachment={one} />)}
      </Fold>
      {over && <p className={near.dropHint}>{around.dropToAttach}</p>}
    </div>
  );
}

function Attach({ onFiles }: { onFiles: (files: FileList | null) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className={near.attach}>
      <Button onPress={() => input.current?.click()}>
        <Paperclip size={15} aria-hidden /> {around.attach}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-testid="attach-files"
        onChange={(event) => {
          onFiles(event.target.files);
          event.target.value = "";
        }}
      />
    </div>
  );
}

function Attached({ attachment }: { attachment: Attachment }) {
  const { place, session, workspace } = useHere();
  const cache = useQueryClient();
  const [asking, setAsking] = useState(false);
  const { name, size, user, created_at } = attachment;
  const isMine = attachment.created_by_user_id === session.user.id;
  const on = attachment.comment_id ? around.onComment : attachment.review_id ? around.onReview : undefined;
  const remove = async () => {
    await deleteAttachment(place, attachment);
    notify(around.removed(name));
    await cache.invalidateQueries({
      queryKey: ["assets", place["x-workspace-id"], "one", attachment.asset_id],
    });
  };
  return (
    <li className={near.attached}>
      <div className={css.grow}>
        <div className={css.strong}>{name}</div>
        {attachment.description && <div className={css.text}>{attachment.description}</div>}
        <div className={css.soft} title={momentText(created_at)}>
          {[sizeText(size), sinceText(created_at), personName(user), on].filter(Boolean).join(" · ")}
        </div>
      </div>
      <IconButton label={around.download(name)} onPress={() => downloadAttachment(place, attachment)}>
        <Download size={15} aria-hidden />
      </IconButton>
      {(isMine || runsWorkspace(workspace)) && (
        <IconButton label={around.remove(name)} onPress={() => setAsking(true)}>
          <Trash2 size={15} aria-hidden />
        </IconButton>
      )}
      {asking && (
        <Ask
          title={around.removeTitle(name)}
          lead={around.removeLead}
          yes={around.delete}
          onYes={remove}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}
