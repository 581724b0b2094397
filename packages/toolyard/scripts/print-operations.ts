// Prints persisted-operations.json: what the command line and the console ask of the API. With --check, only says whether
// the file is what would be printed.
import { schema } from '@toolyard/graphql'
import { printOrCheck } from '../../../scripts/print-or-check.ts'
import { manifestOf, sourcesIn } from './own-operations.ts'

// Fragments have names of their own in each client.
const clients = ['../src/', '../console/src/'].map((folder) => sourcesIn(new URL(folder, import.meta.url)))
const manifest = manifestOf(schema, clients)
printOrCheck('packages/toolyard/persisted-operations.json', `${JSON.stringify(manifest, undefined, 2)}\n`)
