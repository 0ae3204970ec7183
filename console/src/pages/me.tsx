// Where one is signed in, and one's password.
import { useQuery } from "@tanstack/react-query";
import { MonitorSmartphone } from "lucide-react";
import { type FormEvent, useState } from "react";
import { momentText, sinceText } from "../format.ts";
import { Button, Field } from "../parts/controls.tsx";
import { Bone, Failed, Problem } from "../parts/states.tsx";
import { notify, notifyProblem } from "../parts/toasts.tsx";
import { changePassword, devicesQuery, signOutDevice } from "../session.ts";
import { words } from "../words.ts";
import { Passkeys } from "./passkeys.tsx";
import css from "./plain.module.css";

export function MePage() {
  return (
    <div className={css.page}>
      <div className={css.head}>
        <h1>{words.me.title}</h1>
      </div>
      <div className={css.sections}>
        <Devices />
        <Passkeys />
        <Password />
      </div>
    </div>
  );
}

function Devices() {
  const devices = useQuery(devicesQuery);
  return (
    <section className={css.stack}>
      <h2>{words.me.sessions}</h2>
      {devices.isPending && <Bone width="100%" height={70} />}
      {devices.isError && <Failed problem={devices.error} onRetry={() => void devices.refetch()} />}
      {devices.data?.map((device) => (
        <div key={device.id} className={css.device}>
          <MonitorSmartphone size={20} aria-hidden />
          <div>
            <div className={css.strong}>{deviceName(device.user_agent)}</div>
            <div className={css.soft} title={momentText(device.last_used_at)}>
              {[device.address, words.me.used(sinceText(device.last_used_at))].filter(Boolean).join(" · ")}
            </div>
          </div>
          {device.current ? (
            <span className={css.pill} data-state="active">
              {words.me.current}
            </span>
          ) : (
            <Button
              onPress={() =>
                void signOutDevice(device.id)
                  .then(() => notify(words.me.signedOut))
                  .catch(notifyProblem)
              }
            >
              {words.me.signOut}
            </Button>
          )}
        </div>
      ))}
    </section>
  );
}

/** “Chrome on Linux”; what an agent says of itself is long and mostly history. */
function deviceName(agent: string | null): string {
  const browser = /(Edg|Firefox|Chrome|Safari)\//.exec(agent ?? "")?.[1]?.replace("Edg", "Edge");
  const system = /(Windows|iPad|iPhone|Android|Mac OS X|Linux)/
    .exec(agent ?? "")?.[1]
    ?.replace("Mac OS X", "macOS");
  return browser && system ? `${browser} on ${system}` : (agent?.slice(0, 60) ?? words.me.unknown);
}

function Password() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [problem, setProblem] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem("");
    try {
      await changePassword(current, next);
      setCurrent("");
      setNext("");
      notify(words.me.changed);
    } catch (refusal) {
      setProblem((refusal as Error).message);
    }
  };
  return (
    <form className={css.stack} onSubmit={submit}>
      <h2>{words.me.password}</h2>
      {problem && <Problem>{problem}</Problem>}
      <Field
        label={words.me.currentPassword}
        type="password"
        autoComplete="current-password"
        value={current}
        onChange={setCurrent}
        isRequired
      />
      <Field
        label={words.me.newPassword}
        hint={words.password.hint}
        type="password"
        autoComplete="new-password"
        value={next}
        onChange={setNext}
        isRequired
        minLength={12}
      />
      <div>
        <Button look="primary" type="submit">
          {words.me.submit}
        </Button>
      </div>
    </form>
  );
}
