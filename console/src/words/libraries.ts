// Words of libraries.
const assets = (count: number) => (count === 1 ? "one asset" : `${count.toLocaleString("en")} assets`);

export const libraryWords = {
  title: "Libraries",
  lead: "Collections of assets, across folders. An asset can be in several, and stays in its folder.",
  make: "Make a library",
  name: "Name",
  nameHint: "What belongs together: “Forest pack”.",
  made: (name: string) => `${name} is made`,
  empty: "No libraries yet",
  emptyHint: "Make one, then add assets to it: select them under Assets.",
  emptyForViewers: "Who changes art in this workspace can make some.",
  count: (count: number) =>
    count === 0 ? "Empty" : count === 1 ? "1 asset" : `${count.toLocaleString("en")} assets`,
  actions: (name: string) => `Actions for the library ${name}`,
  rename: "Rename",
  renameTitle: (name: string) => `Rename the library ${name}`,
  renamed: (name: string) => `The library is called ${name} now`,
  delete: "Delete",
  deleteTitle: (name: string) => `Delete the library ${name}?`,
  deleteLead: "Its assets stay in their folders. The collection itself can't be brought back.",
  deleted: (name: string) => `${name} is deleted`,
  addTitle: (names: string[]) => `Add ${names.length === 1 ? names[0] : assets(names.length)} to a library`,
  find: "Library",
  findHint: "Type a part of its name, or the name of a new one.",
  list: "Libraries to add to",
  makeCalled: (name: string) => `Make “${name}”`,
  addHere: "Add",
  added: (count: number, name: string) =>
    count === 0 ? `All of them are in ${name} already` : `${assets(count)} added to ${name}`,
  removed: (count: number, name: string) => `${assets(count)} removed from ${name}`,
};
