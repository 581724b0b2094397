// Prints the schema to packages/graphql/schema.graphql; with --check, only says whether that file is what would be printed.
import { readFileSync, writeFileSync } from 'node:fs'
import { schema } from '@toolyard/graphql'
import { printSchema } from 'graphql'

const file = new URL('../schema.graphql', import.meta.url)
const printed = `${printSchema(schema)}\n`
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== printed) {
    console.error('packages/graphql/schema.graphql is not what the code prints; run: npm run schema')
    process.exitCode = 1
  }
} else {
  writeFileSync(file, printed)
}
