// Who reaches this service may start processes, and a browser on this machine would let any page reach it.
import { createMiddleware } from 'hono/factory'
import { HTTPException } from 'hono/http-exception'

const loopbackNames: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Refuses what a page of another origin sends, and a name that only pretends to be another machine's (DNS rebinding). */
export const localCallersOnly = createMiddleware(async (c, next) => {
  const { hostname, origin } = new URL(c.req.url)
  if (!loopbackNames.has(hostname)) throw new HTTPException(403, { message: 'host: expected a loopback name' })
  const from = c.req.header('origin')
  if (from !== undefined && from !== origin) {
    throw new HTTPException(403, { message: 'origin: requests of pages of other origins are refused' })
  }
  await next()
})
