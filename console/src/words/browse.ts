// Words of browsing beyond folders and search: favorites, people, days, locks, reviews.
export const browseWords = {
  favorites: "Favorites",
  searchFavorites: "In your favorites: names, folders, tags…",
  searchLibrary: "In this library: names, tags, comments…",
  searchFolder: (name: string) => `In ${name}: names, tags, comments…`,
  star: "Add to favorites",
  unstar: "Remove from favorites",
  favorite: "Favorite",
  starred: "favorite",
  noFavorites: "No favorites yet",
  noFavoritesHint: "Press F on an asset, or the star on its picture: it is then here, for you alone.",
  addToLibrary: "Add to a library",
  removeFromLibrary: "Remove from this library",
  takenOut: (count: number) =>
    `${count === 1 ? "One asset" : `${count.toLocaleString("en")} assets`} removed from the library`,
  libraryGone: "A library that is gone",
  emptyLibrary: "Nothing in this library yet",
  emptyLibraryHint: "Select assets, then choose “Add to a library” under More.",
  people: "Added by",
  you: (name: string) => `${name} (you)`,
  days: "Last changed",
  from: "From",
  until: "Until",
  changedFrom: (day: string) => `changed from ${day}`,
  changedUntil: (day: string) => `changed until ${day}`,
  locks: "Lock",
  locked: { yes: "Locked", no: "Not locked" },
  review: "Newest review",
  reviews: { pending: "Review open", approved: "Approved", rejected: "Changes wanted" } as Record<
    string,
    string
  >,
};
