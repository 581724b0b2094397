// Prints the schema to packages/graphql/schema.graphql; with --check, only says whether that file is what would be printed.
import { readFileSync, writeFileSync } from 'node:fs'
import { schema } from '@toolyard/graphql'
import { printSchema } from 'graphql'

const file = new URL('../schema.graphql', import.meta.url)
const printed = `${printSchema(schema)}\n`
if (process.argv.includes('--check')) {
  const stored = readFileSync(file, 'utf8')
  if (stored !== printed) {
    const lines = stored.split('\n')
    const expected = printed.split('\n')
    const at = expected.findIndex((line, index) => line !== lines[index])
    const index = at === -1 ? expected.length : at
    console.error('packages/graphql/schema.graphql is not what the code prints; run: npm run schema')
    console.error(`line ${index + 1}\n- ${lines[index] ?? ''}\n+ ${expected[index] ?? ''}`)
    process.exitCode = 1
  }
} else {
  writeFileSync(file, printed)
}
