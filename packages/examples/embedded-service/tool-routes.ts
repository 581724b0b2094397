// Routes of a server's tools and their runs.
import type { JsonObject, McpTool, TenantRegistry } from '@toolyard/core'
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'
import { runFailure, shouldRetryHeader } from './http-errors.ts'
import { everyNode, serverOf, toolOf } from './lookups.ts'
import { bodyOf, type RunHeaders, runHeadersOf } from './request.ts'
import { resultView, toolView } from './views.ts'

// The value comes from JSON.parse, so any object is a JSON object.
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
const args = z.custom<JsonObject>(isObject, 'expected an object').default({})
const runBody = z.strictObject({ args }).default({ args: {} })

/** Tells the client never to retry a run: the call may have taken effect. */
const answeredForGood = createMiddleware(async (c, next) => {
  await next()
  c.res.headers.set(shouldRetryHeader, 'false')
})

/**
 * No answer lets the client retry a run, so a retry means that it got none: the connection was lost, and the first
 * attempt may have reached the tool.
 */
function assertFirstTry({ retryCount, idempotencyKey }: RunHeaders, { annotations }: McpTool): void {
  const isRepeatable = annotations.readOnlyHint === true || annotations.idempotentHint === true
  if (retryCount === 0 || idempotencyKey !== undefined || isRepeatable) return
  throw new HTTPException(409, {
    message:
      'The run was sent before and may have taken effect, so it is not sent again; an Idempotency-Key would get its result',
  })
}

export function toolRoutes(registry: TenantRegistry): Hono {
  const { tools } = registry
  const routes = new Hono({ strict: false })

  routes.get('/:serverId/tools', async (c) => {
    const server = await serverOf(registry, c.req.param('serverId'))
    const filter = { serverId: [server.id] }
    const all = await everyNode((page) => tools.list({ ...page, filter }))
    return c.json(all.map((tool) => toolView(tool, server)))
  })

  routes.get('/:serverId/tools/:toolId', async (c) => {
    const server = await serverOf(registry, c.req.param('serverId'))
    return c.json(toolView(await toolOf(registry, server, c.req.param('toolId')), server))
  })

  routes.post('/:serverId/tools/:toolId/run', answeredForGood, async (c) => {
    const { args } = await bodyOf(c, runBody)
    const headers = runHeadersOf(c)
    const server = await serverOf(registry, c.req.param('serverId'))
    const tool = await toolOf(registry, server, c.req.param('toolId'))
    assertFirstTry(headers, tool)
    const { idempotencyKey, timeoutMs } = headers
    const run = await tools.run({ id: tool.id }, args, {
      timeoutMs,
      // With a key, the client can fetch the result later. Without one, the run is useless once the client has left.
      ...(idempotencyKey === undefined ? { signal: c.req.raw.signal } : { idempotencyKey }),
    })
    if (run.result) return c.json(resultView(run.result))
    // The server answered with an error: the tool failed, not the service.
    if (run.error && run.error.jsonRpcCode !== undefined && run.status === 'FAILED') {
      const { message, stderrTail } = run.error
      return c.json({ status: 'error', func_return: message, stdout: [], stderr: stderrTail })
    }
    throw runFailure(run)
  })

  return routes
}
