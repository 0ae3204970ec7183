// Lists of what is under way between the browser and the server, which pages follow while each entry changes.
import { useSyncExternalStore } from "react";

/** A list that lives as long as the page. Whoever shows it by `use` is drawn anew with each change. */
export function transferList<T extends { id: number }>() {
  let entries: readonly T[] = [];
  let lastId = 0;
  const listeners = new Set<() => void>();
  const replace = (next: readonly T[]) => {
    entries = next;
    for (const listener of listeners) listener();
  };
  const follow = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    all: () => entries,
    /** Gives each an id of its own. */
    add: (added: Omit<T, "id">[]): T[] => {
      const numbered = added.map((one) => {
        lastId += 1;
        return { ...one, id: lastId } as T;
      });
      replace([...entries, ...numbered]);
      return numbered;
    },
    change: (id: number, part: Partial<T>) =>
      replace(entries.map((one) => (one.id === id ? { ...one, ...part } : one))),
    keep: (isKept: (one: T) => boolean) => replace(entries.filter(isKept)),
    /** Has it drawn anew for the sake of what is kept beside it. */
    touch: () => replace([...entries]),
    use: () => useSyncExternalStore(follow, () => entries),
  };
}
