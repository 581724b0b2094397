// Every caller of this service may start processes, and a local browser would let any page call it.
import { createMiddleware } from 'hono/factory'
import { HTTPException } from 'hono/http-exception'

const loopbackNames: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Rejects requests from pages of other origins, and host names that resolve to this machine (DNS rebinding). */
export const localCallersOnly = createMiddleware(async (c, next) => {
  const { hostname, origin } = new URL(c.req.url)
  if (!loopbackNames.has(hostname)) throw new HTTPException(403, { message: 'host: expected a loopback name' })
  const from = c.req.header('origin')
  if (from !== undefined && from !== origin) {
    throw new HTTPException(403, { message: 'origin: requests of pages of other origins are refused' })
  }
  await next()
})
