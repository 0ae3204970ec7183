// Locks on assets: leases, each with a fence that tells it from those before and after it.
import { api, type Place, type Schemas, take } from "./client.ts";

export type Lock = Schemas["Lock"];

/** `fence`: of the lease that is to be made longer; none is taken anew where that is over. */
export const lockAsset = (place: Place, id: string, lock: Schemas["LockInput"], fence?: number) =>
  take(
    api.POST("/workspaces/assets/{asset_id}/lock", {
      params: { header: { ...place, "x-lock-fence": fence }, path: { asset_id: id } },
      body: lock,
    }),
  );

/** Ends the lease of this fence, and no later one. `force`: somebody else's. */
export const unlockAsset = (place: Place, id: string, fence: number, force = false) =>
  take(
    api.DELETE("/workspaces/assets/{asset_id}/lock", {
      params: {
        header: { ...place, "x-lock-fence": fence },
        path: { asset_id: id },
        query: force ? { force } : {},
      },
    }),
  );
