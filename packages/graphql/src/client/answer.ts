import { z } from 'zod'

/**
 * Why there is no answer. `code` is that of the first error of a GraphQL answer, `UNREACHABLE` where there was none, and
 * `ABORTED` where the caller's signal ended the request.
 */
export class GraphQLClientError extends Error {
  readonly code: string
  readonly path: readonly (string | number)[]

  constructor(code: string, message: string, options: { cause?: unknown; path?: readonly (string | number)[] } = {}) {
    super(message, { cause: options.cause })
    this.name = 'GraphQLClientError'
    this.code = code
    this.path = options.path ?? []
  }
}

// GraphQL, October 2021, section 7.1: an answer to what was not executed has no `data`.
const answer = z
  .object({
    data: z.unknown().optional(),
    errors: z
      .array(
        z.object({
          message: z.string(),
          path: z.array(z.union([z.string(), z.number()])).optional(),
          extensions: z.object({ code: z.string().optional() }).optional(),
        }),
      )
      .min(1)
      .optional(),
  })
  .refine(({ data, errors }) => data !== undefined || errors !== undefined)

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Told by whoever finds that it is no answer.
    return undefined
  }
}

/** `data` of an answer of GraphQL over HTTP. Throws GraphQLClientError for errors, and for what is no such answer. */
export function parseAnswer(text: string, status: number, url: string): unknown {
  const { success, data: parsed } = answer.safeParse(jsonOf(text))
  if (!success) {
    throw new GraphQLClientError('UNREACHABLE', `${url} is no GraphQL API: it answered ${status} with something else`)
  }
  const [error] = parsed.errors ?? []
  if (!error) return parsed.data
  const { message, path, extensions } = error
  throw new GraphQLClientError(extensions?.code ?? 'GRAPHQL_ERROR', message, { ...(path ? { path } : {}) })
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return String(cause)
  // Of several addresses that were tried, none has a message of its own.
  return cause.message || ('code' in cause ? String(cause.code) : cause.name)
}

export function toUnreachable(error: unknown, url: string, signal: AbortSignal | undefined): GraphQLClientError {
  if (signal?.aborted) return new GraphQLClientError('ABORTED', `The request to ${url} was ended`, { cause: error })
  return new GraphQLClientError('UNREACHABLE', `${url} cannot be reached: ${reasonOf(error)}`, { cause: error })
}
