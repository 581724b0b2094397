import type { Place } from './source-places.ts'

/** What a run spends its time on, from the client to the server and back. */
export const layers = [
  'HTTP with the client',
  'GraphQL',
  'the run and its checks',
  'storage',
  'the session with the server',
  'garbage collection',
  'Node.js itself',
] as const
export type Layer = (typeof layers)[number]

/** The first prefix that a file begins with decides. */
const prefixes: readonly (readonly [string, Layer])[] = [
  ['node:_http', 'HTTP with the client'],
  ['node:internal/http', 'HTTP with the client'],
  ['packages/graphql/src/use/', 'HTTP with the client'],
  ['packages/graphql/src/http/', 'HTTP with the client'],
  ['packages/toolyard/src/', 'HTTP with the client'],
  ['packages/graphql/', 'GraphQL'],
  ['node_modules/graphql/', 'GraphQL'],
  ['node_modules/@graphql', 'GraphQL'],
  ['node_modules/@pothos', 'GraphQL'],
  ['node_modules/dataloader/', 'GraphQL'],
  ['node_modules/@whatwg-node', 'GraphQL'],
  ['packages/core/src/storage/', 'storage'],
  ['packages/core/dist/storage/', 'storage'],
  ['node_modules/better-sqlite3/', 'storage'],
  ['node_modules/kysely/', 'storage'],
  ['packages/core/src/sessions/', 'the session with the server'],
  ['packages/core/dist/sessions/', 'the session with the server'],
  ['node_modules/undici/', 'the session with the server'],
  ['node_modules/@modelcontextprotocol/', 'the session with the server'],
  ['packages/core/', 'the run and its checks'],
]

/** The layer of a function by itself; undefined for what works for its callers, such as `node:net` and V8's own functions. */
export function layerOf(functionName: string, place: Place | undefined): Layer | undefined {
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (!place) return undefined
  return prefixes.find(([prefix]) => place.file.startsWith(prefix))?.[1]
}
