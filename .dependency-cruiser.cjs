/**
 * A folder of `src` is a room. Rooms stand on floors, listed from the lowest up; a room imports only rooms of lower floors.
 * Rooms of one floor know nothing of each other.
 */
const floors = {
  core: [
    ['base'],
    ['budgets'],
    ['model'],
    ['policy', 'secrets', 'search', 'events', 'json-schema'],
    ['storage', 'telemetry'],
    ['audit', 'sessions', 'jobs', 'oauth'],
    ['cluster', 'status'],
    ['runs', 'features'],
    ['tools', 'resources', 'prompts'],
    ['refreshes', 'catalog'],
    ['servers'],
    ['config-files'],
    ['registry'],
    ['ai-sdk'],
  ],
  graphql: [
    ['access', 'client', 'errors', 'persisted'],
    ['context', 'limits'],
    ['schema', 'telemetry'],
    ['execution'],
    ['http'],
    ['use'],
  ],
  toolyard: [
    ['base', 'files', 'output'],
    ['oauth'],
    ['server'],
    ['keys', 'queries', 'settings'],
    ['serve', 'storage'],
    ['command'],
    ['doctor', 'flags', 'imports', 'maintenance'],
    ['views'],
    ['authorization', 'jobs', 'tools'],
    ['pauses'],
    ['cli'],
  ],
}

const own = (name, room) => `^packages/${name}/src/${room}/`

/** For each room: it may import itself and lower floors, and nothing else of its package. */
const roomRules = Object.entries(floors).flatMap(([name, list]) =>
  list.flatMap((rooms, floor) => {
    const below = list.slice(0, floor).flat()
    return rooms.map((room) => ({
      name: `${name}/${room} imports lower floors alone`,
      severity: 'error',
      from: { path: own(name, room), pathNot: '\\.test\\.tsx?$' },
      to: { path: `^packages/${name}/src/`, pathNot: [room, ...below].map((each) => own(name, each)) },
    }))
  }),
)

/** Every folder of a package is a room of the list: a new one has to say on which floor it stands. */
const unlisted = Object.entries(floors).map(([name, list]) => ({
  name: `${name} has no other rooms`,
  severity: 'error',
  from: { path: `^packages/${name}/src/[^/]+/`, pathNot: list.flat().map((room) => own(name, room)) },
  to: {},
}))

const only = (name, path, packages) => ({
  name,
  severity: 'error',
  from: { path: '^packages/[^/]+/src/', pathNot: [path, '\\.test\\.tsx?$'] },
  to: { path: packages },
})

/** What connects with undici. */
const dialling = '^packages/core/src/policy/(connector|dispatcher|proxy-agent|proxy-fetch|tunnels)'

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...roomRules,
    ...unlisted,
    {
      name: "the storage's port knows the model alone",
      severity: 'error',
      from: { path: '^packages/core/src/storage/(storage|cross-tenant|write)\\.ts$' },
      to: {
        path: '^packages/core/src/',
        pathNot: '^packages/core/src/(base|model|storage/(storage|cross-tenant|write)\\.ts$)',
      },
    },
    only(
      'only the sessions of the earlier revisions import the MCP SDK',
      '^packages/core/src/sessions/legacy/',
      'node_modules/@modelcontextprotocol/sdk/',
    ),
    {
      name: 'the MCP SDK is loaded by the first dial that needs it',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: ['^packages/core/src/sessions/legacy/', '\\.test\\.tsx?$'] },
      to: {
        path: '^packages/core/src/sessions/legacy/(handshake|legacy-session|sdk-errors)\\.ts$',
      },
    },
    {
      name: 'undici is loaded by the first connection',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: [`${dialling}\\.ts$`, '\\.test\\.tsx?$'] },
      to: {
        path: ['node_modules/undici/', `${dialling}\\.ts$`],
        dependencyTypesNot: ['type-only', 'dynamic-import'],
      },
    },
    only(
      'only oauth imports the client of the MCP SDK',
      '^packages/core/src/oauth/',
      'node_modules/@modelcontextprotocol/client/',
    ),
    only(
      'only the SQL storages import Kysely and drivers',
      '^packages/(core/src/storage/(sql|sqlite|postgres)|toolyard/src/)',
      'node_modules/(kysely|better-sqlite3|pg)/',
    ),
    {
      name: 'packages import each other by name',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/' },
      to: { path: '^packages/[^/]+/src/', pathNot: '^packages/$1/' },
    },
  ],
  options: {
    doNotFollow: { path: '(node_modules|/dist/)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
}
