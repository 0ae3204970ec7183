// Files of art that tests make themselves: small ones, whose every value is known.
import { deflateSync } from "node:zlib";

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(kind: string, data: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(kind), data]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([head, body, check]);
}

/** A PNG, eight bits a channel with alpha, of what `at` says of each pixel. */
export function png(
  width: number,
  height: number,
  at: (x: number, y: number) => [number, number, number, number],
): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (1 + width * 4));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(at(x, y), y * (1 + width * 4) + 1 + x * 4);
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** A WAV of a tone, 16 bits, one channel. *Units*: seconds. */
export function wav(seconds: number): Buffer {
  const rate = 8000;
  const samples = Buffer.alloc(Math.floor(seconds * rate) * 2);
  for (let i = 0; i < samples.length / 2; i++) {
    samples.writeInt16LE(Math.round(12_000 * Math.sin((i * 2 * Math.PI * 220) / rate)), i * 2);
  }
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

// A cube: 8 corners, 12 triangles.
export const CORNERS = [-1, 1].flatMap((x) => [-1, 1].flatMap((y) => [-1, 1].map((z) => [x, y, z])));
export const SIDES = [
  [0, 1, 3, 2],
  [4, 6, 7, 5],
  [0, 4, 5, 1],
  [2, 3, 7, 6],
  [0, 2, 6, 4],
  [1, 5, 7, 3],
];
export const TRIANGLES = SIDES.flatMap(([a = 0, b = 0, c = 0, d = 0]) => [
  [a, b, c],
  [a, c, d],
]);

/** A GLB of a cube in this colour, with an animation that moves it. */
export function glb(colour: [number, number, number]): Buffer {
  const positions = Buffer.from(new Float32Array(CORNERS.flat()).buffer);
  const indices = Buffer.from(new Uint16Array(TRIANGLES.flat()).buffer);
  const times = Buffer.from(new Float32Array([0, 2]).buffer);
  const places = Buffer.from(new Float32Array([0, 0, 0, 0, 1, 0]).buffer);
  const parts = [positions, indices, times, places];
  let at = 0;
  const views = parts.map((part) => {
    const view = { buffer: 0, byteOffset: at, byteLength: part.length };
    at += part.length;
    return view;
  });
  const json = {
    asset: { version: "2.0" },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, name: "Cube" }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1, material: 0 }] }],
    materials: [{ pbrMetallicRoughness: { baseColorFactor: [...colour, 1], metallicFactor: 0 } }],
    animations: [
      {
        name: "Rise",
        channels: [{ sampler: 0, target: { node: 0, path: "translation" } }],
        samplers: [{ input: 2, output: 3 }],
      },
    ],
    buffers: [{ byteLength: at }],
    bufferViews: views,
    accessors: [
      { bufferView: 0, componentType: 5126, count: 8, type: "VEC3", min: [-1, -1, -1], max: [1, 1, 1] },
      { bufferView: 1, componentType: 5123, count: TRIANGLES.length * 3, type: "SCALAR" },
      { bufferView: 2, componentType: 5126, count: 2, type: "SCALAR", min: [0], max: [2] },
      { bufferView: 3, componentType: 5126, count: 2, type: "VEC3" },
    ],
  };
  return glbOf(json, Buffer.concat(parts));
}

/** A GLB of what its JSON and its binary part are to be. */
export function glbOf(json: object, bytes: Buffer): Buffer {
  const padded = (buffer: Buffer, by: string) =>
    Buffer.concat([buffer, Buffer.from(by.repeat((4 - (buffer.length % 4)) % 4))]);
  const text = padded(Buffer.from(JSON.stringify(json)), " ");
  const binary = padded(bytes, "\0");
  const head = Buffer.alloc(12);
  head.write("glTF", 0);
  head.writeUInt32LE(2, 4);
  head.writeUInt32LE(12 + 8 + text.length + 8 + binary.length, 8);
  const part = (data: Buffer, kind: number) => {
    const start = Buffer.alloc(8);
    start.writeUInt32LE(data.length, 0);
    start.writeUInt32LE(kind, 4);
    return Buffer.concat([start, data]);
  };
  return Buffer.concat([head, part(text, 0x4e4f534a), part(binary, 0x004e4942)]);
}

/** An OBJ of a cube that names `crate.mtl`, and that, which names `crate.png` and one that is not there. */
export const obj = Buffer.from(
  [
    "mtllib crate.mtl",
    ...CORNERS.map((corner) => `v ${corner.join(" ")}`),
    "vt 0 0",
    "vt 1 0",
    "vt 1 1",
    "usemtl wood",
    ...TRIANGLES.map((triangle) => `f ${triangle.map((corner, at) => `${corner + 1}/${at + 1}`).join(" ")}`),
  ].join("\n"),
);
export const mtl = Buffer.from("newmtl wood\nKd 1 1 1\nmap_Kd crate.png\nmap_Bump lost.png\n");
