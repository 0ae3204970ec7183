// What is shown where a page failed as a whole, or there is none at its address.
import { Link } from "@tanstack/react-router";
import { CircleAlert, SearchX } from "lucide-react";
import { ApiProblem } from "../api/client.ts";
import { words } from "../words.ts";
import { Button, controls } from "./controls.tsx";
import { Empty } from "./states.tsx";

export function Crash({ error }: { error: unknown }) {
  if (error instanceof ApiProblem && error.status === 404) return <Missing />;
  const known = error instanceof ApiProblem;
  return (
    <main>
      <Empty
        icon={CircleAlert}
        title={words.problems.page}
        hint={known ? error.message : words.problems.pageHint}
      >
        <Button look="primary" onPress={() => window.location.reload()}>
          {words.problems.reload}
        </Button>
      </Empty>
    </main>
  );
}

export function Missing() {
  return (
    <main>
      <Empty icon={SearchX} title={words.problems.missing} hint={words.problems.missingHint}>
        <Link to="/" className={controls.button}>
          {words.problems.home}
        </Link>
      </Empty>
    </main>
  );
}
