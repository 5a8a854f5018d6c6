/** The rooms of lib/, top to bottom. A room imports from rooms below its own; rooms on one line do not know each other. */
const STOREYS = [
  ['cli'],
  ['bench', 'compare'],
  ['session'],
  ['engine'],
  ['analysis', 'backends'],
  ['libraries'],
  ['native', 'onnx', 'image', 'stats'],
  ['tensor', 'options'],
  ['errors\\.ts', 'version\\.ts'],
];
const ROOMS = STOREYS.flat();
const path = (room) => (room.endsWith('.ts') ? `^lib/${room}$` : `^lib/${room}/`);

const downwards = ROOMS.map((room) => {
  const storey = STOREYS.findIndex((rooms) => rooms.includes(room));
  const below = STOREYS.slice(storey + 1).flat();
  return {
    name: `${room.replace('\\.ts', '')}-imports-only-from-below`,
    severity: 'error',
    from: { path: path(room) },
    to: { path: '^lib/', pathNot: [room, ...below].map(path) },
  };
});

module.exports = {
  forbidden: [
    ...downwards,
    {
      name: 'every-room-has-a-storey',
      comment: 'A new folder of lib/ takes its place in STOREYS above.',
      severity: 'error',
      from: { path: '^lib/', pathNot: ['^lib/index\\.ts$', ...ROOMS.map(path)] },
      to: {},
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'one-place-loads-the-addon',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/native/load\\.ts$' },
      to: { path: 'node-gyp-build' },
    },
    {
      name: 'dependencies-are-declared',
      severity: 'error',
      from: { path: '^lib/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'no-development-dependency-at-run-time',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['npm', 'npm-optional', 'npm-peer', 'type-only'],
        pathNot: '^node_modules/@types/',
      },
    },
    { name: 'imports-resolve', severity: 'error', from: { path: '^lib/' }, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
