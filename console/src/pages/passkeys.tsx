// The passkeys of who is signed in: made on this device, renamed, removed.
import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { ApiProblem } from "../api/client.ts";
import { momentText, sinceText } from "../format.ts";
import { Ask } from "../parts/ask.tsx";
import { Button, Field } from "../parts/controls.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { Bone, Failed } from "../parts/states.tsx";
import { notify } from "../parts/toasts.tsx";
import {
  Dismissed,
  forgetPasskey,
  hasPasskeys,
  makePasskey,
  type Passkey,
  passkeysQuery,
  renamePasskey,
} from "../passkeys.ts";
import { waysQuery } from "../session.ts";
import { passkeyWords } from "../words/sign-in.ts";
import css from "./plain.module.css";

export function Passkeys() {
  const passkeys = useQuery(passkeysQuery);
  const ways = useQuery(waysQuery);
  const [making, setMaking] = useState(false);
  const closed = ways.data && !ways.data.passkey;
  return (
    <section className={css.stack} aria-labelledby="passkeys">
      <h2 id="passkeys">{passkeyWords.title}</h2>
      <p className={css.soft}>{passkeyWords.lead}</p>
      {passkeys.isPending && <Bone width="100%" height={48} />}
      {passkeys.isError && <Failed problem={passkeys.error} onRetry={() => void passkeys.refetch()} />}
      {passkeys.data?.length === 0 && <p>{passkeyWords.none}</p>}
      {passkeys.data?.map((passkey) => (
        <Row key={passkey.id} passkey={passkey} />
      ))}
      {closed ? (
        <p className={css.soft}>{passkeyWords.closed}</p>
      ) : hasPasskeys() ? (
        <div>
          <Button onPress={() => setMaking(true)}>{passkeyWords.make}</Button>
        </div>
      ) : (
        <p className={css.soft}>{passkeyWords.unsupported}</p>
      )}
      {making && <Make onClose={() => setMaking(false)} />}
    </section>
  );
}

function Row({ passkey }: { passkey: Passkey }) {
  const [open, setOpen] = useState<"rename" | "forget">();
  const used = passkey.last_used_at;
  const close = () => setOpen(undefined);
  return (
    <div className={css.device}>
      <KeyRound size={20} aria-hidden />
      <div>
        <div className={css.strong}>{passkey.name}</div>
        <div className={css.soft} title={momentText(used ?? passkey.created_at)}>
          {used ? passkeyWords.used(sinceText(used)) : passkeyWords.never}
        </div>
      </div>
      <Button look="quiet" onPress={() => setOpen("rename")}>
        {passkeyWords.rename}
      </Button>
      <Button onPress={() => setOpen("forget")}>{passkeyWords.forget}</Button>
      {open === "rename" && <Rename passkey={passkey} onClose={close} />}
      {open === "forget" && (
        <Ask
          title={passkeyWords.forgetAsk(passkey.name)}
          lead={passkeyWords.forgetHint}
          yes={passkeyWords.forget}
          onYes={async () => {
            await forgetPasskey(passkey.id);
            notify(passkeyWords.forgotten);
          }}
          onClose={close}
        />
      )}
    </div>
  );
}

function Rename({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const [name, setName] = useState(passkey.name);
  return (
    <FormDialog
      title={passkeyWords.rename}
      submit={passkeyWords.rename}
      onSubmit={() => renamePasskey(passkey.id, name.trim())}
      onClose={onClose}
    >
      <Field label={passkeyWords.name} value={name} onChange={setName} isRequired maxLength={255} autoFocus />
    </FormDialog>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [stale, setStale] = useState(false);
  const make = async () => {
    try {
      await makePasskey(name.trim(), stale ? password : undefined);
    } catch (refusal) {
      if (!(refusal instanceof ApiProblem && refusal.code === "sign_in_again")) throw refusal;
      // The field that appears says why it is there.
      setStale(true);
      throw new Dismissed();
    }
    notify(passkeyWords.made);
  };
  return (
    <FormDialog
      title={passkeyWords.make}
      submit={passkeyWords.make}
      submitting={passkeyWords.making}
      onSubmit={make}
      onClose={onClose}
    >
      <Field
        label={passkeyWords.name}
        hint={passkeyWords.nameHint}
        value={name}
        onChange={setName}
        isRequired
        maxLength={255}
        autoFocus
      />
      {stale && (
        <Field
          label={passkeyWords.password}
          hint={passkeyWords.passwordHint}
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
          isRequired
        />
      )}
    </FormDialog>
  );
}
