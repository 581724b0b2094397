// The boundary: parses input, which the rest of the service trusts.
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, place: string): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  // Zod's messages name members and types, but never values, which may be tokens.
  const faults = error.issues.map(({ path, message }) => `${[place, ...path].join('.')}: ${message}`)
  throw new HTTPException(422, { message: faults.join('; '), cause: error })
}

/** Parses the body by `schema`; a missing body is undefined. Throws 422. */
export async function bodyOf<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  const text = await c.req.text()
  let value: unknown
  try {
    value = text === '' ? undefined : JSON.parse(text)
  } catch (cause) {
    // A SyntaxError's message would quote the text.
    throw new HTTPException(422, { message: 'body: expected JSON', cause })
  }
  return parse(schema, value, 'body')
}

const agentQuery = z.object({ agent_id: z.string().min(1).optional() })

export function agentIdOf(c: Context): { readonly agentId?: string } {
  const { agent_id: agentId } = parse(agentQuery, c.req.query(), 'query')
  return agentId === undefined ? {} : { agentId }
}

const count = z.coerce.number().int().min(0)
const clientHeaders = z.object({
  'idempotency-key': z.string().min(1).max(255).optional(),
  /** Set by the client: the number of earlier attempts at this request. */
  'x-stainless-retry-count': count.default(0),
  /** Set by the client if its caller set a timeout: the timeout in seconds. */
  'x-stainless-timeout': count.optional(),
})

export interface RunHeaders {
  readonly idempotencyKey: string | undefined
  readonly retryCount: number
  /** Time to answer before the client gives up, in ms. */
  readonly timeoutMs: number
}

/** The client's default timeout, in ms. */
const clientTimeoutMs = 60_000

export function runHeadersOf(c: Context): RunHeaders {
  const headers = parse(clientHeaders, c.req.header(), 'header')
  // The client rounds down, so 0 means less than a second.
  const waitsMs = headers['x-stainless-timeout'] === 0 ? 500 : (headers['x-stainless-timeout'] ?? 0) * 1_000
  return {
    idempotencyKey: headers['idempotency-key'],
    retryCount: headers['x-stainless-retry-count'],
    timeoutMs: Math.floor((waitsMs || clientTimeoutMs) * 0.9),
  }
}
