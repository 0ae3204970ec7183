// Models as three.js has them, from a file's bytes and from files beside it that it names.
import {
  type AnimationClip,
  type BufferGeometry,
  Group,
  Loader,
  LoadingManager,
  Mesh,
  MeshStandardMaterial,
  type Object3D,
  SRGBColorSpace,
  Texture,
} from "three";
import type { ModelKind } from "../kinds.ts";

export type Loaded = { object: Object3D; clips: AnimationClip[]; missing: string[] };

/** A file beside the model, by the path that it names; nothing where there is none. */
export type Sibling = (path: string) => Promise<Blob | undefined>;

/** What a browser draws; other files that a model names (TGA, DDS) are drawn by the server, see `sibling`. */
class SiblingTextures extends Loader<Texture> {
  constructor(
    manager: LoadingManager,
    private readonly sibling: Sibling,
    private readonly missing: Set<string>,
  ) {
    super(manager);
  }

  override load(path: string, onLoad?: (texture: Texture) => void): Texture {
    const texture = new Texture();
    texture.colorSpace = SRGBColorSpace;
    this.manager.itemStart(path);
    this.fetch(path)
      .then((image) => {
        if (image) {
          texture.image = image;
          texture.needsUpdate = true;
        }
        onLoad?.(texture);
      })
      .finally(() => this.manager.itemEnd(path));
    return texture;
  }

  private async fetch(path: string): Promise<HTMLImageElement | undefined> {
    // What is inside the model has such an address already.
    const isInside = /^(data|blob):/.test(path);
    const blob = isInside ? undefined : await this.sibling(path).catch(() => undefined);
    if (!blob && !isInside) {
      this.missing.add(path.split(/[\\/]/).pop() ?? path);
      return undefined;
    }
    const url = blob ? URL.createObjectURL(blob) : path;
    const image = new Image();
    image.src = url;
    try {
      await image.decode();
      return image;
    } catch {
      this.missing.add(path.split(/[\\/]/).pop() ?? path);
      return undefined;
    } finally {
      if (blob) URL.revokeObjectURL(url);
    }
  }
}

export async function loadModel(kind: ModelKind, bytes: ArrayBuffer, sibling: Sibling): Promise<Loaded> {
  const missing = new Set<string>();
  const beside = new Map<string, string>();
  const manager = new LoadingManager();
  const inside: string[] = [];
  // No loader asks for anything by itself: a model must not make the browser go where it names.
  manager.setURLModifier((url) => {
    const known = beside.get(url) ?? (url.startsWith("blob:") ? url : undefined);
    if (known) return known;
    inside.push(blobUrl(url.startsWith("data:") ? url : "data:,"));
    return inside.at(-1) ?? "";
  });
  manager.addHandler(
    /\.(png|jpe?g|webp|gif|bmp|tga|dds|tiff?|psd|exr|hdr)$/i,
    new SiblingTextures(manager, sibling, missing),
  );
  const settled = new Promise<void>((resolve) => {
    manager.onLoad = resolve;
  });
  // Of a model without textures nothing is ever loaded: the manager would wait for ever.
  manager.itemStart("model");
  const found = await read(kind, bytes, { manager, beside, sibling, missing });
  manager.itemEnd("model");
  await settled;
  inside.forEach(URL.revokeObjectURL);
  return { ...found, missing: [...missing] };
}

/** What a `data:` address holds (RFC 2397), under one that may be fetched: the page's policy does not let those be. */
function blobUrl(url: string): string {
  const comma = url.indexOf(",");
  const kind = url.slice("data:".length, comma);
  const text = decodeURIComponent(url.slice(comma + 1));
  const isBase64 = /;base64$/i.test(kind);
  const bytes = isBase64
    ? Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0))
    : new TextEncoder().encode(text);
  return URL.createObjectURL(new Blob([bytes], { type: kind.split(";")[0] }));
}

type Around = {
  manager: LoadingManager;
  /** Addresses of what was fetched, by what the model calls it. */
  beside: Map<string, string>;
  sibling: Sibling;
  missing: Set<string>;
};

async function read(
  kind: ModelKind,
  bytes: ArrayBuffer,
  around: Around,
): Promise<{ object: Object3D; clips: AnimationClip[] }> {
  switch (kind) {
    case "glb":
    case "gltf":
      return readGltf(kind, bytes, around);
    case "fbx": {
      const { FBXLoader } = await import("three/examples/jsm/loaders/FBXLoader.js");
      const object = new FBXLoader(around.manager).parse(bytes, "");
      return { object, clips: object.animations };
    }
    case "obj":
      return { object: await readObj(bytes, around), clips: [] };
    case "stl": {
      const { STLLoader } = await import("three/examples/jsm/loaders/STLLoader.js");
      return { object: plain(new STLLoader(around.manager).parse(bytes)), clips: [] };
    }
    case "ply": {
      const { PLYLoader } = await import("three/examples/jsm/loaders/PLYLoader.js");
      return { object: plain(new PLYLoader(around.manager).parse(bytes)), clips: [] };
    }
  }
}

async function readGltf(
  kind: "glb" | "gltf",
  bytes: ArrayBuffer,
  { manager, beside, sibling, missing }: Around,
) {
  const { GLTFLoader } = await import("three/examples/jsm/loaders/GLTFLoader.js");
  const made: string[] = [];
  if (kind === "gltf") {
    // What it names is asked for with the account's headers, which the loader knows nothing of.
    const json = JSON.parse(new TextDecoder().decode(bytes)) as { buffers?: { uri?: string }[] };
    for (const { uri } of json.buffers ?? []) {
      if (!uri || uri.startsWith("data:")) continue;
      const blob = await sibling(decodeURIComponent(uri));
      if (!blob) {
        missing.add(uri);
        throw new Error(`${uri} is not beside it.`);
      }
      const url = URL.createObjectURL(blob);
      made.push(url);
      beside.set(uri, url);
    }
  }
  const loader = new GLTFLoader(manager);
  const ends: (() => void)[] = [];
  try {
    const packed = packingOf(kind, bytes);
    if (packed.size > 0) {
      const { openDraco, openMeshopt } = await import("./unpack.ts");
      if (packed.has("draco")) {
        const { loader: draco, end } = openDraco();
        loader.setDRACOLoader(draco);
        ends.push(end);
      }
      if (packed.has("meshopt")) {
        const { decoder, end } = openMeshopt();
        loader.setMeshoptDecoder(decoder);
        ends.push(end);
      }
    }
    const gltf = await loader.parseAsync(bytes, "");
    return { object: gltf.scene, clips: gltf.animations };
  } finally {
    for (const end of ends) end();
    for (const url of made) URL.revokeObjectURL(url);
  }
}

/** How the geometry is packed, by the extensions that the file says it uses. */
function packingOf(kind: "glb" | "gltf", bytes: ArrayBuffer): Set<"draco" | "meshopt"> {
  // A GLB's first chunk, after two heads of 12 and 8 bytes, is its JSON.
  const length = kind === "glb" && bytes.byteLength >= 20 ? new DataView(bytes).getUint32(12, true) : 0;
  const text = kind === "glb" ? new Uint8Array(bytes).subarray(20, 20 + length) : bytes;
  const { extensionsUsed = [] } = JSON.parse(new TextDecoder().decode(text)) as {
    extensionsUsed?: string[];
  };
  const packed = new Set<"draco" | "meshopt">();
  for (const name of extensionsUsed) {
    if (name === "KHR_draco_mesh_compression") packed.add("draco");
    if (/^(EXT|KHR)_meshopt_compression$/.test(name)) packed.add("meshopt");
  }
  return packed;
}

async function readObj(bytes: ArrayBuffer, { manager, sibling, missing }: Around): Promise<Object3D> {
  const [{ OBJLoader }, { MTLLoader }] = await Promise.all([
    import("three/examples/jsm/loaders/OBJLoader.js"),
    import("three/examples/jsm/loaders/MTLLoader.js"),
  ]);
  const text = new TextDecoder().decode(bytes);
  const loader = new OBJLoader(manager);
  const library = /^mtllib\s+(.+?)\s*$/m.exec(text)?.[1];
  const blob = library ? await sibling(library).catch(() => undefined) : undefined;
  if (blob) {
    const materials = new MTLLoader(manager).parse(await blob.text(), "");
    materials.preload();
    loader.setMaterials(materials);
  } else if (library) {
    missing.add(library);
  }
  return loader.parse(text);
}

/** A model that is nothing but its shape. */
function plain(geometry: BufferGeometry): Object3D {
  if (!geometry.attributes.normal) geometry.computeVertexNormals();
  const material = new MeshStandardMaterial({
    color: geometry.attributes.color ? 0xffffff : 0xb9b4ad,
    vertexColors: Boolean(geometry.attributes.color),
    roughness: 0.75,
  });
  const group = new Group();
  const mesh = new Mesh(geometry, material);
  // Such files are mostly made with z upwards.
  mesh.rotation.x = -Math.PI / 2;
  group.add(mesh);
  return group;
}
