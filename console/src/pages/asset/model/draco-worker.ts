// Unpacks Draco's meshes beside the page. A classic worker without imports: the decoder is a script that makes a global.

export type Numbers =
  | Float32Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>;

/** `decoder`: where the script is. `attributes`: how the page calls them, how the file does, and as what kind of array they are wanted. */
export type DracoTask = {
  decoder: string;
  bytes: ArrayBuffer;
  attributes: { name: string; id: number; type: string }[];
};

export type Unpacked = {
  index?: Uint32Array<ArrayBuffer>;
  attributes: { name: string; array: Numbers; itemSize: number }[];
};

/** Of the decoder's own interface as much as is used. */
type Attribute = { num_components(): number };
type Geometry = { ptr: number; num_faces(): number; num_points(): number };
type Status = { ok(): boolean; error_msg(): string };
type Decoder = {
  GetEncodedGeometryType(bytes: Int8Array): number;
  DecodeArrayToMesh(bytes: Int8Array, length: number, into: Geometry): Status;
  DecodeArrayToPointCloud(bytes: Int8Array, length: number, into: Geometry): Status;
  GetAttributeByUniqueId(geometry: Geometry, id: number): Attribute;
  GetTrianglesUInt32Array(geometry: Geometry, bytes: number, at: number): void;
  GetAttributeDataArrayForAllPoints(
    geometry: Geometry,
    attribute: Attribute,
    type: number,
    bytes: number,
    at: number,
  ): void;
};
type Draco = {
  Decoder: new () => Decoder;
  Mesh: new () => Geometry;
  PointCloud: new () => Geometry;
  TRIANGULAR_MESH: number;
  POINT_CLOUD: number;
  HEAPU8: Uint8Array;
  destroy(what: unknown): void;
  _malloc(bytes: number): number;
  _free(at: number): void;
} & Record<(typeof KINDS)[keyof typeof KINDS]["name"], number>;

declare function importScripts(...addresses: string[]): void;
declare const DracoDecoderModule: () => Promise<Draco>;

const KINDS = {
  Float32Array: { of: Float32Array, name: "DT_FLOAT32" },
  Int8Array: { of: Int8Array, name: "DT_INT8" },
  Int16Array: { of: Int16Array, name: "DT_INT16" },
  Int32Array: { of: Int32Array, name: "DT_INT32" },
  Uint8Array: { of: Uint8Array, name: "DT_UINT8" },
  Uint16Array: { of: Uint16Array, name: "DT_UINT16" },
  Uint32Array: { of: Uint32Array, name: "DT_UINT32" },
} as const;

let begun: Promise<Draco> | undefined;

function begin(decoder: string): Promise<Draco> {
  if (!begun) {
    importScripts(decoder);
    begun = DracoDecoderModule();
  }
  return begun;
}

function unpack(draco: Draco, { bytes, attributes }: DracoTask): Unpacked {
  const decoder = new draco.Decoder();
  const packed = new Int8Array(bytes);
  const kind = decoder.GetEncodedGeometryType(packed);
  const isMesh = kind === draco.TRIANGULAR_MESH;
  if (!isMesh && kind !== draco.POINT_CLOUD) throw new Error("It is neither a mesh nor points.");
  const geometry = isMesh ? new draco.Mesh() : new draco.PointCloud();
  try {
    const status = isMesh
      ? decoder.DecodeArrayToMesh(packed, packed.byteLength, geometry)
      : decoder.DecodeArrayToPointCloud(packed, packed.byteLength, geometry);
    if (!status.ok() || geometry.ptr === 0) throw new Error(status.error_msg());
    /** What the decoder writes into its memory, copied out of it. */
    const take = (length: number, write: (at: number) => void): ArrayBuffer => {
      const at = draco._malloc(length);
      write(at);
      const copy = new Uint8Array(draco.HEAPU8.subarray(at, at + length));
      draco._free(at);
      return copy.buffer;
    };
    const corners = isMesh ? geometry.num_faces() * 3 : 0;
    const index = isMesh
      ? new Uint32Array(take(corners * 4, (at) => decoder.GetTrianglesUInt32Array(geometry, corners * 4, at)))
      : undefined;
    return {
      index,
      attributes: attributes.map(({ name, id, type }) => {
        const attribute = decoder.GetAttributeByUniqueId(geometry, id);
        const itemSize = attribute.num_components();
        const { of, name: constant } = KINDS[type as keyof typeof KINDS];
        const length = geometry.num_points() * itemSize * of.BYTES_PER_ELEMENT;
        const found = take(length, (at) =>
          decoder.GetAttributeDataArrayForAllPoints(geometry, attribute, draco[constant], length, at),
        );
        return { name, array: new of(found), itemSize };
      }),
    };
  } finally {
    draco.destroy(geometry);
    draco.destroy(decoder);
  }
}

self.onmessage = ({ data }: MessageEvent<DracoTask & { id: number }>) => {
  const answer = async () => unpack(await begin(data.decoder), data);
  answer().then(
    (found) => self.postMessage({ id: data.id, found }),
    (problem) => self.postMessage({ id: data.id, problem: String(problem) }),
  );
};
