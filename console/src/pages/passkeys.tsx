// The passkeys of who is signed in: made on this device, renamed, removed.
import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { ApiProblem } from "../api/client.ts";
import { momentText, sinceText } from "../format.ts";
import { Button, Dialog, DialogEnd, Field } from "../parts/controls.tsx";
import { Bone, Failed, Problem } from "../parts/states.tsx";
import { notify, notifyProblem } from "../parts/toasts.tsx";
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
import { words } from "../words.ts";
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
  const forget = () => {
    setOpen(undefined);
    void forgetPasskey(passkey.id)
      .then(() => notify(passkeyWords.forgotten))
      .catch(notifyProblem);
  };
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
      {open === "rename" && <Rename passkey={passkey} onClose={() => setOpen(undefined)} />}
      <Dialog
        title={passkeyWords.forgetAsk(passkey.name)}
        open={open === "forget"}
        onClose={() => setOpen(undefined)}
      >
        <p>{passkeyWords.forgetHint}</p>
        <DialogEnd>
          <Button onPress={() => setOpen(undefined)}>{words.actions.cancel}</Button>
          <Button look="danger" onPress={forget}>
            {passkeyWords.forget}
          </Button>
        </DialogEnd>
      </Dialog>
    </div>
  );
}

function Rename({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const [name, setName] = useState(passkey.name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void renamePasskey(passkey.id, name.trim()).then(onClose).catch(notifyProblem);
  };
  return (
    <Dialog title={passkeyWords.rename} open onClose={onClose}>
      <form className={css.stack} onSubmit={submit}>
        <Field
          label={passkeyWords.name}
          value={name}
          onChange={setName}
          isRequired
          maxLength={255}
          autoFocus
        />
        <DialogEnd>
          <Button onPress={onClose}>{words.actions.cancel}</Button>
          <Button look="primary" type="submit">
            {words.actions.save}
          </Button>
        </DialogEnd>
      </form>
    </Dialog>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [stale, setStale] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      await makePasskey(name.trim(), stale ? password : undefined);
      notify(passkeyWords.made);
      onClose();
    } catch (refusal) {
      const tooOld = refusal instanceof ApiProblem && refusal.code === "sign_in_again";
      if (tooOld) setStale(true);
      else if (!(refusal instanceof Dismissed)) setProblem((refusal as Error).message);
      setBusy(false);
    }
  };
  return (
    <Dialog title={passkeyWords.make} open onClose={onClose}>
      <form className={css.stack} onSubmit={submit}>
        {problem && <Problem>{problem}</Problem>}
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
        <DialogEnd>
          <Button onPress={onClose}>{words.actions.cancel}</Button>
          <Button look="primary" type="submit" isDisabled={busy}>
            {busy ? passkeyWords.making : passkeyWords.make}
          </Button>
        </DialogEnd>
      </form>
    </Dialog>
  );
}
