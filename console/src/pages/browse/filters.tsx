// The filters behind one button: type, tags, status, facts.
import { useQuery } from "@tanstack/react-query";
import { SlidersHorizontal } from "lucide-react";
import { type ReactNode, useState } from "react";
import * as Aria from "react-aria-components";
import { statusesQuery, tagsQuery } from "../../api/workspace.ts";
import { Button, Checkbox, controls, Field } from "../../parts/controls.tsx";
import type { BrowseSearch } from "../../routes.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "./browse.module.css";

/** What art comes as; others are found by a fact such as `format=exr` or by their name. */
const TYPES = ["png", "jpg", "psd", "exr", "tga", "svg", "gltf", "glb", "obj", "fbx", "blend", "wav", "mp4"];

type Lists = "type" | "tag" | "status" | "fact";

export function FilterButton({
  search,
  onChange,
}: {
  search: BrowseSearch;
  onChange: (part: Partial<BrowseSearch>) => void;
}) {
  const { place } = useHere();
  const tags = useQuery(tagsQuery(place));
  const statuses = useQuery(statusesQuery(place));
  const toggle = (list: Lists, value: string) => {
    const before = search[list] ?? [];
    const now = before.includes(value) ? before.filter((one) => one !== value) : [...before, value];
    onChange({ [list]: now.length > 0 ? now : undefined });
  };
  const box = (list: Lists, value: string, label: ReactNode) => (
    <Checkbox
      key={value}
      isSelected={search[list]?.includes(value) ?? false}
      onChange={() => toggle(list, value)}
    >
      {label}
    </Checkbox>
  );
  const tagList = tags.data ?? [];
  return (
    <Aria.DialogTrigger>
      <Button>
        <SlidersHorizontal size={15} aria-hidden />
        {words.browse.filter}
      </Button>
      <Aria.Popover className={controls.popover} placement="bottom start" style={{ maxWidth: 470 }}>
        <Aria.Dialog className={css.filters} aria-label={words.browse.filters}>
          <fieldset>
            <legend>{words.browse.status}</legend>
            {(statuses.data ?? []).map((status) =>
              box(
                "status",
                status.id,
                <>
                  <span className={css.swatch} style={{ background: status.color ?? undefined }} />
                  {status.name}
                </>,
              ),
            )}
          </fieldset>
          <fieldset>
            <legend>{words.browse.type}</legend>
            {TYPES.map((type) => box("type", type, type))}
          </fieldset>
          <fieldset className={css.wide}>
            <legend>{words.browse.tags}</legend>
            {tagList.length === 0 && <span className={css.soft}>{words.browse.noTags}</span>}
            {tagList.map((tag) => box("tag", tag.name, tag.name))}
          </fieldset>
          <div className={css.wide}>
            <FactField onAdd={(fact) => toggle("fact", fact)} />
          </div>
        </Aria.Dialog>
      </Aria.Popover>
    </Aria.DialogTrigger>
  );
}

function FactField({ onAdd }: { onAdd: (fact: string) => void }) {
  const [fact, setFact] = useState("");
  const [bad, setBad] = useState(false);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const wellFormed = /^[a-z_]+\s*(=|!=|<=?|>=?)\s*\S+$/i.test(fact.trim());
        setBad(!wellFormed);
        if (wellFormed) {
          onAdd(fact.replaceAll(/\s/g, ""));
          setFact("");
        }
      }}
    >
      <Field
        label={words.browse.facts}
        hint={words.browse.factsHint}
        error={bad ? words.browse.factBad : undefined}
        value={fact}
        onChange={setFact}
      />
    </form>
  );
}
