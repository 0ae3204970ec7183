// Words of locks: who alone changes an asset, and until when.
const assets = (count: number) => (count === 1 ? "one asset" : `${count.toLocaleString("en")} assets`);

export const lockWords = {
  by: (who: string, until: string) => `Locked by ${who} until ${until}`,
  byYou: (until: string) => `Locked by you until ${until}`,
  somebody: "somebody else",
  you: "You",
  short: (who: string, until: string) => `${who} · ${until}`,
  why: (reason: string) => `“${reason}”`,
  lock: "Lock",
  unlock: "Hand back the lock",
  handBack: "Hand back",
  renew: "Keep it longer",
  force: "Release their lock",
  title: (names: string[]) => `Lock ${names.length === 1 ? names[0] : assets(names.length)}`,
  lead: "Until the lock ends, nobody else changes the file, its name or its folder, or deletes it. Comments, tags and status stay open to all.",
  reason: "Why",
  reasonHint: "For those who wait. You may leave it empty.",
  lease: "For how long",
  leases: {
    "3600": "An hour",
    "28800": "Eight hours",
    "86400": "A day",
    "604800": "A week",
  } as Record<string, string>,
  locked: (names: string[], until: string) =>
    `${names.length === 1 ? names[0] : assets(names.length)} locked for you until ${until}`,
  renewed: (until: string) => `The lock is yours until ${until}`,
  released: (names: string[]) =>
    names.length === 1 ? `${names[0]} is open to all again` : `${assets(names.length)} are open to all again`,
  notLocked: (failed: number, all: number) =>
    all === 1
      ? "It could not be locked:"
      : `${failed.toLocaleString("en")} of ${assets(all)} could not be locked:`,
  failed: (name: string, message: string) => `${name}: ${message}`,
  forceTitle: (who: string) => `Release the lock of ${who}?`,
  forceLead:
    "What they are working on may be overwritten by others. That you released it stands in the asset's history.",
};
