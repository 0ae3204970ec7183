// Unpacks meshopt's buffers beside the page. The package's reference decoder is the one that is no WebAssembly; it names it
// to nobody, hence the path.
import { MeshoptDecoder } from "../../../../node_modules/meshoptimizer/meshopt_decoder_reference.js";

export type MeshoptTask = {
  count: number;
  size: number;
  source: Uint8Array<ArrayBuffer>;
  mode: string;
  filter?: string;
};

self.onmessage = ({ data }: MessageEvent<MeshoptTask & { id: number }>) => {
  const { id, count, size, source, mode, filter } = data;
  try {
    const found = new Uint8Array(count * size);
    MeshoptDecoder.decodeGltfBuffer(found, count, size, source, mode, filter);
    self.postMessage({ id, found }, { transfer: [found.buffer] });
  } catch (problem) {
    self.postMessage({ id, problem: String(problem) });
  }
};
