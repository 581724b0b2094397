import { isRecord, listOf, numberOf, stringsOf, textOf } from '../schema-form/schema.ts'

export interface SamplingMessage {
  readonly role: string
  /** The text; undefined for any other content. */
  readonly text: string | undefined
  /** The content as the server sent it. */
  readonly content: unknown
}

/** What is shown of `CreateMessageRequestParams`, which are foreign (MCP, sampling). */
export interface SamplingParams {
  readonly messages: readonly SamplingMessage[]
  /** How many messages are left out. */
  readonly moreMessages: number
  readonly systemPrompt: string | undefined
  readonly maxTokens: number | undefined
  /** Names of models that the server would like, the best first. */
  readonly models: readonly string[]
  /** Members beside those above, such as tools. */
  readonly rest: Readonly<Record<string, unknown>>
}

/** Most messages and models that are shown. */
const maxMessages = 100
const maxModels = 10

function messagesOf(given: unknown): readonly SamplingMessage[] {
  if (!isRecord(given)) return [{ role: 'unknown', text: undefined, content: given }]
  const role = textOf(given.role)?.slice(0, 40) ?? 'unknown'
  // A message may have several contents (revision 2025-11-25).
  const contents = Array.isArray(given.content) ? listOf(given.content) : [given.content]
  return contents.map((content) => {
    const isText = isRecord(content) && content.type === 'text' && typeof content.text === 'string'
    return { role, text: isText ? String(content.text) : undefined, content }
  })
}

export function samplingParams(params: Readonly<Record<string, unknown>>): SamplingParams {
  const { messages, systemPrompt, maxTokens, modelPreferences, ...rest } = params
  const all = listOf(messages).slice(0, maxMessages).flatMap(messagesOf)
  const hints = isRecord(modelPreferences) ? listOf(modelPreferences.hints) : []
  return {
    messages: all.slice(0, maxMessages),
    moreMessages: Math.max(listOf(messages).length - maxMessages, 0) + Math.max(all.length - maxMessages, 0),
    systemPrompt: textOf(systemPrompt),
    maxTokens: numberOf(maxTokens),
    models: stringsOf(hints.map((hint) => (isRecord(hint) ? hint.name : undefined))).slice(0, maxModels),
    rest,
  }
}

/** The `CreateMessageResult` of a person or a model that answers with a text. */
export const sampledText = (text: string, model: string) => ({
  role: 'assistant',
  content: { type: 'text', text },
  model,
})
