// Files that hang on an asset: a brief, a reference, a photograph.
import { startDownload } from "../downloads.ts";
import { api, type Place, type Schemas, send, take } from "./client.ts";

export type Attachment = Schemas["Attachment"];

export const listAttachments = (place: Place, assetId: string) =>
  take(
    api.GET("/workspaces/assets/{asset_id}/attachments", {
      params: { header: place, path: { asset_id: assetId } },
    }),
  );

export const deleteAttachment = (place: Place, { asset_id, id }: Attachment) =>
  take(
    api.DELETE("/workspaces/assets/{asset_id}/attachments/{attachment_id}", {
      params: { header: place, path: { asset_id, attachment_id: id } },
    }),
  );

export function downloadAttachment(place: Place, { asset_id, id, file_name, size }: Attachment): void {
  const address = `/workspaces/assets/${asset_id}/attachments/${id}/download`;
  startDownload({ name: file_name, size, ask: (signal) => send(address, { headers: place, signal }) });
}
