// A Node.js service that embeds the library and serves it as the seed system's REST API: the process around app.ts.
import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { createApp } from './app.ts'
import { parseSettings, type Settings } from './settings.ts'

/** Grace period for runs in flight after a signal, in ms. */
const graceMs = 10_000
/** Time for their answers to reach the clients after that, in ms. */
const flushMs = 1_000

/** Resolves at the first signal that ends the service; later ones have no effect. */
function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve())
  return promise
}

async function main({ port, databasePath }: Settings): Promise<void> {
  const stopped = stopSignal()
  // Listens on loopback only, so callers may register any command and any address. A service for other people
  // restricts both, with `stdio` and `network`, and authenticates its callers.
  await using registry = await createRegistry({
    ...(databasePath === undefined ? {} : { storage: sqliteStorage({ path: databasePath }) }),
    onError: (error) => console.error(error),
  })
  const server = serve({ fetch: createApp(registry).fetch, hostname: '127.0.0.1', port }, (address) =>
    console.log(`embedded-service listening on http://127.0.0.1:${address.port}`),
  )
  await once(server, 'listening')
  await stopped

  // Accepts no new connections. Running requests get their grace period and their answer.
  const closed = once(server, 'close')
  server.close()
  await registry.close({ graceMs })
  // A client that does not read its answer cannot delay the exit.
  const timer = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), flushMs)
  await closed
  clearTimeout(timer)
}

const parsed = parseSettings(process.env)
if (parsed.ok) {
  try {
    await main(parsed.settings)
  } catch (error) {
    // Reports a port in use or a database that cannot be opened in one line.
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
} else {
  console.error(parsed.problem)
  process.exitCode = 2
}
