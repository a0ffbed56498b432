import type { Heat } from '../../../world/components.generated.ts';
import { fetchArray } from '../../arrays.ts';
import type { Node, Part, ViewContext } from '../../context.ts';
import { colourOf, numberOf, rangeOf } from '../../scales.ts';
import * as THREE from '../../three.ts';

const POINTS_MOST = 64;
const GRID_SIDE_MOST = 1024;
const RELIEF_SIDE_MOST = 160;
const LEGEND_METRES = [0.9, 1.5] as const;
const LOOK_SECONDS = 0.5;

const vertex = /* glsl */ `
  varying vec3 vLocal;varying vec3 vSide;varying vec2 vGrid;uniform mat4 uLocal;
  void main(){vec4 at=modelMatrix*vec4(position,1.);vLocal=(uLocal*at).xyz;vGrid=uv;
    vSide=normalize(mat3(modelMatrix)*normal);gl_Position=projectionMatrix*viewMatrix*at;}`;
const fragment = /* glsl */ `
  varying vec3 vLocal;varying vec3 vSide;varying vec2 vGrid;
  uniform sampler2D uMap;uniform sampler2D uGrid;uniform vec4 uPoint[${POINTS_MOST}];
  uniform int uPoints;uniform vec2 uRange;uniform vec3 uSun;uniform float uDay;
  void main(){
    float value=0.,solid=1.;
    if(uPoints==0){vec4 cell=texture2D(uGrid,vGrid);value=cell.r;solid=cell.a;}
    else{float sum=0.,weight=0.;
      for(int i=0;i<${POINTS_MOST};i++){if(i>=uPoints)break;
        vec3 way=vLocal-uPoint[i].xyz;float w=1./(dot(way,way)+1e-4);w*=w;
        sum+=w*uPoint[i].w;weight+=w;}
      value=(sum/weight-uRange.x)/(uRange.y-uRange.x);}
    float shade=.82+.18*dot(normalize(vSide)*(gl_FrontFacing?1.:-1.),uSun);
    gl_FragColor=vec4(texture2D(uMap,vec2(clamp(value,.002,.998),.5)).rgb*shade,solid);
    #include <colorspace_fragment>
  }`;

/** Numbers as colours, over a grid of its own or over the entity's meshes, with their scale. */
export function make(node: Node, first: Heat, view: ViewContext): Part {
  const uniforms = {
    uMap: { value: null as THREE.Texture | null },
    uGrid: { value: null as THREE.Texture | null },
    uPoint: { value: Array.from({ length: POINTS_MOST }, () => new THREE.Vector4()) },
    uPoints: { value: 0 },
    uRange: { value: new THREE.Vector2(0, 1) },
    uLocal: { value: new THREE.Matrix4() },
    uSun: view.light.uSun,
  };
  const material = new THREE.ShaderMaterial({
    uniforms,
    vertexShader: vertex,
    fragmentShader: fragment,
    side: THREE.DoubleSide,
  });
  const sheet = new THREE.Mesh(new THREE.BufferGeometry(), material);
  sheet.userData['entity'] = node.id;
  sheet.visible = false;
  const legend = new THREE.Mesh<THREE.BufferGeometry, THREE.Material>(
    new THREE.PlaneGeometry(...LEGEND_METRES),
  );
  legend.visible = false;
  legend.renderOrder = 3;
  node.root.add(sheet, legend);
  const covered = new Map<THREE.Mesh, THREE.Material | THREE.Material[]>();
  const box = new THREE.Box3();
  const place = new THREE.Vector3();
  const above = new THREE.Quaternion();
  let value = first;
  let turn = 0;
  let looked = Number.NEGATIVE_INFINITY;

  const uncover = () => {
    for (const [mesh, old] of covered) if (mesh.material === material) mesh.material = old;
    covered.clear();
  };
  const cover = () => {
    node.root.traverse((child) => {
      if (!(child instanceof THREE.Mesh) || child === sheet || child === legend) return;
      if (child.userData['entity'] !== node.id || child.material === material) return;
      if (child.material instanceof THREE.ShaderMaterial) return; // an outline, not the thing
      covered.set(child, child.material);
      child.material = material;
    });
  };
  const grid = (values: Float32Array, rows: number, columns: number) => {
    if (Math.max(rows, columns) > GRID_SIDE_MOST) throw new Error('the grid is too fine to draw');
    const [low, high] = rangeOf(value, values);
    uniforms.uRange.value.set(low, high);
    uniforms.uPoints.value = 0;
    const bytes = new Uint8Array(rows * columns * 4);
    values.forEach((one, i) => {
      bytes[i * 4] = 255 * clamp((one - low) / (high - low));
      bytes[i * 4 + 3] = value.gaps && one < low ? 0 : 255;
    });
    if (material.transparent !== value.gaps) {
      material.transparent = value.gaps;
      material.depthWrite = !value.gaps;
      material.needsUpdate = true;
    }
    uniforms.uGrid.value?.dispose();
    const texture = new THREE.DataTexture(bytes, columns, rows);
    texture.minFilter = texture.magFilter = THREE.LinearFilter;
    texture.needsUpdate = true;
    uniforms.uGrid.value = texture;
    sheet.geometry.dispose();
    sheet.geometry = surfaceOf(value, values, rows, columns, low, high);
    sheet.visible = true;
  };
  const points = (values: Float32Array) => {
    const rows = Math.min(POINTS_MOST, Math.floor(values.length / 4));
    const measured = Array.from({ length: rows }, (_, i) => values[i * 4 + 3]!);
    uniforms.uRange.value.set(...rangeOf(value, measured));
    uniforms.uPoints.value = rows;
    for (let i = 0; i < rows; i++) uniforms.uPoint.value[i]!.fromArray(values, i * 4);
    sheet.visible = false;
    looked = Number.NEGATIVE_INFINITY;
  };
  const load = async () => {
    const mine = ++turn;
    const found = await view.awaiting(fetchArray(value.data, value.asset));
    const numbers = found?.values.get('value');
    if (mine !== turn || !(numbers instanceof Float32Array)) return;
    const [rows = 1, columns = 1] = found!.shape;
    uncover();
    uniforms.uMap.value?.dispose();
    uniforms.uMap.value = mapOf(value);
    if (value.over === 'grid') grid(numbers, rows, columns);
    else points(numbers);
    drawLegend(legend, value, uniforms.uRange.value);
  };
  const start = () => {
    load().catch((error: unknown) => console.warn(`heat of ${node.name || node.id}:`, error));
  };
  start();
  return {
    update(next: Heat) {
      value = next;
      start();
    },
    frame(_dt, now) {
      uniforms.uLocal.value.copy(node.root.matrixWorld).invert();
      if (now - looked > LOOK_SECONDS) {
        looked = now;
        if (value.over === 'thing' && uniforms.uPoints.value > 0) cover();
        box.makeEmpty();
        for (const child of node.root.children)
          if (child !== legend && child.visible) box.expandByObject(child);
        node.root.worldToLocal(place.set(box.max.x + 0.75, box.max.y, box.max.z));
        legend.position.copy(place);
        if (!box.isEmpty()) legend.position.y = Math.max(place.y, LEGEND_METRES[1] / 2);
      }
      node.root.getWorldQuaternion(above).invert();
      legend.quaternion.copy(above).multiply(view.camera.quaternion);
    },
    dispose() {
      turn += 1;
      uncover();
      for (const mesh of [sheet, legend]) {
        mesh.removeFromParent();
        mesh.geometry.dispose();
      }
      const shown = legend.material as THREE.MeshBasicMaterial;
      shown.map?.dispose();
      shown.dispose();
      uniforms.uMap.value?.dispose();
      uniforms.uGrid.value?.dispose();
      material.dispose();
    },
  };
}

const clamp = (share: number): number => Math.max(0, Math.min(1, share));

/** The map as a row of 256 colours. */
function mapOf({ map }: Heat): THREE.DataTexture {
  const bytes = new Uint8Array(256 * 4);
  for (let i = 0; i < 256; i++) bytes.set([...colourOf(map, i / 255), 255], i * 4);
  const texture = new THREE.DataTexture(bytes, 256, 1);
  texture.colorSpace = THREE.SRGBColorSpace;
  texture.minFilter = texture.magFilter = THREE.LinearFilter;
  texture.needsUpdate = true;
  return texture;
}

/** The sheet of a grid: row 0 lies at -Z, column 0 at -X; raised where it has relief. */
function surfaceOf(
  { size, relief }: Heat,
  values: Float32Array,
  rows: number,
  columns: number,
  low: number,
  high: number,
): THREE.BufferGeometry {
  const [x, z] = size;
  const steps = (count: number) => (relief > 0 ? Math.min(RELIEF_SIDE_MOST, count - 1) : 1);
  const [wide, deep] = [Math.max(1, steps(columns)), Math.max(1, steps(rows))];
  const geometry = new THREE.PlaneGeometry(x, z, wide, deep).rotateX(-Math.PI / 2);
  const uv = geometry.getAttribute('uv');
  const places = geometry.getAttribute('position');
  for (let i = 0; i < uv.count; i++) {
    const [u, v] = [uv.getX(i), 1 - uv.getY(i)];
    // The middle of a texel, so that the sheet's edge has the colour of its row.
    uv.setXY(i, (u * (columns - 1) + 0.5) / columns, (v * (rows - 1) + 0.5) / rows);
    if (relief <= 0) continue;
    const at = Math.round(v * (rows - 1)) * columns + Math.round(u * (columns - 1));
    places.setY(i, relief * clamp((values[at]! - low) / (high - low)));
  }
  geometry.computeVertexNormals();
  return geometry;
}

/** The scale beside it: colours, numbers, unit and title on a plate. */
function drawLegend(
  legend: THREE.Mesh<THREE.BufferGeometry, THREE.Material>,
  value: Heat,
  range: THREE.Vector2,
): void {
  const old = legend.material as THREE.MeshBasicMaterial;
  old.map?.dispose();
  old.dispose();
  legend.visible = value.legend;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [288, 480];
  const context = canvas.getContext('2d')!;
  context.fillStyle = 'rgba(252,249,243,.95)';
  context.beginPath();
  context.roundRect(0, 0, 288, 480, 26);
  context.fill();
  context.fillStyle = '#1f2530';
  context.font = '600 30px "Inter", system-ui, sans-serif';
  context.fillText(value.title || value.unit, 26, 50, 240);
  const [top, tall] = [78, 370];
  for (let i = 0; i < tall; i++) {
    context.fillStyle = `rgb(${colourOf(value.map, 1 - i / (tall - 1)).join()})`;
    context.fillRect(28, top + i, 54, 1.5);
  }
  context.fillStyle = '#1f2530';
  context.font = '500 27px "Inter", system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (let step = 0; step <= 4; step++) {
    const y = top + 4 + ((tall - 8) * step) / 4;
    const told = numberOf(range.y + ((range.x - range.y) * step) / 4);
    context.fillRect(84, y - 1, 12, 2);
    context.fillText(value.unit && value.title ? `${told} ${value.unit}` : told, 106, y, 170);
  }
  const map = new THREE.CanvasTexture(canvas);
  map.colorSpace = THREE.SRGBColorSpace;
  map.anisotropy = 8;
  legend.material = new THREE.MeshBasicMaterial({
    map,
    transparent: true,
    depthWrite: false,
    toneMapped: false,
    side: THREE.DoubleSide,
  });
}
