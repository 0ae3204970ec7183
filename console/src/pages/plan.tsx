// How much the account holds and may hold, and which folders it lies in.
import { useQueries, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowUp, HardDrive } from "lucide-react";
import { useState } from "react";
import type { Schemas } from "../api/client.ts";
import { changePlan, folderStatsQuery, limitsQuery, tiersQuery } from "../api/run.ts";
import { type FolderNode, foldersQuery } from "../api/workspace.ts";
import { sizeText } from "../format.ts";
import { Ask } from "../parts/ask.tsx";
import { Choose, controls } from "../parts/controls.tsx";
import { Bone, Empty, Failed } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import { notify } from "../parts/toasts.tsx";
import { queries } from "../queries.ts";
import { sessionQuery } from "../session.ts";
import { words } from "../words.ts";
import { isOpenPlan, useHere } from "../workspaces.ts";
import css from "./plain.module.css";
import { tilesOf } from "./run/treemap.ts";

const route = getRouteApi("/signed-in/w/$workspaceId/plan");
const RATIO = 2.6;
/** Each folder is asked for by a request of its own; those beyond are one tile together. */
const ASKED = 60;

export function PlanPage() {
  const { place } = useHere();
  const limits = useQuery(limitsQuery(place));
  return (
    <div className={css.page}>
      <div className={css.head}>
        <div>
          <h1>{words.plan.title}</h1>
          <p className={css.lead}>{words.plan.lead}</p>
        </div>
        <PlanChoice />
      </div>
      {limits.isPending && <Bone width="100%" height={84} />}
      {limits.isError && <Failed problem={limits.error} onRetry={() => void limits.refetch()} />}
      {limits.data && (
        <div className={css.limits}>
          {(["storage", "assets", "users"] as const).map((id) => (
            <Limit key={id} id={id} limit={limits.data[id]} />
          ))}
        </div>
      )}
      <Folders />
    </div>
  );
}

function Limit({ id, limit }: { id: "storage" | "assets" | "users"; limit: Schemas["Limit"] }) {
  const text = (value: number) => (id === "storage" ? sizeText(value) : value.toLocaleString("en"));
  const share = limit.max ? Math.min(100, (limit.current / limit.max) * 100) : 0;
  return (
    <div className={css.limit}>
      <span className={css.strong}>{words.plan.limits[id]}</span>
      {limit.max !== null && (
        <meter className={css.meter} aria-label={words.plan.limits[id]} min={0} max={100} value={share} />
      )}
      <span className={css.soft}>
        {limit.max === null
          ? words.plan.unlimited(text(limit.current))
          : words.plan.of(text(limit.current), text(limit.max))}
      </span>
    </div>
  );
}

function PlanChoice() {
  const { place, account } = useHere();
  const mayChange = account.roles.includes("owner");
  const tiers = useQuery({ ...tiersQuery(place), enabled: mayChange });
  const [wanted, setWanted] = useState<string>();
  const name = (plan: string) => words.plan.plans[plan] ?? plan;
  if (!mayChange || !tiers.data) return <span className={css.pill}>{name(account.plan)}</span>;
  return (
    <>
      <Choose
        label={words.plan.plan}
        value={account.plan}
        choices={tiers.data.map((tier) => ({ id: tier.type, label: name(tier.type) }))}
        onChange={(plan) => plan !== account.plan && setWanted(plan)}
      />
      {wanted && (
        <Ask
          title={words.plan.changeTitle(name(wanted))}
          lead={isOpenPlan(wanted) ? words.plan.changeLead : words.plan.closingLead}
          yes={words.plan.change}
          danger={!isOpenPlan(wanted)}
          onYes={async () => {
            await changePlan(place, wanted as Schemas["Plan"]);
            await queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
            await queries.invalidateQueries({ queryKey: limitsQuery(place).queryKey });
            notify(words.plan.changed);
          }}
          onClose={() => setWanted(undefined)}
        />
      )}
    </>
  );
}

const nodeAt = (root: FolderNode, path: string): FolderNode | undefined =>
  root.path === path || path === "/"
    ? root
    : root.folders.map((node) => (path.startsWith(node.path) ? nodeAt(node, path) : undefined)).find(Boolean);

function Folders() {
  const { place, workspace } = useHere();
  const { folder = "/", as } = route.useSearch();
  const tree = useQuery(foldersQuery(place));
  const below = tree.data ? (nodeAt(tree.data, folder)?.folders ?? []) : [];
  const inside = below.slice(0, ASKED);
  const further = below.length - inside.length;
  const whole = useQuery(folderStatsQuery(place, folder));
  const stats = useQueries({ queries: inside.map((node) => folderStatsQuery(place, node.path)) });
  const failed = tree.error ?? whole.error ?? stats.find((one) => one.error)?.error;
  const ready = tree.data && whole.data && stats.every((one) => one.data);
  const retry = () => {
    for (const one of [tree, whole, ...stats]) if (one.isError) void one.refetch();
  };
  const params = { workspaceId: workspace.id };
  const parts = inside.map((node, index) => ({
    name: node.name,
    path: node.path as string | undefined,
    size: stats[index]?.data?.size ?? 0,
    assets: stats[index]?.data?.assets ?? 0,
    versions: stats[index]?.data?.versions ?? 0,
  }));
  const rest = (what: "size" | "assets" | "versions") =>
    Math.max(0, (whole.data?.[what] ?? 0) - parts.reduce((sum, part) => sum + part[what], 0));
  const all = [
    ...parts,
    {
      name: further > 0 ? words.plan.ownAndFurther(further) : words.plan.own,
      path: undefined,
      size: rest("size"),
      assets: rest("assets"),
      versions: rest("versions"),
    },
  ].filter((part) => part.size > 0);
  const above = folder.replace(/[^/]+\/$/, "");
  return (
    <section className={css.below}>
      <div className={css.head}>
        <div>
          <h2>
            {words.plan.folders} <span className={css.soft}>{folder}</span>
          </h2>
          <p className={css.soft}>{words.plan.foldersHint}</p>
        </div>
        <div className={css.bar}>
          {folder !== "/" && (
            <Link
              to="/w/$workspaceId/plan"
              params={params}
              search={{ folder: above === "/" ? undefined : above, as }}
              className={controls.button}
            >
              <ArrowUp size={15} aria-hidden />
              {words.plan.up}
            </Link>
          )}
          <Link
            to="/w/$workspaceId/plan"
            params={params}
            search={{ folder: folder === "/" ? undefined : folder, as: as ? undefined : "table" }}
            className={controls.button}
          >
            {as ? words.plan.picture : words.plan.table}
          </Link>
        </div>
      </div>
      {failed && <Failed problem={failed} onRetry={retry} />}
      {!failed && !ready && <Bone width="100%" height={380} />}
      {ready && all.length === 0 && (
        <Empty icon={HardDrive} title={words.plan.nothing} hint={words.plan.nothingHint} />
      )}
      {ready && all.length > 0 && !as && (
        <div className={css.map}>
          {tilesOf(all, RATIO).map(({ item, left, top, width, height }) => {
            const style = {
              left: `${left * 100}%`,
              top: `${top * 100}%`,
              width: `${width * 100}%`,
              height: `${height * 100}%`,
            };
            const content = (
              <>
                <div className={css.strong}>{item.name}</div>
                <div>{sizeText(item.size)}</div>
              </>
            );
            const title = words.plan.tile(item.name, sizeText(item.size));
            return item.path ? (
              <Link
                key={item.path}
                to="/w/$workspaceId/plan"
                params={params}
                search={{ folder: item.path }}
                className={css.tile}
                style={style}
                title={title}
              >
                {content}
              </Link>
            ) : (
              <div key="own" className={css.tile} style={style} data-own title={title}>
                {content}
              </div>
            );
          })}
        </div>
      )}
      {ready && all.length > 0 && as && (
        <Table label={words.plan.folders} columns={words.plan.columns}>
          {all
            .sort((one, other) => other.size - one.size)
            .map((part) => (
              <tr key={part.path ?? "own"}>
                <td className={css.strong}>
                  {part.path ? (
                    <Link to="/w/$workspaceId/plan" params={params} search={{ folder: part.path, as }}>
                      {part.name}
                    </Link>
                  ) : (
                    part.name
                  )}
                </td>
                <td>{sizeText(part.size)}</td>
                <td>{Math.round((part.size / (whole.data?.size || 1)) * 100)} %</td>
                <td>{part.assets.toLocaleString("en")}</td>
                <td>{part.versions.toLocaleString("en")}</td>
              </tr>
            ))}
        </Table>
      )}
    </section>
  );
}
