// What kinds of files are shown here otherwise than by the server's picture, by their extensions.

/** Models that are read here. */
const MODELS = ["glb", "gltf", "obj", "stl", "fbx", "ply"] as const;
export type ModelKind = (typeof MODELS)[number];

export const isModel = (extension: string): extension is ModelKind =>
  (MODELS as readonly string[]).includes(extension);
