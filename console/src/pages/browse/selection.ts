// Which assets are selected, and which one the keyboard is at.
import { useCallback, useMemo, useRef, useState } from "react";
import type { Asset } from "../../api/assets.ts";

type State = { ids: ReadonlySet<string>; active: string | undefined; anchor: string | undefined };
const NOTHING: State = { ids: new Set(), active: undefined, anchor: undefined };

export type Selection = ReturnType<typeof useSelection>;

export function useSelection(assets: Asset[]) {
  const [state, setState] = useState<State>(NOTHING);
  const places = useMemo(() => new Map(assets.map((asset, index) => [asset.id, index])), [assets]);
  // Every tile has what selects it: that stays the same when more assets come, or all were drawn again.
  const known = useRef({ assets, places });
  known.current = { assets, places };
  // What a search no longer shows is not selected any more: nothing happens to what one can't see.
  const chosen = useMemo(() => assets.filter((asset) => state.ids.has(asset.id)), [assets, state.ids]);

  const only = useCallback((id: string) => setState({ ids: new Set([id]), active: id, anchor: id }), []);
  const toggle = useCallback(
    (id: string) =>
      setState((before) => {
        const ids = new Set(before.ids);
        if (!ids.delete(id)) ids.add(id);
        return { ids, active: id, anchor: id };
      }),
    [],
  );
  const extend = useCallback(
    (id: string) =>
      setState((before) => {
        const { assets, places } = known.current;
        const from = places.get(before.anchor ?? id) ?? 0;
        const to = places.get(id) ?? 0;
        const range = assets.slice(Math.min(from, to), Math.max(from, to) + 1);
        return { ids: new Set(range.map((asset) => asset.id)), active: id, anchor: before.anchor ?? id };
      }),
    [],
  );
  const move = useCallback((id: string) => setState((before) => ({ ...before, active: id, anchor: id })), []);
  const all = useCallback(
    () => setState((before) => ({ ...before, ids: new Set(assets.map((asset) => asset.id)) })),
    [assets],
  );
  const clear = useCallback(() => setState((before) => ({ ...before, ids: new Set() })), []);

  const { ids, active } = state;
  return useMemo(
    () => ({ ids, active, places, chosen, only, toggle, extend, move, all, clear }),
    [ids, active, places, chosen, only, toggle, extend, move, all, clear],
  );
}
