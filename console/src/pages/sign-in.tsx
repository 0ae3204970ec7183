// Signing in with e-mail and password.
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Button, Field } from "../parts/controls.tsx";
import { Gate } from "../parts/gate.tsx";
import { Problem } from "../parts/states.tsx";
import { signIn } from "../session.ts";
import { words } from "../words.ts";
import css from "./plain.module.css";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const { to } = route.useSearch();
  const router = useRouter();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      await signIn(email.trim(), password);
      // Only addresses of the console itself: an address from outside could lead anywhere.
      const inside = to?.startsWith("/") && !to.startsWith("//") ? to : "/";
      router.history.push(`/console${inside.replace(/^\/console(?=\/|$)/, "")}`);
    } catch (refusal) {
      setProblem((refusal as Error).message);
      setBusy(false);
    }
  };
  return (
    <Gate title={words.signIn.title} lead={words.signIn.lead}>
      <form onSubmit={submit}>
        {problem && <Problem>{problem}</Problem>}
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
      <p className={css.soft}>{words.signIn.forgotten}</p>
    </Gate>
  );
}
