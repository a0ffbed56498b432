import { decodeMotion, type MotionFrame } from '../motion.ts';

type Take = (frame: MotionFrame, now_ms: number) => void;

/** As much of a worker as is asked of it. */
export interface Helper {
  onmessage: ((event: MessageEvent<{ frame: MotionFrame; now_ms: number }>) => void) | null;
  onerror: (() => void) | null;
  postMessage(message: { bytes: ArrayBuffer; now_ms: number }, transfer: Transferable[]): void;
  terminate(): void;
}

/**
 * Has a worker decode the frames of a crowd. Where there can be no worker, or it fails, the page
 * decodes them itself, as it does without a crowd; what was under way is lost like any late frame.
 */
export class Decoding {
  private helper: Helper | null = null;
  private readonly take: Take;

  constructor(take: Take, start: () => Helper) {
    this.take = take;
    try {
      this.helper = start();
      this.helper.onmessage = ({ data: { frame, now_ms } }) => this.helper && take(frame, now_ms);
      this.helper.onerror = () => this.end();
    } catch {
      this.helper = null;
    }
  }

  /** Whether a worker decodes. */
  get helped(): boolean {
    return this.helper !== null;
  }

  offer(bytes: ArrayBuffer, now_ms: number): void {
    if (this.helper) this.helper.postMessage({ bytes, now_ms }, [bytes]);
    else this.take(decodeMotion(new Uint8Array(bytes)), now_ms);
  }

  end(): void {
    this.helper?.terminate();
    this.helper = null;
  }
}

/** The worker of the page. */
export function helper(): Helper {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return worker as unknown as Helper;
}
