// Links that the server shows this once, each with a button that copies it.
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import css from "../pages/plain.module.css";
import { words } from "../words.ts";
import { Button, Dialog, DialogEnd, IconButton } from "./controls.tsx";

export type Shown = { title: string; lead: string; done: string; lines: { who: string; text: string }[] };

export function ShownOnce({ shown, onClose }: { shown: Shown; onClose: () => void }) {
  return (
    // Not closed by a click beside it: what it shows would be lost.
    <Dialog title={shown.title} open onClose={onClose} wide must>
      <p>{shown.lead}</p>
      {shown.lines.map((line) => (
        <Line key={line.who} {...line} />
      ))}
      <DialogEnd>
        <Button look="primary" onPress={onClose}>
          {shown.done}
        </Button>
      </DialogEnd>
    </Dialog>
  );
}

function Line({ who, text }: { who: string; text: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <div>
      <div className={css.soft}>{who}</div>
      <div className={css.code}>
        <code data-testid="shown-once">{text}</code>
        <IconButton
          label={copied ? words.actions.copied : `${words.actions.copy}: ${who}`}
          onPress={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
        >
          {copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
        </IconButton>
      </div>
    </div>
  );
}
