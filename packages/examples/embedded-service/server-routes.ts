// Routes of /v1/mcp-servers/ and of a single server.
import { setTimeout as delay } from 'node:timers/promises'
import type { ServerId, TenantRegistry } from '@toolyard/core'
import { Hono } from 'hono'
import { everyNode, serverOf } from './lookups.ts'
import { agentIdOf, bodyOf } from './request.ts'
import { createBody, toCreateInput, toUpdateInput, updateBody } from './server-bodies.ts'
import { serverView } from './views.ts'

/** Longest wait for a new server's first refresh, in ms. After it, the answer goes out and the refresh continues. */
const firstRefreshMs = 10_000

/** Waits for the refresh that `create` started. Its outcome does not matter: the server is registered either way. */
async function firstRefresh({ refreshes }: TenantRegistry, id: ServerId): Promise<void> {
  const refresh = (await refreshes.latestByServer([id])).get(id)
  if (!refresh) return
  const timer = new AbortController()
  const isOver = delay(firstRefreshMs, undefined, { signal: timer.signal }).catch((error: unknown) => {
    if (!timer.signal.aborted) throw error
  })
  try {
    await Promise.race([refreshes.wait(refresh.id), isOver])
  } finally {
    timer.abort()
  }
}

export function serverRoutes(registry: TenantRegistry): Hono {
  const { servers } = registry
  const routes = new Hono({ strict: false })

  routes.post('/', async (c) => {
    const server = await servers.create(toCreateInput(await bodyOf(c, createBody)))
    await firstRefresh(registry, server.id)
    return c.json(serverView(server))
  })

  routes.get('/', async (c) => c.json((await everyNode((page) => servers.list(page))).map(serverView)))

  routes.get('/:id', async (c) => c.json(serverView(await serverOf(registry, c.req.param('id')))))

  routes.patch('/:id', async (c) => {
    const body = await bodyOf(c, updateBody)
    const current = await serverOf(registry, c.req.param('id'))
    const { server } = await servers.update(current.id, toUpdateInput(body, current))
    return c.json(serverView(server))
  })

  routes.delete('/:id', async (c) => {
    await servers.delete(c.req.param('id'))
    return c.body(null, 204)
  })

  routes.patch('/:id/refresh', async (c) => {
    const { id } = await serverOf(registry, c.req.param('id'))
    const job = await servers.refresh(id, agentIdOf(c))
    const { added, updated, deleted } = await job.result()
    return c.json({
      added: added.map(({ name }) => name),
      updated: updated.map(({ tool }) => tool.name),
      deleted: deleted.map(({ name }) => name),
    })
  })

  return routes
}
