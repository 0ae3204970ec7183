// The one time that a secret is shown, with lines that use it. It is kept nowhere, and gone when the dialog closes.
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button, Dialog, DialogEnd, IconButton } from "../../parts/controls.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "../plain.module.css";

export type NewSecret = { name: string; key: string; secret: string };

const LINES = ["curl", "python", "env"] as const;

export function SecretDialog({ secret, onClose }: { secret: NewSecret; onClose: () => void }) {
  const { place } = useHere();
  const [shown, setShown] = useState<(typeof LINES)[number]>("curl");
  const text = linesOf(shown, secret, place["x-account-id"], place["x-workspace-id"]);
  return (
    // Not closed by a click beside it: the secret would be lost.
    <Dialog title={words.keys.secretTitle} open onClose={onClose} wide must>
      <p>{words.keys.secretLead}</p>
      <Copyable label={words.keys.key} text={secret.key} />
      <Copyable label={words.keys.secret} text={secret.secret} />
      <div>
        <div className={css.tabs}>
          {LINES.map((id) => (
            <Button
              key={id}
              look={id === shown ? "primary" : "quiet"}
              aria-pressed={id === shown}
              onPress={() => setShown(id)}
            >
              {words.keys.lines[id]}
            </Button>
          ))}
        </div>
        <Copyable label={words.keys.lines[shown] ?? shown} text={text} block />
      </div>
      <DialogEnd>
        <Button look="primary" onPress={onClose}>
          {words.keys.done}
        </Button>
      </DialogEnd>
    </Dialog>
  );
}

function Copyable({ label, text, block }: { label: string; text: string; block?: boolean }) {
  const [copied, setCopied] = useState(false);
  return (
    <div>
      {!block && <div className={css.soft}>{label}</div>}
      <div className={css.code} data-block={block}>
        {block ? (
          <pre tabIndex={0}>{text}</pre>
        ) : (
          <code data-testid={`new-${label.toLowerCase()}`}>{text}</code>
        )}
        <IconButton
          label={copied ? words.actions.copied : `${words.actions.copy}: ${label}`}
          onPress={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
        >
          {copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
        </IconButton>
      </div>
    </div>
  );
}

function linesOf(
  kind: (typeof LINES)[number],
  { key, secret }: NewSecret,
  account: string,
  workspace: string,
) {
  const server = window.location.origin;
  if (kind === "env") {
    return [
      `MUDLARK_URL=${server}`,
      `MUDLARK_ACCOUNT_ID=${account}`,
      `MUDLARK_WORKSPACE_ID=${workspace}`,
      `MUDLARK_KEY=${key}`,
      `MUDLARK_SECRET=${secret}`,
    ].join("\n");
  }
  if (kind === "curl") {
    return `TOKEN=$(curl -sS ${server}/auth/token -H 'Content-Type: application/json' \\
  -d '{"account_id":"${account}","key":"${key}","secret":"${secret}"}' | tr -d '"')
curl -sS '${server}/workspaces/assets/search?file_location=/&recursive=true' \\
  -H "Authorization: Bearer $TOKEN" \\
  -H 'x-account-id: ${account}' -H 'x-workspace-id: ${workspace}'`;
  }
  return `import json, urllib.request

server = "${server}"

def call(path, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server + path, data, {"Content-Type": "application/json", **headers})
    return json.load(urllib.request.urlopen(request))

token = call("/auth/token", {"account_id": "${account}", "key": "${key}",
                             "secret": "${secret}"})
assets = call("/workspaces/assets/search?file_location=/&recursive=true",
              **{"Authorization": f"Bearer {token}", "x-account-id": "${account}",
                 "x-workspace-id": "${workspace}"})
print([asset["name"] for asset in assets])`;
}
