// The border: what comes in is parsed here, and trusted from here on.
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, place: string): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  // Zod's messages name members and types, never values: a value may be a token.
  const faults = error.issues.map(({ path, message }) => `${[place, ...path].join('.')}: ${message}`)
  throw new HTTPException(422, { message: faults.join('; '), cause: error })
}

/** The body as `schema` has it; no body is undefined. Throws 422. */
export async function bodyOf<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  const text = await c.req.text()
  let value: unknown
  try {
    value = text === '' ? undefined : JSON.parse(text)
  } catch (cause) {
    // The message of a SyntaxError quotes the text.
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
  /** The client's own: how often it has sent this request before. */
  'x-stainless-retry-count': count.default(0),
  /** The client's own: after how many seconds it gives up. It says so where the caller set it. */
  'x-stainless-timeout': count.optional(),
})

export interface RunHeaders {
  readonly idempotencyKey: string | undefined
  readonly retryCount: number
  /** When to answer, so that the client still listens, in ms. */
  readonly timeoutMs: number
}

/** What the client waits for unless told. */
const clientTimeoutMs = 60_000

export function runHeadersOf(c: Context): RunHeaders {
  const headers = parse(clientHeaders, c.req.header(), 'header')
  // It rounds down, so that 0 stands for less than a second.
  const waitsMs = headers['x-stainless-timeout'] === 0 ? 500 : (headers['x-stainless-timeout'] ?? 0) * 1_000
  return {
    idempotencyKey: headers['idempotency-key'],
    retryCount: headers['x-stainless-retry-count'],
    timeoutMs: Math.floor((waitsMs || clientTimeoutMs) * 0.9),
  }
}
