// Short notices at the bottom, with a way to take back what was done.
import { X } from "lucide-react";
import {
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from "react-aria-components";
import { words } from "../words.ts";
import { Button, IconButton } from "./controls.tsx";
import css from "./states.module.css";

type Notice = { text: string; undo?: () => void };

const notices = new ToastQueue<Notice>({ maxVisibleToasts: 3 });

/** Long enough to read it and to reach the button. */
const SHOWN_MS = 8_000;

export function notify(text: string, undo?: () => void) {
  notices.add({ text, undo }, { timeout: SHOWN_MS });
}

export const notifyProblem = (problem: unknown) => notify((problem as Error).message);

export function Toasts() {
  return (
    <ToastRegion queue={notices} className={css.toasts}>
      {({ toast }) => (
        <Toast toast={toast} className={css.toast}>
          <ToastContent>{toast.content.text}</ToastContent>
          {toast.content.undo && (
            <Button
              look="quiet"
              onPress={() => {
                notices.close(toast.key);
                toast.content.undo?.();
              }}
            >
              <span className={css.undo}>{words.actions.undo}</span>
            </Button>
          )}
          <IconButton label={words.actions.dismiss} slot="close">
            <X size={16} aria-hidden />
          </IconButton>
        </Toast>
      )}
    </ToastRegion>
  );
}
