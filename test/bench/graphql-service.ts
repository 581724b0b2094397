import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Inspector, inspectProcess } from './inspect.ts'
import { jsonClient } from './json-client.ts'
import { cpuOf, startService } from './processes.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const program = 'packages/toolyard/bin/toolyard.js'

/** `toolyard serve` in a process of its own. */
export interface GraphqlService {
  readonly origin: string
  /** Answers `data`; throws where there are errors. */
  request<Data>(query: string, variables?: object): Promise<Data>
  cpu(): number
  /** If it is profiled. */
  readonly inspector: Inspector | undefined
  close(): Promise<void>
}

export interface GraphqlServiceOptions {
  readonly flags?: readonly string[]
  /** An API key to ask with. */
  readonly key?: string | undefined
  readonly isProfiled?: boolean
  /** Folder of another checkout whose program is started instead; it is built. */
  readonly checkout?: string | undefined
  /** Further variables of its environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** `database`: the path of a SQLite file, or the URL of a PostgreSQL database. */
export async function startGraphql(
  database: string,
  { flags = [], key, isProfiled = false, checkout = root, env = {} }: GraphqlServiceOptions = {},
): Promise<GraphqlService> {
  const databaseUrl = database.startsWith('postgres') ? database : `sqlite:${database}`
  const service = await startService({
    isInspected: isProfiled,
    args: [join(checkout, program), 'serve', '--port', '0', '--database-url', databaseUrl, ...flags],
    env,
    stream: 'stderr',
    ready: /toolyard listening on (http\S+)/,
  })
  const { origin, pathname } = new URL(service.found)
  const inspector = service.inspectorUrl === undefined ? undefined : await inspectProcess(service.inspectorUrl)
  const client = jsonClient(origin, key === undefined ? {} : { authorization: `Bearer ${key}` })
  return {
    origin,
    inspector,
    async request<Data>(query: string, variables: object = {}) {
      const answer = await client.post(pathname, { query, variables })
      if (typeof answer === 'object' && answer !== null && 'data' in answer && !('errors' in answer)) {
        // The query says what its data looks like, and a caller compares what it reads of it.
        return answer.data as Data
      }
      throw new Error(`The GraphQL server answered ${JSON.stringify(answer).slice(0, 500)}`)
    },
    cpu: () => cpuOf(service.pid),
    async close() {
      inspector?.close()
      await client.close()
      await service.stop()
    },
  }
}
