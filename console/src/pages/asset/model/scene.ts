// A model on a stage: camera, lights, ways of shading it. Draws when something has changed, and not otherwise.
import {
  AmbientLight,
  type AnimationAction,
  type AnimationClip,
  AnimationMixer,
  Box3,
  CanvasTexture,
  DirectionalLight,
  GridHelper,
  type Material,
  Mesh,
  MeshBasicMaterial,
  MeshNormalMaterial,
  MeshStandardMaterial,
  NeutralToneMapping,
  type Object3D,
  PerspectiveCamera,
  PMREMGenerator,
  Raycaster,
  RepeatWrapping,
  Scene,
  Sphere,
  SRGBColorSpace,
  Texture,
  Timer,
  Vector2,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { RoomEnvironment } from "three/examples/jsm/environments/RoomEnvironment.js";

export type Shading = "material" | "clay" | "normals" | "uv";

/** Where one looks from, and at what. *Units*: the model's. */
export type CameraPlace = { from: [number, number, number]; at: [number, number, number] };

export type Stats = { triangles: number; materials: number };

/** Room around the model, for the controls below it. */
const MARGIN = 1.3;
const KEY_TURN = Math.PI / 16;
const KEY_ZOOM = 1.15;

export class ModelScene {
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(35, 1, 0.01, 1000);
  private readonly controls: OrbitControls;
  private readonly key = new DirectionalLight(0xffffff, 1.7);
  private readonly timer = new Timer();
  private readonly size: ResizeObserver;
  private readonly wire = new MeshBasicMaterial({
    wireframe: true,
    color: 0x2f6fed,
    transparent: true,
    opacity: 0.55,
  });
  private grid?: GridHelper;
  private model?: Object3D;
  private bounds = new Sphere(new Vector3(), 1);
  private mixer?: AnimationMixer;
  private action?: AnimationAction;
  private override?: Material;
  private wireframe = false;
  private playing = false;
  private frame = 0;
  /** Told after each drawing of an animation. *Units*: seconds. */
  onTime: (at: number) => void = () => undefined;
  /** Told after each drawing: what lies over the model follows it. */
  onDrawn: () => void = () => undefined;
  /** Told when somebody has turned or moved the model. */
  onCamera: (place: CameraPlace) => void = () => undefined;

  /** Throws where the browser has no WebGL. */
  constructor(private readonly canvas: HTMLCanvasElement) {
    this.renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true, preserveDrawingBuffer: true });
    // Keeps base colours as they are, which is what one looks for.
    this.renderer.toneMapping = NeutralToneMapping;
    this.renderer.autoClear = false;
    const environment = new PMREMGenerator(this.renderer);
    this.scene.environment = environment.fromScene(new RoomEnvironment(), 0.04).texture;
    this.scene.environmentIntensity = 0.4;
    environment.dispose();
    const fill = new DirectionalLight(0xdfe8ff, 0.5);
    const rim = new DirectionalLight(0xfff2e0, 0.9);
    fill.position.set(-3, 1, 2);
    rim.position.set(0, 3, -4);
    this.scene.add(this.key, fill, rim, new AmbientLight(0xffffff, 0.15));
    this.turnLight(0.8);
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.addEventListener("change", () => {
      this.draw();
      this.onCamera(this.cameraPlace());
    });
    this.size = new ResizeObserver(() => this.resize());
    this.size.observe(canvas.parentElement ?? canvas);
    this.resize();
  }

  show(model: Object3D): Stats {
    this.model = model;
    this.scene.add(model);
    const box = new Box3().setFromObject(model);
    box.getBoundingSphere(this.bounds);
    if (!(this.bounds.radius > 0)) this.bounds.radius = 1;
    this.fit();
    return statsOf(model);
  }

  /** All of the model, from its front and a little above. */
  fit(): void {
    const { center, radius } = this.bounds;
    const half = (this.camera.fov / 2) * (Math.PI / 180);
    const far = (radius * MARGIN) / Math.sin(Math.min(half, Math.atan(Math.tan(half) * this.camera.aspect)));
    this.camera.near = radius / 500;
    this.camera.far = far + radius * 40;
    this.camera.position.copy(center).addScaledVector(new Vector3(0.55, 0.35, 1).normalize(), far);
    this.controls.target.copy(center);
    this.controls.minDistance = radius / 50;
    this.controls.maxDistance = far + radius * 20;
    this.camera.updateProjectionMatrix();
    this.controls.update();
    this.draw();
  }

  cameraPlace(): CameraPlace {
    return { from: this.camera.position.toArray(), at: this.controls.target.toArray() };
  }

  /** Without telling of it: it comes from somewhere that knows. */
  placeCamera({ from, at }: CameraPlace): void {
    const tell = this.onCamera;
    this.onCamera = () => undefined;
    this.camera.position.fromArray(from);
    this.controls.target.fromArray(at);
    this.controls.update();
    this.onCamera = tell;
    this.draw();
  }

  /** Whether a pointer turns it. */
  turnable(on: boolean): void {
    this.controls.enabled = on;
  }

  /** The point of the surface under a place of the canvas. *Units*: pixels of the page. */
  pick(x: number, y: number): [number, number, number] | undefined {
    if (!this.model) return undefined;
    this.settle();
    const { clientWidth, clientHeight } = this.canvas;
    const ray = new Raycaster();
    const at = new Vector2((x / clientWidth) * 2 - 1, 1 - (y / clientHeight) * 2);
    ray.setFromCamera(at, this.camera);
    return ray.intersectObject(this.model, true)[0]?.point.toArray();
  }

  /** Where a point of the surface is on the canvas, and whether something of the model is before it. */
  project(point: [number, number, number]): { x: number; y: number; hidden: boolean } {
    this.settle();
    const at = new Vector3(...point);
    const eye = this.camera.position;
    const ray = new Raycaster(eye, at.clone().sub(eye).normalize());
    const first = this.model && ray.intersectObject(this.model, true)[0];
    const covered = Boolean(first && first.distance < eye.distanceTo(at) - this.bounds.radius * 0.02);
    const { x, y, z } = at.project(this.camera);
    const { clientWidth, clientHeight } = this.canvas;
    return {
      x: ((x + 1) / 2) * clientWidth,
      y: ((1 - y) / 2) * clientHeight,
      hidden: covered || z > 1,
    };
  }

  /** Drawing does this too; but it may be asked for a place before the first picture, or between two. */
  private settle(): void {
    this.camera.updateMatrixWorld();
    this.model?.updateMatrixWorld();
  }

  /** By keys. Answers whether the key means something here. */
  turnBy(key: string): boolean {
    const offset = this.camera.position.clone().sub(this.controls.target);
    const turns: Record<string, [number, number]> = {
      ArrowLeft: [-KEY_TURN, 0],
      ArrowRight: [KEY_TURN, 0],
      ArrowUp: [0, -KEY_TURN],
      ArrowDown: [0, KEY_TURN],
    };
    const turn = turns[key];
    if (turn) {
      offset.applyAxisAngle(new Vector3(0, 1, 0), turn[0]);
      const side = new Vector3(0, 1, 0).cross(offset).normalize();
      const steep = offset.clone().applyAxisAngle(side, turn[1]);
      // Not over the pole, where left and right change places.
      if (Math.abs(steep.clone().normalize().y) < 0.99) offset.copy(steep);
    } else if (key === "+" || key === "=") offset.divideScalar(KEY_ZOOM);
    else if (key === "-") offset.multiplyScalar(KEY_ZOOM);
    else if (key === "0") {
      this.fit();
      return true;
    } else return false;
    this.camera.position.copy(this.controls.target).add(offset);
    this.controls.update();
    return true;
  }

  shade(shading: Shading): void {
    this.override?.dispose();
    this.override = overrideOf(shading);
    this.draw();
  }

  showWireframe(on: boolean): void {
    this.wireframe = on;
    this.draw();
  }

  showGrid(on: boolean): void {
    if (on && !this.grid) {
      const step = 10 ** Math.floor(Math.log10(this.bounds.radius));
      const cells = Math.max(4, 2 * Math.ceil((this.bounds.radius * 1.5) / step));
      this.grid = new GridHelper(cells * step, cells, 0x888888, 0x888888);
      const material = this.grid.material as Material;
      material.transparent = true;
      material.opacity = 0.35;
      const { center } = this.bounds;
      const floor = this.model ? new Box3().setFromObject(this.model).min.y : 0;
      this.grid.position.set(center.x, floor, center.z);
      this.scene.add(this.grid);
    } else if (!on && this.grid) {
      this.scene.remove(this.grid);
      this.grid.geometry.dispose();
      (this.grid.material as Material).dispose();
      this.grid = undefined;
    }
    this.draw();
  }

  /** *Units*: radians around the model. */
  turnLight(angle: number): void {
    this.key.position.set(Math.sin(angle) * 4, 3.2, Math.cos(angle) * 4);
    this.draw();
  }

  /** Shows a clip's first moment; the rest pose without one. Answers its length. *Units*: seconds. */
  chooseClip(clip: AnimationClip | undefined): number {
    this.mixer?.stopAllAction();
    this.action = undefined;
    if (!this.model || !clip) {
      this.draw();
      return 0;
    }
    this.mixer ??= new AnimationMixer(this.model);
    this.action = this.mixer.clipAction(clip);
    this.action.play();
    this.seek(0);
    return clip.duration;
  }

  play(on: boolean, speed: number): void {
    if (this.mixer) this.mixer.timeScale = speed;
    if (on === this.playing) return;
    this.playing = on;
    this.timer.update();
    this.draw();
  }

  seek(at: number): void {
    if (!this.action || !this.mixer) return;
    this.action.time = at;
    this.mixer.update(0);
    this.draw();
  }

  /** Draws with the next frame, however often it is asked. */
  draw(): void {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.drawNow());
  }

  private drawNow(): void {
    this.frame = 0;
    if (this.playing && this.mixer && this.action) {
      this.timer.update();
      this.mixer.update(this.timer.getDelta());
      this.onTime(this.action.time);
      this.draw();
    }
    this.renderer.clear();
    this.scene.overrideMaterial = this.override ?? null;
    this.renderer.render(this.scene, this.camera);
    if (this.wireframe) {
      this.scene.overrideMaterial = this.wire;
      this.renderer.render(this.scene, this.camera);
    }
    if (this.model) this.canvas.dataset.drawn = "true";
    this.onDrawn();
  }

  private resize(): void {
    const room = this.canvas.parentElement ?? this.canvas;
    const { clientWidth: width, clientHeight: height } = room;
    if (width === 0 || height === 0) return;
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio, 2));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.draw();
  }

  /** Gives back all that the graphics card keeps. */
  dispose(): void {
    cancelAnimationFrame(this.frame);
    // What is asked for from now on is not drawn.
    this.frame = -1;
    this.size.disconnect();
    this.controls.dispose();
    this.showGrid(false);
    this.mixer?.stopAllAction();
    this.override?.dispose();
    this.wire.dispose();
    this.scene.environment?.dispose();
    if (this.model) disposeModel(this.model);
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }
}

function overrideOf(shading: Shading): Material | undefined {
  if (shading === "clay") return new MeshStandardMaterial({ color: 0xa8a29a, roughness: 0.85, metalness: 0 });
  if (shading === "normals") return new MeshNormalMaterial();
  if (shading === "uv") return new MeshBasicMaterial({ map: checker() });
  return undefined;
}

/** Sixteen by sixteen squares whose hue and brightness tell where in the texture they are. */
function checker(): Texture {
  const canvas = document.createElement("canvas");
  canvas.width = 512;
  canvas.height = 512;
  const pen = canvas.getContext("2d");
  for (let y = 0; pen && y < 16; y++) {
    for (let x = 0; x < 16; x++) {
      pen.fillStyle = `hsl(${x * 22} 55% ${(x + y) % 2 ? 40 + y : 68 + y}%)`;
      pen.fillRect(x * 32, y * 32, 32, 32);
    }
  }
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  texture.wrapS = RepeatWrapping;
  texture.wrapT = RepeatWrapping;
  return texture;
}

const materialsOf = (mesh: Mesh): Material[] =>
  Array.isArray(mesh.material) ? mesh.material : [mesh.material];

function statsOf(model: Object3D): Stats {
  let triangles = 0;
  const materials = new Set<Material>();
  model.traverse((object) => {
    if (!(object instanceof Mesh)) return;
    const { index, attributes } = object.geometry;
    triangles += (index ? index.count : (attributes.position?.count ?? 0)) / 3;
    for (const material of materialsOf(object)) materials.add(material);
  });
  return { triangles: Math.floor(triangles), materials: materials.size };
}

export function disposeModel(model: Object3D): void {
  model.traverse((object) => {
    if (!(object instanceof Mesh)) return;
    object.geometry.dispose();
    for (const material of materialsOf(object)) {
      for (const value of Object.values(material)) if (value instanceof Texture) value.dispose();
      material.dispose();
    }
  });
}
