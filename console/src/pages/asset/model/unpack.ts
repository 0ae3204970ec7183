// Geometry that is packed by Draco or by meshopt, unpacked in workers of their own by decoders in plain JavaScript: the
// console's policy lets no WebAssembly in. Loaded with the first model that needs it.
import { BufferAttribute, BufferGeometry } from "three";
import dracoAddress from "three/examples/jsm/libs/draco/gltf/draco_decoder.js?url";
import type { DRACOLoader } from "three/examples/jsm/loaders/DRACOLoader.js";
import type { GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";
import type { DracoTask, Numbers, Unpacked } from "./draco-worker.ts";
import type { MeshoptTask } from "./meshopt-worker.ts";

/** One worker and what was asked of it. */
class Asked<Task extends object, Found> {
  private readonly waiting = new Map<
    number,
    { resolve: (found: Found) => void; reject: (problem: Error) => void }
  >();
  private last = 0;

  constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<{ id: number; found?: Found; problem?: string }>) => {
      const asked = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.found) asked?.resolve(data.found);
      else asked?.reject(new Error(data.problem));
    };
    // It could not be loaded, or ran out of memory.
    worker.onerror = (event) => this.end(new Error(event.message));
  }

  ask(task: Task, transfer: Transferable[]): Promise<Found> {
    this.last += 1;
    const id = this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, ...task }, transfer);
    });
  }

  end(problem = new Error("It was broken off.")) {
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(problem);
    this.waiting.clear();
  }
}

/** What the loader of glTF asks of a loader of Draco. */
export function openDraco(): { loader: DRACOLoader; end: () => void } {
  const asked = new Asked<DracoTask, Unpacked>(new Worker(new URL("./draco-worker.ts", import.meta.url)));
  const loader = {
    preload: () => loader,
    decodeDracoFile: (
      bytes: ArrayBuffer,
      done: (geometry: BufferGeometry) => void,
      ids: Record<string, number>,
      types: Record<string, string>,
      _space: string,
      failed: (problem: unknown) => void,
    ) => {
      const attributes = Object.entries(ids).map(([name, id]) => ({
        name,
        id,
        type: types[name] ?? "Float32Array",
      }));
      // A copy: several primitives may share it.
      const copy = bytes.slice(0);
      return asked
        .ask({ decoder: dracoAddress, bytes: copy, attributes }, [copy])
        .then((found) => done(geometryOf(found)))
        .catch(failed);
    },
  };
  return { loader: loader as unknown as DRACOLoader, end: () => asked.end() };
}

function geometryOf({ index, attributes }: Unpacked): BufferGeometry {
  const geometry = new BufferGeometry();
  if (index) geometry.setIndex(new BufferAttribute(index, 1));
  for (const { name, array, itemSize } of attributes) {
    geometry.setAttribute(name, new BufferAttribute(array as Numbers, itemSize));
  }
  return geometry;
}

type GltfDecoder = Parameters<GLTFLoader["setMeshoptDecoder"]>[0];

/** What the loader of glTF asks of a decoder of meshopt. */
export function openMeshopt(): { decoder: GltfDecoder; end: () => void } {
  const asked = new Asked<MeshoptTask, Uint8Array>(
    new Worker(new URL("./meshopt-worker.ts", import.meta.url), { type: "module" }),
  );
  const decoder = {
    supported: true,
    ready: Promise.resolve(),
    decodeGltfBufferAsync: (
      count: number,
      size: number,
      source: Uint8Array,
      mode: string,
      filter?: string,
    ) => {
      const copy = source.slice();
      return asked.ask({ count, size, source: copy, mode, filter }, [copy.buffer]);
    },
  };
  return { decoder: decoder as unknown as GltfDecoder, end: () => asked.end() };
}
