// Words of the trash of a workspace.

export const trash = {
  title: "Trash",
  lead: (days?: number) =>
    `What was deleted waits here${days ? ` for ${days === 1 ? "a day" : `${days} days`}` : ""}, then goes for good.`,
  empty: "The trash is empty",
  emptyHint: "What is moved to the trash can be restored from here.",
  mayNot: "To restore something, one needs the role Artist in this workspace.",
  restored: (name: string) => `${name} is back`,
  kinds: { asset: "Asset", folder: "Folder", version: "Version" } as Record<string, string>,
  columns: {
    name: "Name",
    kind: "Kind",
    folder: "Was in",
    deleted: "Deleted",
    by: "By",
    expires: "Goes for good",
    action: "Action",
  },
  purge: "Delete for good",
  purgeTitle: (name: string) => `Delete ${name} for good?`,
  purgeLead: {
    asset: "With all its versions, comments and reviews. This can't be undone.",
    folder: "With everything that lay in it. This can't be undone.",
    version: "With the comments and reviews about it. This can't be undone.",
  } as Record<string, string>,
  purged: (name: string) => `${name} is gone for good`,
  purgeAll: "Empty the trash",
  more: "Show more",
  purgeAllTitle: "Delete all that is in the trash for good?",
  purgeAllLead: "For everybody in this workspace. This can't be undone.",
  purgedAll: "The trash is empty",
};
