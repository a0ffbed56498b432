/** Columns of numbers from a file of NumPy's (NPY 1.0): float32, or rows of known columns. */
export interface Columns {
  readonly shape: readonly number[];
  readonly values: ReadonlyMap<string, Float32Array | Int16Array | Uint8Array>;
}

type Numbers = Float32Array | Int16Array | Uint8Array;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];
const BYTES: Record<string, number> = { '<f4': 4, '<i2': 2, '|u1': 1 };

/** New numbers of a kind, or those that a buffer holds. */
function numbers(kind: string, from: number | ArrayBuffer): Numbers {
  const of = kind === '<f4' ? Float32Array : kind === '<i2' ? Int16Array : Uint8Array;
  return typeof from === 'number' ? new of(from) : new of(from);
}

/** Reads a file; a plain array is the column `value`. Throws on bytes that are none. */
export function readArray(bytes: Uint8Array): Columns {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw new Error('this is no array');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 10 + view.getUint16(8, true);
  const head = new TextDecoder().decode(bytes.subarray(10, start));
  const shape = /'shape': \(([\d, ]*)\)/.exec(head)?.[1]?.match(/\d+/g)?.map(Number) ?? [];
  if (/'descr': '<f4'/.test(head)) {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    new Uint8Array(values.buffer).set(bytes.subarray(start, start + values.byteLength));
    return { shape, values: new Map([['value', values]]) };
  }
  return { shape, values: columnsOf(head, shape[0] ?? 0, bytes.subarray(start)) };
}

/** Takes rows apart into columns. */
function columnsOf(head: string, rows: number, body: Uint8Array): Map<string, Numbers> {
  const parts = [...head.matchAll(/\('(\w+)', '([<|]\w\d)'(?:, \((\d+),\))?\)/g)].map(
    ([, name, kind, width]) => ({ name: name!, kind: kind!, width: Number(width ?? 1) }),
  );
  const size = (part: { kind: string; width: number }) => (BYTES[part.kind] ?? 0) * part.width;
  const stride = parts.reduce((sum, part) => sum + size(part), 0);
  if (stride === 0 || body.length < stride * rows) throw new Error('the array is cut off');
  const whole = body.slice(0, stride * rows); // numbers begin where their kind may begin
  const found = new Map<string, Numbers>();
  let at = 0;
  for (const part of parts) {
    found.set(part.name, columnOf(whole, part.kind, part.width, at, stride));
    at += size(part);
  }
  return found;
}

/** One column of rows, number by number: every known column begins where its kind may. */
function columnOf(
  rows: Uint8Array<ArrayBuffer>,
  kind: string,
  width: number,
  at: number,
  stride: number,
): Numbers {
  const from = numbers(kind, rows.buffer);
  const unit = from.BYTES_PER_ELEMENT;
  const [first, step] = [at / unit, stride / unit];
  const count = rows.length / stride;
  const column = numbers(kind, count * width);
  for (let row = 0, to = 0, source = first; row < count; row++, source += step)
    for (let i = 0; i < width; i++) column[to++] = from[source + i]!;
  return column;
}

/** Bytes of a component: as they came live, or in base64 as the log's page tells them. */
export function bytesOf(data: Uint8Array | string): Uint8Array {
  if (typeof data !== 'string') return data;
  return Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
}

/** The array of a component: from its own bytes, or from the asset that it names. */
export async function fetchArray(
  data: Uint8Array | string,
  asset: string,
): Promise<Columns | null> {
  if (data.length > 0) return readArray(bytesOf(data));
  if (!/^[0-9a-f]{64}$/.test(asset)) return null;
  const answer = await fetch(`/assets/${asset}`);
  if (!answer.ok) throw new Error(`array ${asset}: ${answer.status}`);
  return readArray(new Uint8Array(await answer.arrayBuffer()));
}
