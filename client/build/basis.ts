import type { Plugin } from 'vite';

/**
 * The Basis transcoder glues calls together with `new Function`, which our policy forbids; these
 * two closures do the same. A new three.js that writes them otherwise fails the build.
 */
const INVOKER = `(function(...given){
  const stack=needsDestructorStack?[]:null,wired=[],first=isClassMethodFunc?1:2;
  for(let i=first;i<argTypes.length;i++)
    wired.push(argTypes[i].toWireType(stack,i===1?this:given[i-2]));
  const answer=cppInvokerFunc(cppTargetFunc,...wired);
  if(stack)runDestructors(stack);
  else wired.forEach((value,k)=>argTypes[first+k].destructorFunction?.(value));
  return returns?argTypes[0].fromWireType(answer):undefined;
})`;
const CALLER = `(function(obj,func,destructorsRef,places){
  const values=kind===0?[obj]:[];let offset=0;
  for(const type of types){
    values.push(type.readValueFromPointer(places+offset));offset+=type.argPackAdvance;
  }
  const answer=kind===1?new func(...values):func.call(...values);
  return retType.isVoid?undefined:emval_returnValue(retType,destructorsRef,answer);
})`;

/** Makes the transcoder run under a policy that compiles nothing. */
export function basisWithoutEval(): Plugin {
  const calls: readonly [string, string][] = [
    ['newFunc(Function,args)(...closureArgs)', INVOKER],
    ['newFunc(Function,params)(...args)', CALLER],
  ];
  return {
    name: 'worldloom-basis-without-eval',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'asset' || !/basis_transcoder.*\.js$/.test(file.fileName)) continue;
        let text = Buffer.from(file.source).toString('utf8');
        for (const [call, closure] of calls) {
          if (!text.includes(call)) throw new Error(`basis_transcoder.js has no ${call} any more`);
          text = text.replace(call, () => closure);
        }
        file.source = text;
      }
    },
  };
}
