// A Node service that embeds the library and serves it in the seed system's REST API: the process around app.ts.
import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { createApp } from './app.ts'
import { parseSettings, type Settings } from './settings.ts'

/** How long runs in flight may take to end once a signal has come. */
const graceMs = 10_000
/** How long their answers may take to reach the clients after that. */
const flushMs = 1_000

/** The first of the signals that end a service; those after it change nothing. */
function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve())
  return promise
}

async function main({ port, databasePath }: Settings): Promise<void> {
  const stopped = stopSignal()
  // It listens on a loopback address alone, so whoever reaches it may register any command and any address. A service
  // that others reach says which, in `stdio` and `network`, and asks who they are.
  await using registry = await createRegistry({
    ...(databasePath === undefined ? {} : { storage: sqliteStorage({ path: databasePath }) }),
    onError: (error) => console.error(error),
  })
  const server = serve({ fetch: createApp(registry).fetch, hostname: '127.0.0.1', port }, (address) =>
    console.log(`embedded-service listening on http://127.0.0.1:${address.port}`),
  )
  await once(server, 'listening')
  await stopped

  // No new connections; what runs gets its time, and its answer.
  const closed = once(server, 'close')
  server.close()
  await registry.close({ graceMs })
  // A client that does not read its answer holds nobody up.
  const timer = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), flushMs)
  await closed
  clearTimeout(timer)
}

const parsed = parseSettings(process.env)
if (parsed.ok) {
  try {
    await main(parsed.settings)
  } catch (error) {
    // A port that is taken, a database that cannot be opened: one line says so.
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
} else {
  console.error(parsed.problem)
  process.exitCode = 2
}
