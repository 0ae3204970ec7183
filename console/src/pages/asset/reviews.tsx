// What people found of an asset, who was asked, and one's own word.
import { useQuery } from "@tanstack/react-query";
import { Check, MessageSquareWarning, RotateCcw, UserRoundPlus, X } from "lucide-react";
import { useState } from "react";
import type { Asset, assetQuery } from "../../api/assets.ts";
import {
  askForReview,
  changeReview,
  type Review,
  type ReviewRequest,
  readInboxAgain,
  reviewRequestsQuery,
  reviewsQuery,
  withdrawRequest,
  workspaceMembersQuery,
  writeReview,
} from "../../api/reviews.ts";
import { momentText, personName, sinceText } from "../../format.ts";
import { Button, Checkbox, Field, IconButton } from "../../parts/controls.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { Bone, Problem } from "../../parts/states.tsx";
import { notify, notifyProblem } from "../../parts/toasts.tsx";
import { queries } from "../../queries.ts";
import { words } from "../../words.ts";
import { useHere } from "../../workspaces.ts";
import page from "./asset.module.css";
import css from "./reviews.module.css";

/** `versionId`: the one that is looked at; a word is about that one. */
export function Reviews({ asset, versionId }: { asset: Asset; versionId: string }) {
  const { place, session, workspace } = useHere();
  const reviews = useQuery(reviewsQuery(place, asset.id));
  const requests = useQuery(reviewRequestsQuery(place, asset.id));
  const [asking, setAsking] = useState(false);
  const me = session.user.id;
  const mayDecide = workspace.roles.some((role) => role === "review" || role === "admin");
  const nothing = reviews.data?.length === 0 && requests.data?.length === 0;
  const change = (work: Promise<unknown>, done: string) =>
    work
      .then(() => notify(done))
      .catch(notifyProblem)
      .then(() => readReviewsAgain(place, asset.id));
  return (
    <section className={page.section} aria-label={words.reviews.title}>
      <div className={css.head}>
        <h2>{words.reviews.title}</h2>
        <Button onPress={() => setAsking(true)}>
          <UserRoundPlus size={15} aria-hidden />
          {words.reviews.ask}
        </Button>
      </div>
      {(reviews.isPending || requests.isPending) && <Bone width="100%" height={44} />}
      {reviews.isError && <Problem>{reviews.error.message}</Problem>}
      {requests.isError && <Problem>{requests.error.message}</Problem>}
      {nothing && <p className={page.soft}>{words.reviews.none}</p>}
      <ul className={page.list}>
        {requests.data
          ?.filter((request) => request.reviewers.some((one) => !one.review_id))
          .map((request) => (
            <Request
              key={request.id}
              request={request}
              onWithdraw={
                request.user_id === me || workspace.roles.includes("admin")
                  ? () => void change(withdrawRequest(place, asset.id, request.id), words.reviews.withdrawn)
                  : undefined
              }
            />
          ))}
        {reviews.data?.map((review) => (
          <Given
            key={review.id}
            review={review}
            onReopen={
              mayDecide && review.status !== "pending"
                ? () =>
                    void change(changeReview(place, asset.id, review.id, "pending"), words.reviews.reopened)
                : undefined
            }
          />
        ))}
      </ul>
      {mayDecide ? (
        <Decide asset={asset} versionId={versionId} />
      ) : (
        <p className={page.soft}>{words.reviews.mayNot}</p>
      )}
      {asking && <AskDialog asset={asset} versionId={versionId} onClose={() => setAsking(false)} />}
    </section>
  );
}

function readReviewsAgain(place: Parameters<typeof assetQuery>[0], id: string) {
  return Promise.all([
    queries.invalidateQueries({ queryKey: reviewsQuery(place, id).queryKey }),
    queries.invalidateQueries({ queryKey: reviewRequestsQuery(place, id).queryKey }),
    readInboxAgain(),
  ]);
}

function Request({ request, onWithdraw }: { request: ReviewRequest; onWithdraw?: () => void }) {
  return (
    <li className={css.entry}>
      <div className={css.line}>
        <span className={css.who}>{words.reviews.askedBy(personName(request.user))}</span>
        <span className={page.soft} title={momentText(request.created_at)}>
          {sinceText(request.created_at)}
        </span>
        {onWithdraw && (
          <IconButton label={words.reviews.withdraw} onPress={onWithdraw}>
            <X size={14} aria-hidden />
          </IconButton>
        )}
      </div>
      {request.content && <div className={page.text}>{request.content}</div>}
      {request.reviewers.map((one) => (
        <div key={one.user_id} className={css.line}>
          <span>{personName(one.user)}</span>
          <State state={one.status ?? "waiting"} />
        </div>
      ))}
    </li>
  );
}

function Given({ review, onReopen }: { review: Review; onReopen?: () => void }) {
  return (
    <li className={css.entry}>
      <div className={css.line}>
        <span className={css.who}>{personName(review.user)}</span>
        <State state={review.status} />
        <span className={page.soft} title={momentText(review.created_at)}>
          {sinceText(review.created_at)}
        </span>
        {onReopen && (
          <IconButton label={words.reviews.reopen} onPress={onReopen}>
            <RotateCcw size={14} aria-hidden />
          </IconButton>
        )}
      </div>
      <div className={page.text}>{review.content}</div>
      {review.version && (
        <div className={page.soft}>{words.reviews.version(review.version.version_number)}</div>
      )}
    </li>
  );
}

const State = ({ state }: { state: string }) => (
  <span className={css.state} data-state={state}>
    {words.reviews.states[state] ?? words.reviews.waiting}
  </span>
);

function Decide({ asset, versionId }: { asset: Asset; versionId: string }) {
  const { place } = useHere();
  const [word, setWord] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const decide = async (status: "approved" | "rejected") => {
    setBusy(true);
    setProblem("");
    try {
      await writeReview(place, asset.id, {
        content: word.trim() || words.reviews.defaultWord,
        status,
        asset_version_id: versionId,
      });
      setWord("");
      notify(status === "approved" ? words.reviews.approved : words.reviews.changes);
      await readReviewsAgain(place, asset.id);
    } catch (refusal) {
      setProblem((refusal as Error).message);
    }
    setBusy(false);
  };
  return (
    <div className={css.decide}>
      {problem && <Problem>{problem}</Problem>}
      <Field label={words.reviews.word} hint={words.reviews.wordHint} value={word} onChange={setWord} long />
      <div className={css.line}>
        <Button look="primary" isDisabled={busy} onPress={() => void decide("approved")}>
          <Check size={15} aria-hidden />
          {words.reviews.approve}
        </Button>
        <Button isDisabled={busy || !word.trim()} onPress={() => void decide("rejected")}>
          <MessageSquareWarning size={15} aria-hidden />
          {words.reviews.reject}
        </Button>
      </div>
    </div>
  );
}

function AskDialog({ asset, versionId, onClose }: { asset: Asset; versionId: string; onClose: () => void }) {
  const { place, session } = useHere();
  const members = useQuery(workspaceMembersQuery(place));
  const people = members.data?.filter(({ user }) => user.email && user.id !== session.user.id) ?? [];
  const [chosen, setChosen] = useState<string[]>([]);
  const [note, setNote] = useState("");
  const ask = async () => {
    await askForReview(place, asset.id, {
      user_ids: chosen,
      content: note.trim() || null,
      asset_version_id: versionId,
    });
    notify(words.reviews.asked(chosen.length));
    await readReviewsAgain(place, asset.id);
  };
  return (
    <FormDialog
      title={words.reviews.askTitle(asset.name)}
      submit={words.reviews.send}
      ready={chosen.length > 0}
      onSubmit={ask}
      onClose={onClose}
    >
      {members.isPending && <Bone width="100%" height={60} />}
      {members.isError && <Problem>{members.error.message}</Problem>}
      {members.data && people.length === 0 && <p>{words.reviews.nobody}</p>}
      <fieldset className={css.people}>
        <legend>{words.reviews.people}</legend>
        {people.map(({ user }) => (
          <Checkbox
            key={user.id}
            isSelected={chosen.includes(user.id)}
            onChange={(on) => setChosen(on ? [...chosen, user.id] : chosen.filter((id) => id !== user.id))}
          >
            {personName(user)}
          </Checkbox>
        ))}
      </fieldset>
      <Field label={words.reviews.note} value={note} onChange={setNote} long />
    </FormDialog>
  );
}
