// A new webhook: where, and of what.
import { useState } from "react";
import type { Schemas } from "../../api/client.ts";
import { makeWebhook, readWebhooksAgain } from "../../api/webhooks.ts";
import { Checkbox, Field } from "../../parts/controls.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import css from "../plain.module.css";

type EventType = Schemas["EventType"];

/** What bots and builds mostly ask for; whoever wants another leaves all on, or asks the API. */
const EVENTS: EventType[] = [
  "asset_created",
  "asset_updated",
  "asset_renamed",
  "asset_moved",
  "asset_status_changed",
  "asset_deleted",
  "asset_restored",
  "asset_locked",
  "asset_unlocked",
  "asset_tag_added",
  "version_created",
  "version_previewed",
  "comment_created",
  "review_created",
  "review_updated",
  "review_request_created",
  "task_created",
  "task_updated",
  "folder_created",
  "folder_moved",
  "library_asset_added",
  "workspace_member_updated",
];

export function MakeWebhook({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (name: string, secret: string) => void;
}) {
  const { place } = useHere();
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [all, setAll] = useState(true);
  const [events, setEvents] = useState<EventType[]>([]);
  const make = async () => {
    const made = await makeWebhook(place, {
      name: name.trim(),
      url: url.trim(),
      events: all ? [] : events,
      enabled: true,
      allowSensitiveData: false,
    });
    await readWebhooksAgain(place);
    onMade(made.name, made.secret);
  };
  return (
    <FormDialog
      title={words.webhooks.make}
      submit={words.webhooks.make}
      ready={all || events.length > 0}
      onSubmit={make}
      onClose={onClose}
      wide
    >
      <Field
        label={words.webhooks.name}
        value={name}
        onChange={setName}
        isRequired
        maxLength={100}
        autoFocus
      />
      <Field
        label={words.webhooks.url}
        hint={words.webhooks.urlHint}
        type="url"
        value={url}
        onChange={setUrl}
        isRequired
      />
      <fieldset className={css.events}>
        <legend>{words.webhooks.events}</legend>
        <Checkbox isSelected={all} onChange={setAll}>
          {words.webhooks.all}
        </Checkbox>
        {!all && (
          <div className={css.eventList}>
            {EVENTS.map((type) => (
              <Checkbox
                key={type}
                isSelected={events.includes(type)}
                onChange={(on) => setEvents(on ? [...events, type] : events.filter((one) => one !== type))}
              >
                <code>{type}</code>
              </Checkbox>
            ))}
          </div>
        )}
      </fieldset>
    </FormDialog>
  );
}
