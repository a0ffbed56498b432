import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { squeezeShader } from '../build/shaders.ts';
import { outOfItsOwnShade } from '../src/view/patch.ts';
import { ShaderChunk } from '../src/view/three.ts';

const THREE = new URL('../node_modules/three/src/renderers/shaders', import.meta.url);
const SHADERS = fileURLToPath(THREE);

function* shaders(): Generator<[string, string]> {
  for (const folder of ['ShaderChunk', 'ShaderLib']) {
    for (const name of readdirSync(join(SHADERS, folder))) {
      const text = readFileSync(join(SHADERS, folder, name), 'utf8');
      for (const [, shader] of text.matchAll(/`([^`]*)`/g)) yield [name, shader!];
    }
  }
}

/** The words of a shader, with the ends of directives, which are lines. */
function words(text: string): string[] {
  const bare = text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/\/\/.*$/gm, '');
  const ended = bare.replace(/^\s*#.*$/gm, '$& END ');
  return ended.match(/\w+(?:\.\w+)*|\+\+|--|[<>=!+\-*/]=|&&|\|\||[^\s\w]/g) ?? [];
}

test('a squeezed shader of three.js has the same words in the same order', () => {
  let count = 0;
  for (const [name, shader] of shaders()) {
    assert.deepEqual(words(squeezeShader(shader)), words(shader), name);
    count += 1;
  }
  assert.ok(count > 100);
});

test('a squeezed shader is squeezed', () => {
  let before = 0;
  let after = 0;
  for (const [, shader] of shaders()) {
    const once = squeezeShader(shader);
    assert.equal(squeezeShader(once), once);
    before += shader.length;
    after += once.length;
  }
  assert.ok(after < before * 0.85);
});

test('what a space keeps apart stays apart', () => {
  assert.equal(squeezeShader('a = b - -c + +d; e = f -- - g;'), 'a=b - -c + +d;e=f -- -g;\n');
  const define = '#define  half( x )  (x * .5)\nint  a;';
  assert.equal(squeezeShader(define), '#define half( x ) (x * .5)\nint a;\n');
});

test('leaves find the bias of their shadow in a shader that is squeezed, too', () => {
  const chunk = ShaderChunk.shadowmap_vertex;
  for (const text of [chunk, squeezeShader(chunk)]) {
    assert.match(outOfItsOwnShade('#include <shadowmap_vertex>', text), /shadowNormalBias\+\.26/);
  }
});
