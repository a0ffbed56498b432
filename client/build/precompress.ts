import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const SQUEEZED = /\.(js|css|html|wasm|svg|json)$/;
const BYTES_MIN = 1024; // below this a compressed file saves nothing that a packet would notice

/** Writes a .gz and a .br beside every text file, so that the server never compresses. */
export function precompress(): Plugin {
  return {
    name: 'worldloom-precompress',
    apply: 'build',
    async writeBundle(options) {
      const folder = options.dir ?? '.';
      const names = await readdir(folder, { recursive: true });
      await Promise.all(
        names.filter((name) => SQUEEZED.test(name)).map((name) => squeeze(join(folder, name))),
      );
    },
  };
}

async function squeeze(path: string): Promise<void> {
  const data = await readFile(path);
  if (data.length < BYTES_MIN) return;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  await writeFile(`${path}.gz`, await promisify(gzip)(data, { level: 9 }));
  await writeFile(`${path}.br`, await promisify(brotliCompress)(data, quality));
}
