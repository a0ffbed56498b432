import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readArray } from '../src/view/arrays.ts';

/** A file as NumPy writes it. */
function npy(descr: string, shape: string, body: Uint8Array): Uint8Array {
  const dictionary = `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`;
  const head = new TextEncoder().encode(dictionary.padEnd(117) + '\n');
  const file = new Uint8Array(10 + head.length + body.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, head.length & 255, head.length >> 8]);
  file.set(head, 10);
  file.set(body, 10 + head.length);
  return file;
}

const ROWS = 3;
const COLUMNS =
  "[('position', '<f4', (3,)), ('color', '|u1', (4,)), " +
  "('rotation', '<i2', (4,)), ('scale', '<f4')]";
const STRIDE = 28;

function rows(): Uint8Array {
  const body = new Uint8Array(ROWS * STRIDE);
  const view = new DataView(body.buffer);
  for (let row = 0; row < ROWS; row++) {
    const at = row * STRIDE;
    for (let i = 0; i < 3; i++) view.setFloat32(at + i * 4, row + i / 4, true);
    for (let i = 0; i < 4; i++) view.setUint8(at + 12 + i, row * 10 + i);
    for (let i = 0; i < 4; i++) view.setInt16(at + 16 + i * 2, -row * 100 - i, true);
    view.setFloat32(at + 24, row + 0.5, true);
  }
  return body;
}

test('rows are taken apart into their columns', () => {
  const { shape, values } = readArray(npy(COLUMNS, '(3,)', rows()));
  assert.deepEqual(shape, [3]);
  assert.deepEqual([...values.get('position')!], [0, 0.25, 0.5, 1, 1.25, 1.5, 2, 2.25, 2.5]);
  assert.deepEqual([...values.get('color')!], [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]);
  assert.deepEqual([...values.get('rotation')!].slice(4), [
    -100, -101, -102, -103, -200, -201, -202, -203,
  ]);
  assert.deepEqual([...values.get('scale')!], [0.5, 1.5, 2.5]);
});

test('where a file begins in its buffer is of no matter', () => {
  const file = npy(COLUMNS, '(3,)', rows());
  const later = new Uint8Array(file.length + 3);
  later.set(file, 3);
  assert.deepEqual(readArray(later.subarray(3)), readArray(file));
});

test('a file that ends too early is refused', () => {
  const file = npy(COLUMNS, '(3,)', rows());
  assert.throws(() => readArray(file.subarray(0, file.length - 1)), /cut off/);
});
