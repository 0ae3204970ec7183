// Signing in: by e-mail and password, by a passkey, by the studio's own provider, as far as the server lets each.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { Building2, KeyRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button, controls, Field } from "../parts/controls.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { Gate } from "../parts/gate.tsx";
import { Bone, Failed, Problem } from "../parts/states.tsx";
import { Dismissed, hasPasskeys, signInByPasskey } from "../passkeys.ts";
import { askForLetter, signIn, waysQuery } from "../session.ts";
import { signInWays } from "../words/sign-in.ts";
import { words } from "../words.ts";
import css from "./plain.module.css";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const { to, problem: told } = route.useSearch();
  const ways = useQuery(waysQuery);
  const router = useRouter();
  const [problem, setProblem] = useState(told ? (signInWays.problems[told] ?? "") : "");
  const [busy, setBusy] = useState(false);
  // Only addresses of the console itself: an address from outside could lead anywhere.
  const inside = to?.startsWith("/") && !to.startsWith("//") ? to.replace(/^\/console(?=\/|$)/, "") : "";
  const enter = async (by: () => Promise<unknown>) => {
    setBusy(true);
    setProblem("");
    try {
      await by();
      router.history.push(`/console${inside || "/"}`);
    } catch (refusal) {
      if (!(refusal instanceof Dismissed)) setProblem((refusal as Error).message);
      setBusy(false);
    }
  };
  if (ways.isPending) return <Bone width="100%" height="100%" />;
  if (ways.isError) return <Failed problem={ways.error} onRetry={() => void ways.refetch()} />;
  const { password, openid } = ways.data;
  const passkey = ways.data.passkey && hasPasskeys();
  return (
    <Gate title={words.signIn.title} lead={words.signIn.lead}>
      {problem && <Problem>{problem}</Problem>}
      {password && <PasswordForm busy={busy} onSubmit={(email, text) => enter(() => signIn(email, text))} />}
      {password && (passkey || openid) && <div className={css.or}>{signInWays.or}</div>}
      {openid && (
        <a
          className={`${controls.button} ${password ? "" : controls.primary}`}
          href={inside ? `${openid.address}?to=${encodeURIComponent(inside)}` : openid.address}
        >
          <Building2 size={16} aria-hidden />
          {signInWays.openid(openid.name)}
        </a>
      )}
      {passkey && (
        <Button isDisabled={busy} onPress={() => void enter(signInByPasskey)}>
          <KeyRound size={16} aria-hidden />
          {signInWays.passkey}
        </Button>
      )}
      {!password && !passkey && !openid && <Problem>{signInWays.none}</Problem>}
      {password &&
        (ways.data.password_letter ? <Forgotten /> : <p className={css.soft}>{words.signIn.forgotten}</p>)}
    </Gate>
  );
}

function PasswordForm({
  busy,
  onSubmit,
}: {
  busy: boolean;
  onSubmit: (email: string, password: string) => void;
}) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit(email.trim(), password);
  };
  return (
    <form onSubmit={submit}>
      <Field
        label={words.signIn.email}
        type="email"
        autoComplete="username"
        value={email}
        onChange={setEmail}
        isRequired
        autoFocus
      />
      <Field
        label={words.signIn.password}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        isRequired
      />
      <Button look="primary" type="submit" isDisabled={busy}>
        {busy ? words.signIn.busy : words.signIn.submit}
      </Button>
    </form>
  );
}

/** Asks for a letter with a link for a new password. */
function Forgotten() {
  const [step, setStep] = useState<"closed" | "asking" | "sent">("closed");
  const [email, setEmail] = useState("");
  if (step === "sent") return <p role="status">{signInWays.letterSent}</p>;
  return (
    <>
      <Button look="quiet" onPress={() => setStep("asking")}>
        {signInWays.forgotten}
      </Button>
      {step === "asking" && (
        <FormDialog
          title={signInWays.letterTitle}
          lead={signInWays.letterLead}
          submit={signInWays.letterSend}
          onSubmit={async () => {
            await askForLetter(email.trim());
            setStep("sent");
          }}
          onClose={() => setStep((now) => (now === "asking" ? "closed" : now))}
        >
          <Field
            label={words.signIn.email}
            type="email"
            autoComplete="username"
            value={email}
            onChange={setEmail}
            isRequired
            autoFocus
          />
        </FormDialog>
      )}
    </>
  );
}
