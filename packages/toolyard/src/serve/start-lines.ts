import { nameOfDatabase } from '../settings/database.ts'
import type { Settings } from '../settings/settings.ts'

type Shown = Pick<Settings, 'console' | 'onlyPersisted' | 'database' | 'secretKey' | 'apiKeysPath'>

function databaseLine({ database, secretKey }: Shown): string {
  const name = nameOfDatabase(database)
  if (database.kind === 'POSTGRES') return name
  if (database.path === ':memory:') return `${name}, which ends with this process`
  return secretKey ? name : `${name}, and the key of its secrets in ${database.path}.key`
}

/** Lines for the terminal of a server that listens at `url`: console, GraphiQL, database, access. */
export function startLines(settings: Shown, url: string): readonly string[] {
  const { console: isServed, onlyPersisted, apiKeysPath } = settings
  const page = new URL('/', url).href
  return [
    `console    ${isServed ? page : 'off, by TOOLYARD_CONSOLE or --console'}`,
    `GraphiQL   ${onlyPersisted ? 'off, as only persisted operations are executed' : `${url}, in a browser`}`,
    `database   ${databaseLine(settings)}`,
    `access     ${apiKeysPath === undefined ? 'this machine only, without a key' : `callers with an API key of ${apiKeysPath}`}`,
  ]
}
