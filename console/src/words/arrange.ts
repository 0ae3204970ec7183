// Words of moving things and of what is done with folders; in the dialogs, which are loaded when they open.
const assets = (count: number) => (count === 1 ? "one asset" : `${count.toLocaleString("en")} assets`);

export const arrange = {
  moveTitle: (names: string[]) => `Move ${names.length === 1 ? names[0] : assets(names.length)}`,
  find: "Find a folder",
  findHint: "Type a part of its name, then Enter.",
  folders: "Folders to move to",
  noFolder: "No folder is called that. Make it below.",
  to: (path: string) => `To ${path}`,
  here: "Move here",
  root: "All assets",
  newFolder: "New folder",
  newFolderIn: (path: string) => `New folder in ${path}`,
  create: "Create",
  moved: (names: string[], path: string) =>
    names.length === 1 ? `${names[0]} is in ${path} now` : `${assets(names.length)} are in ${path} now`,
  movedBack: (count: number) =>
    count === 1 ? "It is back where it was" : `${assets(count)} are back where they were`,
  notMoved: (failed: number, all: number) =>
    all === 1
      ? "It could not be moved:"
      : `${failed.toLocaleString("en")} of ${assets(all)} could not be moved:`,
  elsewhere: "Choose another folder",
  taken: (name: string, path: string) =>
    `${name}: another asset in ${path} has this name. Rename one of them, then move it again.`,
  failed: (name: string, message: string) => `${name}: ${message}`,
};
