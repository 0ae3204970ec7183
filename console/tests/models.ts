// A cube as several programs would write it: what tests look at.
import { MeshoptEncoder } from "meshoptimizer/encoder";
import { CORNERS, glbOf, SIDES, TRIANGLES } from "./files.ts";

type Triple = [number, number, number];
const corner = (at: number): Triple => CORNERS[at] as Triple;
const triangles = TRIANGLES.map((triangle) => triangle.map(corner));

/** STL, the binary kind. */
export const stl = (() => {
  const bytes = Buffer.alloc(84 + triangles.length * 50);
  bytes.writeUInt32LE(triangles.length, 80);
  triangles.forEach((points, at) => {
    points.flat().forEach((value, place) => {
      bytes.writeFloatLE(value, 84 + at * 50 + 12 + place * 4);
    });
  });
  return bytes;
})();

/** STL, the kind in words. */
export const stlOfWords = Buffer.from(
  [
    "solid cube",
    ...triangles.flatMap((points) => [
      "facet normal 0 0 0",
      "outer loop",
      ...points.map((point) => `vertex ${point.join(" ")}`),
      "endloop",
      "endfacet",
    ]),
    "endsolid cube",
  ].join("\n"),
);

const plyHead = (format: string) =>
  [
    "ply",
    `format ${format} 1.0`,
    `element vertex ${CORNERS.length}`,
    ...["x", "y", "z"].map((name) => `property float ${name}`),
    ...["red", "green", "blue"].map((name) => `property uchar ${name}`),
    `element face ${TRIANGLES.length}`,
    "property list uchar int vertex_indices",
    "end_header\n",
  ].join("\n");

/** PLY in words, its corners blue. */
export const ply = Buffer.from(
  plyHead("ascii") +
    CORNERS.map((point) => `${point.join(" ")} 20 40 230\n`).join("") +
    TRIANGLES.map((triangle) => `3 ${triangle.join(" ")}\n`).join(""),
);

/** PLY in bytes, its corners blue. */
export const plyOfBytes = Buffer.concat([
  Buffer.from(plyHead("binary_little_endian")),
  ...CORNERS.map((point) =>
    Buffer.concat([Buffer.from(new Float32Array(point).buffer), Buffer.from([20, 40, 230])]),
  ),
  ...TRIANGLES.map((triangle) =>
    Buffer.concat([Buffer.from([3]), Buffer.from(new Int32Array(triangle).buffer)]),
  ),
]);

/** FBX 7.4 in words: one mesh of six squares, green. */
export const fbx = Buffer.from(`; FBX 7.4.0 project file
FBXHeaderExtension:  {
	FBXHeaderVersion: 1003
	FBXVersion: 7400
}
GlobalSettings:  {
	Version: 1000
}
Objects:  {
	Geometry: 1000, "Geometry::Cube", "Mesh" {
		Vertices: *${CORNERS.length * 3} {
			a: ${CORNERS.flat().join(",")}
		}
		PolygonVertexIndex: *${SIDES.length * 4} {
			a: ${SIDES.flatMap(([a = 0, b = 0, c = 0, d = 0]) => [a, b, c, -d - 1]).join(",")}
		}
		GeometryVersion: 124
	}
	Model: 2000, "Model::Cube", "Mesh" {
		Version: 232
		Properties70:  {
			P: "Lcl Scaling", "Lcl Scaling", "", "A",1,1,1
		}
	}
	Material: 3000, "Material::Green", "" {
		Version: 102
		ShadingModel: "phong"
		Properties70:  {
			P: "DiffuseColor", "Color", "", "A",0.02,0.8,0.05
		}
	}
}
Connections:  {
	C: "OO",2000,0
	C: "OO",1000,2000
	C: "OO",3000,2000
}
`);

const material = { pbrMetallicRoughness: { baseColorFactor: [0.9, 0.05, 0.05, 1], metallicFactor: 0 } };
const scene = {
  asset: { version: "2.0" },
  scene: 0,
  scenes: [{ nodes: [0] }],
  nodes: [{ mesh: 0 }],
  materials: [material],
};
const accessors = [
  { componentType: 5126, count: CORNERS.length, type: "VEC3", min: [-1, -1, -1], max: [1, 1, 1] },
  { componentType: 5125, count: TRIANGLES.length * 3, type: "SCALAR" },
];

/** The same cube, packed once by Draco's own encoder: positions in 11 bits, by its edges. */
const DRACO =
  "RFJBQ08CAgEBAAAACAwACwAAA19LFQEBEAH/AAABAAkDAAACAQEBAAMDASABIAMAsEIxokCEAAAAAAD/BwAAAACAvwAAgL8AAIC/AAAAQAs=";

/** A red cube in a GLB, packed by Draco. */
export const draco = (() => {
  const bytes = Buffer.from(DRACO, "base64");
  const extension = "KHR_draco_mesh_compression";
  const primitive = {
    attributes: { POSITION: 0 },
    indices: 1,
    material: 0,
    extensions: { [extension]: { bufferView: 0, attributes: { POSITION: 0 } } },
  };
  return glbOf(
    {
      ...scene,
      extensionsUsed: [extension],
      extensionsRequired: [extension],
      meshes: [{ primitives: [primitive] }],
      accessors,
      buffers: [{ byteLength: bytes.length }],
      bufferViews: [{ buffer: 0, byteLength: bytes.length }],
    },
    bytes,
  );
})();

/** A red cube in a GLB, packed by meshopt. */
export async function meshopt(): Promise<Buffer> {
  await MeshoptEncoder.ready;
  const extension = "EXT_meshopt_compression";
  const positions = new Uint8Array(new Float32Array(CORNERS.flat()).buffer);
  const indices = new Uint8Array(new Uint32Array(TRIANGLES.flat()).buffer);
  const parts = [
    { plain: positions, count: CORNERS.length, byteStride: 12, mode: "ATTRIBUTES" },
    { plain: indices, count: TRIANGLES.length * 3, byteStride: 4, mode: "TRIANGLES" },
  ];
  const packed: Buffer[] = [];
  let at = 0;
  const bufferViews = parts.map(({ plain, count, byteStride, mode }) => {
    const bytes = Buffer.from(MeshoptEncoder.encodeGltfBuffer(plain, count, byteStride, mode));
    const padding = Buffer.alloc((4 - (bytes.length % 4)) % 4);
    packed.push(bytes, padding);
    const place = { buffer: 0, byteOffset: at, byteLength: bytes.length, byteStride, count, mode };
    at += bytes.length + padding.length;
    return { buffer: 1, byteLength: plain.length, extensions: { [extension]: place } };
  });
  return glbOf(
    {
      ...scene,
      extensionsUsed: [extension],
      extensionsRequired: [extension],
      meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1, material: 0 }] }],
      accessors: accessors.map((accessor, bufferView) => ({ ...accessor, bufferView })),
      buffers: [{ byteLength: at }, { byteLength: positions.length + indices.length }],
      bufferViews,
    },
    Buffer.concat(packed),
  );
}
