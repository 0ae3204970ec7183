// The filters: type, tags, status, who added it, when it changed, lock, review, facts.
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { membersQuery, statusesQuery, tagsQuery } from "../../api/workspace.ts";
import { personName } from "../../format.ts";
import { Checkbox, Field } from "../../parts/controls.tsx";
import { Bone, Problem } from "../../parts/states.tsx";
import type { BrowseSearch } from "../../routes.tsx";
import { browseWords } from "../../words/browse.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import shared from "./browse.module.css";
import css from "./filters.module.css";

/** What art comes as; others are found by a fact such as `format=exr` or by their name. */
const TYPES = ["png", "jpg", "psd", "exr", "tga", "svg", "gltf", "glb", "obj", "fbx", "blend", "wav", "mp4"];

type Lists = "type" | "tag" | "status" | "fact" | "by" | "review";

export default function FilterPanel({
  search,
  onChange,
}: {
  search: BrowseSearch;
  onChange: (part: Partial<BrowseSearch>) => void;
}) {
  const { place, session } = useHere();
  const me = session.user.id;
  const people = useQuery(membersQuery(place));
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
    <div className={css.filters}>
      <fieldset>
        <legend>{words.browse.status}</legend>
        {(statuses.data ?? []).map((status) =>
          box(
            "status",
            status.id,
            <>
              <span className={shared.swatch} style={{ background: status.color ?? undefined }} />
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
        {tagList.length === 0 && <span className={shared.soft}>{words.browse.noTags}</span>}
        {tagList.map((tag) => box("tag", tag.name, tag.name))}
      </fieldset>
      <fieldset>
        <legend>{browseWords.people}</legend>
        {people.isPending && <Bone width="100%" height={24} />}
        {people.isError && <Problem>{people.error.message}</Problem>}
        {(people.data ?? []).map(({ user }) =>
          box("by", user.id, user.id === me ? browseWords.you(personName(user)) : personName(user)),
        )}
      </fieldset>
      <fieldset className={css.days}>
        <legend>{browseWords.days}</legend>
        {(["from", "until"] as const).map((bound) => (
          <Field
            key={bound}
            label={browseWords[bound]}
            type={"date" as "text"}
            value={search[bound] ?? ""}
            onChange={(day) => onChange({ [bound]: day || undefined })}
          />
        ))}
      </fieldset>
      <fieldset>
        <legend>{browseWords.locks}</legend>
        {(["yes", "no"] as const).map((one) => (
          <Checkbox
            key={one}
            isSelected={search.locked === one}
            onChange={(on) => onChange({ locked: on ? one : undefined })}
          >
            {browseWords.locked[one]}
          </Checkbox>
        ))}
      </fieldset>
      {search.only !== "favorites" && (
        <fieldset>
          <legend>{browseWords.review}</legend>
          {Object.entries(browseWords.reviews).map(([id, label]) => box("review", id, label))}
        </fieldset>
      )}
      <div className={css.wide}>
        <FactField onAdd={(fact) => toggle("fact", fact)} />
      </div>
    </div>
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
