import { once } from 'node:events'
import { createServer } from 'node:http'
import pg from 'pg'
import { postgresStorage } from '../../packages/core/src/storage/postgres.ts'
import { type PostgresServer, startPostgresServer } from './postgres-server.ts'

/** The PostgreSQL that all test files of a run share, each with databases of its own. */
export interface SharedPostgres {
  readonly url: string
  /** A database that is migrated, from which others are copied. */
  readonly template: string
}

/** Set for the workers: answers a request with a `SharedPostgres` as JSON, or with the reason for its absence. */
export const sharedPostgresVariable = 'TOOLYARD_TEST_SHARED_POSTGRES'

const template = `toolyard_test_template_${process.pid}`

async function withAdmin(url: string, work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  await work(admin).finally(() => admin.end())
}

async function start(): Promise<PostgresServer> {
  const server = await startPostgresServer()
  await withAdmin(server.url, (admin) => admin.query(`create database ${template}`))
  const connectionString = Object.assign(new URL(server.url), { pathname: `/${template}` }).href
  await (await postgresStorage({ connectionString }).open()).close()
  return server
}

async function stop(server: PostgresServer): Promise<void> {
  if (server.restart === undefined)
    await withAdmin(server.url, (admin) => admin.query(`drop database if exists ${template} with (force)`))
  await server.stop()
}

/** Serves one PostgreSQL to the workers, which starts when the first file asks for it. */
export default async function sharePostgres(): Promise<() => Promise<void>> {
  // Another project of the run shares its own already.
  if (process.env[sharedPostgresVariable] !== undefined) return async () => undefined
  let started: Promise<PostgresServer> | undefined
  const broker = createServer((_, response) => {
    started ??= start()
    started.then(
      ({ url }) => response.end(JSON.stringify({ url, template } satisfies SharedPostgres)),
      (error: unknown) => response.writeHead(503).end(error instanceof Error ? error.message : String(error)),
    )
  }).listen(0, '127.0.0.1')
  await once(broker, 'listening')
  const address = broker.address()
  if (address === null || typeof address === 'string') throw new TypeError('The server listens on no port')
  process.env[sharedPostgresVariable] = `http://127.0.0.1:${address.port}`
  return async () => {
    broker.close()
    delete process.env[sharedPostgresVariable]
    const server = await started?.catch(() => undefined)
    if (server) await stop(server)
  }
}
