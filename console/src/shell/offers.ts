// What a page offers to do with what one looks at, or has selected: the command palette lists it.
import { useEffect } from "react";
import type { Action } from "../parts/controls.tsx";

/** `title`: of what, such as an asset's name. */
export type Offers = { title: string; actions: Action[] };

const offered = new Set<Offers>();

/** Has the palette list them for as long as what calls this is shown. */
export function useOffers(title: string, actions: Action[]) {
  // Each time: what they do is about what is shown now.
  useEffect(() => {
    const offers = { title, actions };
    offered.add(offers);
    return () => {
      offered.delete(offers);
    };
  });
}

/** All that is offered now. */
export const allOffers = (): Offers[] => [...offered].filter(({ actions }) => actions.length > 0);
