// The words that are being typed: searched for with each key, and put into the address when the keys rest. An address that
// changes has the whole page drawn again, which would be felt with each key.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { BrowseSearch } from "../../routes.tsx";

/** After so long without another key, the keys rest. */
export const REST_MS = 300;

/** What is to be shown: what the address says, with the words that it does not say yet. */
export function useTyped(address: BrowseSearch, toAddress: (part: Partial<BrowseSearch>) => void) {
  const [typed, setTyped] = useState<string>();
  const sent = useRef<string>(undefined);
  useEffect(() => {
    const ours = (address.q ?? "") === sent.current;
    sent.current = undefined;
    // Whoever went elsewhere has not typed this for there; keys after those that were sent are still to be sent.
    setTyped((before) => (ours && before !== (address.q ?? "") ? before : undefined));
  }, [address]);
  useEffect(() => {
    if (typed === undefined) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      toAddress({ q: typed || undefined });
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [typed, toAddress]);
  const search = useMemo(
    () => (typed === undefined ? address : { ...address, q: typed || undefined }),
    [address, typed],
  );
  const newest = useRef(typed);
  newest.current = typed;
  /** To be put into an address that is about to be made. The same function for all words: what has it is not drawn with each key. */
  const words = useCallback(
    () => (newest.current === undefined ? {} : { q: newest.current || undefined }),
    [],
  );
  return { search, type: setTyped, words };
}
