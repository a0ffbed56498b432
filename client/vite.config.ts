import { defineConfig } from 'vite';
import { basisWithoutEval } from './build/basis.ts';
import { precompress } from './build/precompress.ts';
import { squeezeShaders } from './build/shaders.ts';
import { plotWithoutCard } from './build/uplot.ts';

const SERVER = process.env['WORLDLOOM_SERVER'] ?? 'http://localhost:7400';

/** Everything that the first picture needs, in one chunk; three.js is parted module by module. */
const FIRST = { name: 'index', test: /src[\\/]main[\\/]main\.ts$/ };

/** What the page in words needs too: else it would run the first picture's own start.
 * Who one is and whom one lets in is asked by dialogs alone, which come on demand. */
const SHARED = {
  name: 'shared',
  test: new RegExp(
    [
      String.raw`src[\\/](net|world)[\\/](?!access|people|decoding|gathered)`,
      String.raw`(base\.css|dom|gait|here|looks|name-field|oklch|self|strings)(\.ts)?$`,
      String.raw`record(ed|ing-sign)\.ts$`,
      '@msgpack|@noble|preload-helper',
    ].join('|'),
  ),
  priority: 1,
};

export default defineConfig({
  base: '/static/',
  // three's one big file would bring with it what only the lazy chunks use
  resolve: { alias: [{ find: /^three$/, replacement: 'three/src/Three.js' }] },
  build: {
    outDir: '../worldloom/static',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 2048,
    chunkSizeWarningLimit: 900,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      checks: { bundlerTimings: false }, // packing takes its time; that is no news
      input: { index: 'index.html', text: 'text.html', webmcp: 'src/main/webmcp/webmcp.ts' },
      output: {
        codeSplitting: { groups: [SHARED, FIRST] },
        // The server puts this one into the page for who asks for it, and so must know its name.
        entryFileNames: ({ name }) =>
          name === 'webmcp' ? 'webmcp.js' : 'assets/[name]-[hash].js',
      },
    },
  },
  server: {
    proxy: {
      '/api': SERVER,
      '/assets': SERVER,
      '/w': { target: SERVER, ws: true },
    },
  },
  plugins: [squeezeShaders(), basisWithoutEval(), plotWithoutCard(), precompress()],
});
