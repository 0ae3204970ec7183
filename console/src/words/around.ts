// Words of what hangs on an asset, and of the files that it names and that are not there.
export const around = {
  attachments: "Attachments",
  noAttachments: "No attachments. Drag files here, or choose them.",
  attach: "Attach files",
  dropToAttach: "Drop to attach",
  onComment: "on a comment",
  onReview: "on a review",
  download: (name: string) => `Download ${name}`,
  remove: (name: string) => `Delete ${name}`,
  removeTitle: (name: string) => `Delete ${name}?`,
  removeLead: "It does not go to the trash. This can't be undone.",
  delete: "Delete",
  missing: (count: number) => `${count.toLocaleString("en")} missing ${count === 1 ? "file" : "files"}`,
  missingHint:
    "The file names them, and they are not where it says. Upload them beside it: then it is looked at again.",
  lookFor: (name: string) => `Look for ${name}`,
  more: (count: number) => `and ${count.toLocaleString("en")} more`,
  removed: (name: string) => `${name} is deleted`,
};
