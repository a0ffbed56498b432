import { decodeMotion } from '../motion.ts';

/** What the page hands over: a frame's bytes, and when they came. */
interface Bytes {
  bytes: ArrayBuffer;
  now_ms: number;
}

const page = self as unknown as {
  onmessage: (event: MessageEvent<Bytes>) => void;
  postMessage(message: unknown, transfer: Transferable[]): void;
};

page.onmessage = ({ data: { bytes, now_ms } }) => {
  const frame = decodeMotion(new Uint8Array(bytes));
  const { slots, flags, places } = frame;
  page.postMessage({ frame, now_ms }, [slots.buffer, flags.buffer, places.buffer]);
};
