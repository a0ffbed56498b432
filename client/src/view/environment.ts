import type { Tier } from './change.ts';
import { Dome } from './dome.ts';
import { type HourLight, type LightUniforms, setHour } from './light.ts';
import * as THREE from './three.ts';

const SHADOW_REACH = 40;
const IBL_STEP_HOURS = 0.12;
const IBL_STEP_SECONDS = 1.5;

/** Sky, sun, fill light, image-based light and the one shadow map that follows the camera. */
export class Environment {
  readonly dome: Dome;
  private readonly sun = new THREE.DirectionalLight();
  private readonly fill = new THREE.HemisphereLight();
  private readonly centre = new THREE.Vector3();
  private readonly ahead = new THREE.Vector3();
  private tier: Tier = 'low';
  private hour = Number.NaN;
  private clouds = 0.5;
  private bakedHour = Number.NaN;
  private bakedAt = -1e9;
  private light: HourLight | null = null;
  private hdri: THREE.Texture | null = null;

  constructor(
    private readonly scene: THREE.Scene,
    private readonly renderer: THREE.WebGLRenderer,
    private readonly uniforms: LightUniforms,
  ) {
    this.dome = new Dome(uniforms);
    scene.add(this.dome.mesh, this.fill, this.sun, this.sun.target);
    const { shadow } = this.sun;
    shadow.bias = -0.0004;
    shadow.normalBias = 0.05;
    shadow.radius = 2;
    shadow.intensity = 0.94;
    const box = shadow.camera;
    box.left = box.bottom = -SHADOW_REACH;
    box.right = box.top = SHADOW_REACH;
    box.near = 10;
    box.far = 220;
  }

  setTier(tier: Tier): void {
    this.tier = tier;
    const { shadow } = this.sun;
    this.sun.castShadow = tier !== 'low';
    const pixels = tier === 'high' ? 2048 : 1024;
    if (shadow.mapSize.x !== pixels) {
      shadow.mapSize.set(pixels, pixels);
      shadow.map?.dispose();
      shadow.map = null;
    }
    this.dome.setBaked(tier === 'low');
    this.bakedHour = Number.NaN;
    if (tier === 'low') this.scene.environment = null;
    if (this.light) this.applyLight(this.light);
  }

  /** Sets hour 0..24 and clouds 0..1; cheap when nothing changed. */
  setHour(hour: number, clouds: number): void {
    if (Math.abs(hour - this.hour) < 0.004 && clouds === this.clouds) return;
    if (clouds !== this.clouds) this.bakedHour = Number.NaN;
    this.hour = hour;
    this.clouds = clouds;
    this.light = setHour(this.uniforms, hour, clouds);
    this.applyLight(this.light);
  }

  /** An author's picture of the sky for image-based light; null goes back to our own dome. */
  setHdri(texture: THREE.Texture | null): void {
    this.hdri?.dispose();
    this.hdri = texture;
    this.bakedHour = Number.NaN;
  }

  private applyLight(light: HourLight): void {
    this.sun.color.copy(light.sunColor);
    this.sun.intensity = light.sunPower;
    const low = this.tier === 'low';
    if (low) {
      this.fill.color.copy(this.uniforms.uSkyFill.value);
      this.fill.groundColor.copy(this.uniforms.uGroundFill.value);
    } else {
      this.fill.color.copy(light.skyLight);
      this.fill.groundColor.copy(light.groundLight);
    }
    this.fill.intensity = low ? Math.PI : light.fillPower;
    this.scene.environmentIntensity = light.environment;
    this.renderer.toneMappingExposure = light.exposure;
  }

  /** Call before drawing: bakes what the hour made stale and moves the shadow with the camera. */
  update(camera: THREE.PerspectiveCamera, now: number): void {
    this.bake(now);
    if (this.tier !== 'low') this.follow(camera);
  }

  private bake(now: number): void {
    const stale = !(Math.abs(this.hour - this.bakedHour) < IBL_STEP_HOURS);
    if (!stale || now - this.bakedAt < IBL_STEP_SECONDS) return;
    this.bakedHour = this.hour;
    this.bakedAt = now;
    if (this.tier === 'low') {
      this.dome.bakeClouds(this.renderer);
    } else {
      this.scene.environment = this.hdri ?? this.dome.makeEnvironment(this.renderer);
    }
  }

  private follow(camera: THREE.PerspectiveCamera): void {
    camera.getWorldDirection(this.ahead).setY(0);
    if (this.ahead.lengthSq() > 1e-4) this.ahead.normalize();
    this.centre.copy(camera.position).setY(0).addScaledVector(this.ahead, 24);
    // Steps of whole shadow texels keep edges still while the camera moves.
    const texel = ((2 * SHADOW_REACH) / this.sun.shadow.mapSize.x) * 16;
    this.centre.set(
      Math.round(this.centre.x / texel) * texel,
      0,
      Math.round(this.centre.z / texel) * texel,
    );
    this.sun.target.position.copy(this.centre);
    this.sun.position.copy(this.uniforms.uSun.value).multiplyScalar(110).add(this.centre);
  }

  dispose(): void {
    this.dome.dispose();
    this.hdri?.dispose();
    this.sun.dispose();
    this.fill.dispose();
  }
}
