// Prints the schema: schema.graphql, introspection.json and possible-types.json for front ends, its types for documents in
// src/client/schema-types.ts, and what toolyard's own clients ask of it in persisted-operations.json; with --check, only
// says whether those files are what would be printed.
import { readFileSync, writeFileSync } from 'node:fs'
import { minifyIntrospection, preprocessIntrospection } from '@gql.tada/internal'
import { schema } from '@toolyard/graphql'
import { introspectionFromSchema, isAbstractType, printSchema } from 'graphql'
import { manifestOf, sourcesIn } from './own-operations.ts'

const full = { oneOf: true, specifiedByUrl: true, inputValueDeprecation: true, schemaDescription: true }

/** Of each interface and union, as caches of clients want it. */
const possibleTypes = Object.fromEntries(
  Object.values(schema.getTypeMap())
    .filter(isAbstractType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
)
const introspection = minifyIntrospection(introspectionFromSchema(schema, { descriptions: false }))
/** In their folders fragments go by names of their own. */
const clients = ['../src/cli/', '../../examples/console/src/'].map((folder) =>
  sourcesIn(new URL(folder, import.meta.url)),
)
const files = [
  { path: 'schema.graphql', printed: `${printSchema(schema)}\n` },
  { path: 'introspection.json', printed: `${JSON.stringify(introspectionFromSchema(schema, full))}\n` },
  { path: 'possible-types.json', printed: `${JSON.stringify(possibleTypes, undefined, 2)}\n` },
  { path: 'persisted-operations.json', printed: `${JSON.stringify(manifestOf(schema, clients), undefined, 2)}\n` },
  {
    path: 'src/client/schema-types.ts',
    printed: `// Printed from the schema by: npm run schema\nexport type SchemaTypes = ${preprocessIntrospection(introspection)}\n`,
  },
]

function check(path: string, stored: string, printed: string): void {
  if (stored === printed) return
  const lines = stored.split('\n')
  const expected = printed.split('\n')
  const at = expected.findIndex((line, index) => line !== lines[index])
  const index = at === -1 ? expected.length : at
  console.error(`packages/graphql/${path} is not what the code prints; run: npm run schema`)
  console.error(`line ${index + 1}\n- ${lines[index] ?? ''}\n+ ${expected[index] ?? ''}`)
  process.exitCode = 1
}

for (const { path, printed } of files) {
  const file = new URL(`../${path}`, import.meta.url)
  if (process.argv.includes('--check')) check(path, readFileSync(file, 'utf8'), printed)
  else writeFileSync(file, printed)
}
