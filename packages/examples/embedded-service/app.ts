// Mounts the routes of the seed system's REST API.
import type { Registry } from '@toolyard/core'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { answerError } from './http-errors.ts'
import { localCallersOnly } from './local-callers-only.ts'
import { serverRoutes } from './server-routes.ts'
import { toolRoutes } from './tool-routes.ts'

const maxBodyBytes = 2 * 1024 * 1024

/** Creates the service over a registry. The caller closes the registry. */
export function createApp(registry: Registry): Hono {
  // The client requests `/v1/mcp-servers/` with a trailing slash, and every other path without: non-strict accepts both.
  const app = new Hono({ strict: false })
  app.onError(answerError)
  app.notFound((c) => c.json({ detail: 'Not Found' }, 404))
  app.use(localCallersOnly)
  app.use(
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: () => {
        throw new HTTPException(413, { message: `body: expected at most ${maxBodyBytes} bytes` })
      },
    }),
  )
  app.route('/v1/mcp-servers', serverRoutes(registry))
  app.route('/v1/mcp-servers', toolRoutes(registry))
  return app
}
