/**
 * Writes calls.h for one ABI family: for every interface that the emulator stands in for, a class `<Name>Calls` with all
 * of the interface's virtual functions, read from the family's own headers.
 *
 *     node calls.mjs <headers of the family> <rtx|ent11|ent10> <output>
 *
 * Each function asks the version and the fault plan (call.h), then calls `do_<name>`, which the emulator overrides. What
 * nobody overrides is a report and a failure. So the emulator's own files hold what it does and nothing else.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SINCE } from './since.mjs';

const [headers, family, output] = process.argv.slice(2);

const BEHIND_IMPL = [
  'HostMemory',
  'Runtime',
  'CudaEngine',
  'ExecutionContext',
  'EngineInspector',
  'Refitter',
  'RuntimeConfig',
  'Builder',
  'BuilderConfig',
  'OptimizationProfile',
  'TimingCache',
  'NetworkDefinition',
  'Tensor',
  ...(family === 'rtx' ? ['RuntimeCache'] : []),
];
const PLAIN = { Parser: 'NvOnnxParser.h', ParserRefitter: 'NvOnnxParser.h', PluginRegistry: 'NvInferRuntimeCommon.h' };

/** Where the function behind mImpl has another name than the one that applications call. */
const PUBLIC_NAMES = {
  deserializeCudaEngineV2: 'deserializeCudaEngine',
  createExecutionContextWithRuntimeConfig: 'createExecutionContext',
  getMissing: 'getMissing',
  getTensorFormatV2: 'getTensorFormat',
};

/** What a failure gives where a zero would look like success. */
const FAILURES = {
  inferShapes: '-1',
  addOptimizationProfile: '-1',
  getMaxOutputSize: '-1',
  getEngineValidity: 'EngineValidity::kINVALID',
};

/** Alike for all objects. */
const COMMON = {
  setErrorRecorder: 'set_recorder(a0);',
  getErrorRecorder: 'return recorder();',
  getLogger: 'return &logger();',
};

const read = (file) =>
  readFileSync(join(headers, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/[^\n]*/g, '')
    .replace(/^#if ENABLE_FEATURE_DISABLE_RUNTIME_ALLOCATION[\s\S]*?^#endif/gm, '');

/** The pure virtual functions of a class, in order: `{ result, name, parameters, suffix }`. */
function virtuals(source, name) {
  const body = new RegExp(`class ${name}\\b[^;{]*\\{([\\s\\S]*?)\\n\\};`).exec(source)?.[1];
  if (body === undefined) throw new Error(`no class ${name} in the headers of ${family}`);
  const found = body.matchAll(/virtual\s+([^;()]*?)(\w+)\s*\(([^;]*?)\)\s*((?:const\s*)?(?:noexcept\s*)?)=\s*0\s*;/g);
  return Array.from(found, ([, result, method, list, suffix]) => ({
    result: result.replace(/\s+/g, ' ').trim(),
    name: method,
    parameters: splitParameters(list),
    suffix: suffix.replace(/\s+/g, ' ').trim(),
  })).filter(({ result }) => !result.endsWith('~'));
}

/** The types of a list of parameters. */
function splitParameters(list) {
  const text = list.replace(/\s+/g, ' ').trim();
  if (text === '') return [];
  return text.split(',').map((parameter) => {
    const plain = parameter.replace(/=.*/, '').trim();
    const words = /^(.*[\s*&])(\w+)$/.exec(plain);
    const named =
      words && !/^(const|int|float|bool|int32_t|int64_t|size_t)$/.test(words[2]) && !/^const\s*$/.test(words[1]);
    return (named ? words[1] : plain).trim();
  });
}

/** The functions that rows of SINCE may name. */
const wrapped = new Set();

function wrap(type, { result, name, parameters, suffix }) {
  if (name === 'getPImpl') return `  ${result} getPImpl() ${suffix} final { return this; }`;
  const typed = parameters.map((parameter, i) => `${parameter} a${i}`).join(', ');
  const passed = parameters.map((_, i) => `a${i}`).join(', ');
  const shown = `I${type}::${PUBLIC_NAMES[name] ?? name}`;
  const declared = `virtual ${result} do_${name}(${parameters.join(', ')}) ${suffix}`;
  if (COMMON[name]) return `  ${result} ${name}(${typed}) ${suffix} final { ${COMMON[name]} }`;
  if (result.endsWith('&'))
    return `  ${result} ${name}(${typed}) ${suffix} final { return do_${name}(${passed}); }\n  ${declared} = 0;`;
  wrapped.add(`${type}::${name}`);
  const since = SINCE[family][`${type}::${name}`] ?? 0;
  const failure = FAILURES[name] ?? `failure<${result}>()`;
  return `  ${result} ${name}(${typed}) ${suffix} final {
    const Call call(*this, "${shown}", ${since});
    if (!call) return ${result === 'bool' ? 'call.pretends()' : failure};
    return do_${name}(${passed});
  }
  ${declared} {
    breach("${shown} is not emulated");
    return ${failure};
  }`;
}

const behind = read('NvInferImpl.h');
const classes = BEHIND_IMPL.map(
  (type) => `class ${type}Calls : public I${type}, public apiv::V${type}, public Object {
 public:
  template <typename... Arguments>
  explicit ${type}Calls(Arguments&&... arguments) : Object("I${type}", std::forward<Arguments>(arguments)...) {
    mImpl = this;
  }
${virtuals(behind, `V${type}`)
  .map((method) => wrap(type, method))
  .join('\n')}
};`,
);
for (const [type, file] of Object.entries(PLAIN)) {
  classes.push(`class ${type}Calls : public I${type}, public Object {
 public:
  template <typename... Arguments>
  explicit ${type}Calls(Arguments&&... arguments) : Object("I${type}", std::forward<Arguments>(arguments)...) {}
${virtuals(read(file), `I${type}`)
  .map((method) => wrap(type, method))
  .join('\n')}
};`);
}

const unknown = Object.keys(SINCE[family]).filter((name) => !wrapped.has(name));
if (unknown.length > 0) throw new Error(`since.mjs: the headers of ${family} have no ${unknown.join(', ')}`);

writeFileSync(
  output,
  `// Written by calls.mjs from the headers of ${family}.
#pragma once

#include "emulator/tensorrt/object.h"

namespace enginery::emulator {

using namespace nvinfer1;
using namespace nvonnxparser;

${classes.join('\n\n')}

}  // namespace enginery::emulator
`,
);
