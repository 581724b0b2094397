// Prints the schema: schema.graphql, introspection.json and possible-types.json for front ends, and the types of documents
// in src/client/schema-types.ts. With --check, it only compares these files.
import { minifyIntrospection, preprocessIntrospection } from '@gql.tada/internal'
import { schema } from '@toolyard/graphql'
import { introspectionFromSchema, isAbstractType, printSchema } from 'graphql'
import { printOrCheck } from '../../../scripts/print-or-check.ts'

const full = { oneOf: true, specifiedByUrl: true, inputValueDeprecation: true, schemaDescription: true }

/** Object types of each interface and union, as caches of clients need them. */
const possibleTypes = Object.fromEntries(
  Object.values(schema.getTypeMap())
    .filter(isAbstractType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
)
const introspection = minifyIntrospection(introspectionFromSchema(schema, { descriptions: false }))
const files = [
  { path: 'schema.graphql', printed: `${printSchema(schema)}\n` },
  { path: 'introspection.json', printed: `${JSON.stringify(introspectionFromSchema(schema, full))}\n` },
  { path: 'possible-types.json', printed: `${JSON.stringify(possibleTypes, undefined, 2)}\n` },
  {
    path: 'src/client/schema-types.ts',
    printed: `// Printed from the schema by: npm run schema\nexport type SchemaTypes = ${preprocessIntrospection(introspection)}\n`,
  },
]

for (const { path, printed } of files) printOrCheck(`packages/graphql/${path}`, printed)
