// Files that hang on an asset: a brief, a reference, a photograph.
import { saveFile } from "./assets.ts";
import { api, type Place, problemOf, type Schemas, send, take } from "./client.ts";

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

export async function downloadAttachment(place: Place, attachment: Attachment): Promise<void> {
  const { asset_id, id, file_name } = attachment;
  const address = `/workspaces/assets/${asset_id}/attachments/${id}/download`;
  const response = await send(address, { headers: place });
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => undefined));
  saveFile(await response.blob(), file_name);
}
