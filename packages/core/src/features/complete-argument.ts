import { invalidInput, RegistryError } from '../base/errors.ts'
import { isJsonObject, type JsonObject, kindOf } from '../base/json.ts'
import type { ServerRecord } from '../model/server.ts'
import type { CompletionRef } from '../sessions/session.ts'
import type { ServerRequestOptions, ServerRequests } from './server-requests.ts'

/** Values of one answer (MCP 2025-11-25, completion). */
const maxValues = 100

/** What is to be completed. */
export interface CompleteInput {
  /** Name of the argument of a prompt, or of the variable of a URI template. */
  readonly argument: string
  /** What there is of its value so far. */
  readonly value: string
  /** The values of other arguments, by name. */
  readonly context?: Readonly<Record<string, string>>
}

export interface Completion {
  /** At most 100. */
  readonly values: readonly string[]
  /** The number of all values; null if the server does not know it. */
  readonly total: number | null
  /** Whether there are more values. */
  readonly hasMore: boolean
}

export interface CompletedFeature {
  readonly server: ServerRecord
  readonly ref: CompletionRef
  /** The names that can be completed. */
  readonly names: readonly string[]
}

/** @throws INVALID_INPUT for an argument that is not known, and for values that are no strings */
export async function completeArgument(
  requests: ServerRequests,
  { server, ref, names }: CompletedFeature,
  { argument, value, context = {} }: CompleteInput,
  options: ServerRequestOptions,
): Promise<Completion> {
  if (!names.includes(argument)) {
    const known = names.length === 0 ? 'it has none' : `expected one of ${names.join(', ').slice(0, 500)}`
    throw invalidInput(['argument'], `No argument is named ${JSON.stringify(String(argument).slice(0, 100))}; ${known}`)
  }
  if (typeof value !== 'string') throw invalidInput(['value'], `value: expected a string, got ${kindOf(value)}`)
  for (const [name, other] of Object.entries(context)) {
    if (typeof other !== 'string') {
      throw invalidInput(['context', name], `context.${name}: expected a string, got ${kindOf(other)}`)
    }
  }
  const { result } = await requests.ask(server, options, async (session, request) => {
    if (!session.facts.capabilities.completions) {
      throw invalidInput(['argument'], `The server "${server.name}" offers no completions`)
    }
    return await session.complete({ ref, argument: { name: argument, value }, context }, request)
  })
  return readCompletion(result)
}

function readCompletion({ completion }: JsonObject): Completion {
  if (!isJsonObject(completion) || !Array.isArray(completion.values)) {
    const message = 'The answer to completion/complete: /completion/values: expected a list'
    throw new RegistryError('PROTOCOL_ERROR', message)
  }
  const values = completion.values.filter((each): each is string => typeof each === 'string')
  const { total, hasMore } = completion
  return {
    values: values.slice(0, maxValues),
    total: typeof total === 'number' && Number.isSafeInteger(total) && total >= 0 ? total : null,
    hasMore: hasMore === true || values.length > maxValues,
  }
}
