// The pages that one-time links lead to: the first owner, and a new password. The token is in the address's fragment,
// which no server sees; it is taken out of the address at once.
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { Button, Field } from "../parts/controls.tsx";
import { Gate } from "../parts/gate.tsx";
import { Problem } from "../parts/states.tsx";
import { notify } from "../parts/toasts.tsx";
import { join, resetPassword, welcome } from "../session.ts";
import { words } from "../words.ts";

const SHORTEST = 12;

function takeToken(): string {
  const token = decodeURIComponent(window.location.hash.slice(1));
  if (token) window.history.replaceState(window.history.state, "", window.location.pathname);
  return token;
}

/** Kept outside the pages: drawing one twice must not take the token twice. */
let token = "";

function useToken(): string {
  const [mine, setMine] = useState(() => {
    token = takeToken() || token;
    return token;
  });
  // A whole link after a cut one, in the same tab, loads no page again.
  useEffect(() => {
    const take = () => {
      token = takeToken() || token;
      setMine(token);
    };
    window.addEventListener("hashchange", take);
    return () => window.removeEventListener("hashchange", take);
  }, []);
  return mine;
}

export function WelcomePage() {
  const token = useToken();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [account, setAccount] = useState("");
  return (
    <Gate title={words.welcome.title} lead={words.welcome.lead}>
      <PasswordForm
        noToken={token ? undefined : words.welcome.noToken}
        submit={words.welcome.submit}
        onSubmit={async (password) => {
          await welcome({
            token,
            name: name.trim(),
            email: email.trim(),
            password,
            account_name: account.trim(),
          });
          await navigate({ to: "/" });
        }}
      >
        <Field
          label={words.welcome.account}
          value={account}
          onChange={setAccount}
          isRequired
          autoComplete="organization"
          autoFocus
        />
        <Field label={words.welcome.name} value={name} onChange={setName} isRequired autoComplete="name" />
        <Field
          label={words.signIn.email}
          type="email"
          value={email}
          onChange={setEmail}
          isRequired
          autoComplete="username"
        />
      </PasswordForm>
    </Gate>
  );
}

export function ResetPage() {
  const token = useToken();
  const navigate = useNavigate();
  return (
    <Gate title={words.reset.title} lead={words.reset.lead}>
      <PasswordForm
        noToken={token ? undefined : words.reset.noToken}
        submit={words.reset.submit}
        onSubmit={async (password) => {
          await resetPassword(token, password);
          notify(words.reset.done);
          await navigate({ to: "/" });
        }}
      />
    </Gate>
  );
}

export function JoinPage() {
  const token = useToken();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  return (
    <Gate title={words.join.title} lead={words.join.lead}>
      <PasswordForm
        noToken={token ? undefined : words.reset.noToken}
        submit={words.join.submit}
        onSubmit={async (password) => {
          await join(token, name.trim(), password);
          await navigate({ to: "/" });
        }}
      >
        <Field
          label={words.welcome.name}
          value={name}
          onChange={setName}
          isRequired
          autoComplete="name"
          autoFocus
        />
      </PasswordForm>
    </Gate>
  );
}

function PasswordForm({
  noToken,
  submit,
  onSubmit,
  children,
}: {
  noToken?: string;
  submit: string;
  onSubmit: (password: string) => Promise<void>;
  children?: React.ReactNode;
}) {
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  if (noToken) return <Problem>{noToken}</Problem>;
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const wrong =
      password.length < SHORTEST ? words.password.short : password === again ? "" : words.password.differ;
    setProblem(wrong);
    if (wrong) return;
    setBusy(true);
    try {
      await onSubmit(password);
    } catch (refusal) {
      setProblem((refusal as Error).message);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={send}>
      {problem && <Problem>{problem}</Problem>}
      {children}
      <Field
        label={words.signIn.password}
        hint={words.password.hint}
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
        isRequired
      />
      <Field
        label={words.password.again}
        type="password"
        autoComplete="new-password"
        value={again}
        onChange={setAgain}
        isRequired
      />
      <Button look="primary" type="submit" isDisabled={busy}>
        {submit}
      </Button>
    </form>
  );
}
