import { RegistryError } from '../base/errors.ts'
import { isJsonObject, type JsonValue, jsonHead, kindOf } from '../base/json.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { completeArgument } from '../features/complete-argument.ts'
import { createFeatureQueries } from '../features/feature-queries.ts'
import { findFeature, getFeature, toFeatureRef } from '../features/find-feature.ts'
import type { ServerRequests } from '../features/server-requests.ts'
import { createRemarksRoom, type RemarksRoom, toBlock } from '../runs/content.ts'
import type { SessionAnswer } from '../sessions/session.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { McpPromptMessage, PromptFilter, PromptsApi, RenderedPrompt } from './api.ts'
import { checkPromptArguments } from './prompt-arguments.ts'
import { toMcpPrompt } from './prompt-view.ts'

export interface PromptsDeps {
  readonly storage: TenantStorage
  readonly requests: ServerRequests
  readonly meter: BudgetMeter
}

const maxMessages = 10_000
/** Characters of JSON that annotations and `_meta` of all messages may take. */
const maxRemarks = 1024 * 1024

const promptKind = { kind: 'PROMPT', idKind: 'prompt', noun: 'prompt' } as const
const emptyFilter: PromptFilter = {}

function broken(reason: string): RegistryError {
  return new RegistryError('PROTOCOL_ERROR', `The answer to prompts/get: ${reason}`)
}

function toMessage(raw: JsonValue, index: number, room: RemarksRoom): McpPromptMessage {
  const at = `/messages/${index}`
  if (!isJsonObject(raw)) throw broken(`${at}: expected an object, got ${kindOf(raw)}`)
  const { role = null, content = null } = raw
  if (role !== 'user' && role !== 'assistant') {
    throw broken(`${at}/role: expected "user" or "assistant", got ${jsonHead(role, 100)}`)
  }
  return { role, content: toBlock(content, room) }
}

/** @throws PROTOCOL_ERROR */
function readPrompt({ result }: SessionAnswer): RenderedPrompt {
  const { description, messages, _meta } = result
  if (!Array.isArray(messages)) throw broken(`/messages: expected a list, got ${kindOf(messages)}`)
  if (messages.length > maxMessages) throw broken(`/messages: expected at most ${maxMessages}, got ${messages.length}`)
  const room = createRemarksRoom(maxRemarks)
  return {
    description: typeof description === 'string' ? description : null,
    messages: messages.map((raw: JsonValue, index) => toMessage(raw, index, room)),
    meta: isJsonObject(_meta) && room.takes(_meta) ? _meta : null,
  }
}

/** The prompts of a tenant. */
export function createPrompts({ storage, requests, meter }: PromptsDeps): PromptsApi {
  return {
    ...createFeatureQueries(storage, {
      ...promptKind,
      name: 'prompts',
      toFilter: (filter) => filter,
      emptyFilter,
      toView: toMcpPrompt,
    }),
    async get(ref) {
      const found = await findFeature(storage, toFeatureRef(ref, 'prompt', 'prompt'), promptKind)
      return found && toMcpPrompt(found.record)
    },
    async render(ref, input = {}, options = {}) {
      const { record, server } = await getFeature(storage, toFeatureRef(ref, 'prompt', 'prompt'), promptKind)
      const { name, arguments: known = [] } = record.definition
      const args = checkPromptArguments(known, input, meter)
      const audited = { action: 'PROMPT_RENDERED', targetId: record.id, targetName: name } as const
      return await requests.audited(audited, options, () =>
        requests.ask(server, options, async (session, request) =>
          readPrompt(await session.getPrompt(name, args, request)),
        ),
      )
    },
    async complete(ref, input, options = {}) {
      const { record, server } = await getFeature(storage, toFeatureRef(ref, 'prompt', 'prompt'), promptKind)
      const { name, arguments: known = [] } = record.definition
      const names = known.map((each) => each.name)
      return await completeArgument(requests, { server, names, ref: { type: 'ref/prompt', name } }, input, options)
    },
  }
}
