import { fileURLToPath } from 'node:url'
import { jsonClient } from './json-client.ts'
import { cpuOf, startService } from './processes.ts'

const program = fileURLToPath(new URL('../../packages/toolyard/bin/toolyard.js', import.meta.url))

/** `toolyard serve` in a process of its own. */
export interface GraphqlService {
  readonly origin: string
  /** Answers `data`; throws where there are errors. */
  request<Data>(query: string, variables?: object): Promise<Data>
  cpu(): number
  close(): Promise<void>
}

/**
 * `database`: the path of a SQLite file, or the URL of a PostgreSQL database. `key`: an API key to ask with. `env`: further
 * variables of its environment.
 */
export async function startGraphql(
  database: string,
  flags: readonly string[] = [],
  key?: string,
  env: Readonly<Record<string, string>> = {},
): Promise<GraphqlService> {
  const databaseUrl = database.startsWith('postgres') ? database : `sqlite:${database}`
  const service = await startService({
    args: [program, 'serve', '--port', '0', '--database-url', databaseUrl, ...flags],
    env,
    stream: 'stderr',
    ready: /toolyard listening on (http\S+)/,
  })
  const { origin, pathname } = new URL(service.found)
  const client = jsonClient(origin, key === undefined ? {} : { authorization: `Bearer ${key}` })
  return {
    origin,
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
      await client.close()
      await service.stop()
    },
  }
}
