// Words of what is done with folders.
const plural = (count: number, one: string, many: string) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

export const folderWords = {
  actions: (name: string) => `Actions for the folder ${name}`,
  newInside: "New folder in it",
  rename: "Rename",
  move: "Move",
  trash: "Move to trash",
  renameTitle: (name: string) => `Rename the folder ${name}`,
  moveTitle: (name: string) => `Move the folder ${name}`,
  name: "Name",
  renamed: (name: string) => `The folder is called ${name} now`,
  moved: (name: string, path: string) => `${name} and what is in it are in ${path} now`,
  back: (name: string) => `${name} is back where it was`,
  trashed: (name: string, assets: number, days?: number) => {
    const what = assets > 0 ? `${name} and ${plural(assets, "asset", "assets")} in it` : name;
    return `${what} moved to the trash${days ? `, for ${plural(days, "day", "days")}` : ""}`;
  },
  restored: (name: string) => `${name} is back, with what was in it`,
  taken: (name: string, path: string) =>
    `There is a folder ${name} in ${path} already. Choose another name, or another place.`,
};
