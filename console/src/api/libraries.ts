// Libraries: collections of assets, across folders.
import { queryOptions } from "@tanstack/react-query";
import { queries } from "../queries.ts";
import { api, nextCursor, type Place, type Schemas, take } from "./client.ts";

export type Library = Schemas["Library"];

const of = (place: Place, id: string) => ({ header: place, path: { library_id: id } });
/** As many ids as the API takes at once. */
const AT_ONCE = 1000;

export const librariesQuery = (place: Place) =>
  queryOptions({
    queryKey: ["libraries", place["x-workspace-id"]],
    queryFn: async ({ signal }) => {
      const libraries: Library[] = [];
      let cursor: string | undefined;
      do {
        const { data, error, response } = await api.GET("/workspaces/libraries", {
          params: { header: place, query: { cursor } },
          signal,
        });
        libraries.push(...(await take(Promise.resolve({ data, error, response }))));
        cursor = nextCursor(response);
      } while (cursor);
      return libraries;
    },
  });

export const libraryQuery = (place: Place, id: string) =>
  queryOptions({
    queryKey: ["libraries", place["x-workspace-id"], id],
    queryFn: () => take(api.GET("/workspaces/libraries/{library_id}", { params: of(place, id) })),
  });

/** A few of its assets, and how many there are. */
export const libraryGlimpseQuery = (place: Place, id: string, few: number) =>
  queryOptions({
    queryKey: ["assets", place["x-workspace-id"], "library", id, few],
    queryFn: async ({ signal }) => {
      const { data, error, response } = await api.GET("/workspaces/assets/search", {
        params: {
          header: place,
          query: {
            file_location: "/",
            recursive: true,
            library_id: [id],
            sort: "-updated_at",
            limit: few,
          },
        },
        signal,
      });
      const assets = await take(Promise.resolve({ data, error, response }));
      return { assets, total: Number(response.headers.get("x-total-count") ?? assets.length) };
    },
  });

export const createLibrary = (place: Place, name: string) =>
  take(api.POST("/workspaces/libraries", { params: { header: place }, body: { name } }));

export const renameLibrary = (place: Place, id: string, name: string) =>
  take(api.PUT("/workspaces/libraries/{library_id}", { params: of(place, id), body: { name } }));

export const deleteLibrary = (place: Place, id: string) =>
  take(api.DELETE("/workspaces/libraries/{library_id}", { params: of(place, id) }));

/** Answers the ids of those that were not in it before. */
export async function addToLibrary(place: Place, id: string, assets: string[]): Promise<string[]> {
  const before = new Set(await idsIn(place, id));
  for (const ids of portions(assets)) {
    await take(
      api.POST("/workspaces/libraries/{library_id}/assets", { params: of(place, id), body: { ids } }),
    );
  }
  return assets.filter((asset) => !before.has(asset));
}

export async function takeFromLibrary(place: Place, id: string, assets: string[]): Promise<void> {
  for (const ids of portions(assets)) {
    await take(
      api.DELETE("/workspaces/libraries/{library_id}/assets", { params: of(place, id), body: { ids } }),
    );
  }
}

async function idsIn(place: Place, id: string): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const { data, error, response } = await api.GET("/workspaces/assets/search/ids", {
      params: { header: place, query: { file_location: "/", recursive: true, library_id: [id], cursor } },
    });
    found.push(...(await take(Promise.resolve({ data, error, response }))));
    cursor = nextCursor(response);
  } while (cursor);
  return found;
}

const portions = (ids: string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, at) =>
    ids.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  );

export const readLibrariesAgain = (place: Place) =>
  Promise.all(
    ["libraries", "assets"].map((kind) =>
      queries.invalidateQueries({ queryKey: [kind, place["x-workspace-id"]] }),
    ),
  );
