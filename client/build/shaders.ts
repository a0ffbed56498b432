import type { Plugin } from 'vite';

const TEXT = /`([^`]*)`/g;
const SIGN = /\s*([=+\-*/<>(){},;?:&|![\]^%])\s*/g;

/** A shader without its comments and spaces; a directive keeps its line and its words. */
export function squeezeShader(text: string): string {
  const bare = text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/\/\/.*$/gm, '');
  let squeezed = '';
  let code = '';
  const close = () => {
    if (code) squeezed += `${squeezeCode(code)}\n`;
    code = '';
  };
  for (const line of bare.split('\n').map((one) => one.trim())) {
    if (!line.startsWith('#')) {
      code += line && ` ${line}`;
      continue;
    }
    close();
    squeezed += `${line.replace(/\s+/g, ' ')}\n`;
  }
  close();
  return squeezed;
}

function squeezeCode(code: string): string {
  const line = code.trim().replace(/\s+/g, ' ');
  return line.replace(SIGN, (all, sign: string, at: number) => {
    const twin = line[at - 1] === sign || line[at + all.length] === sign;
    return twin && (sign === '+' || sign === '-') ? all : sign; // a - -b must not become a--b
  });
}

/** Squeezes the shaders of three.js, which ships them as they were written. */
export function squeezeShaders(): Plugin {
  return {
    name: 'worldloom-squeeze-shaders',
    apply: 'build',
    transform(code, id) {
      if (!/three\/src\/.*\.glsl\.js$/.test(id)) return null;
      const squeezed = code.replace(TEXT, (_, text: string) => `\`\n${squeezeShader(text)}\``);
      return { code: squeezed, map: null };
    },
  };
}
