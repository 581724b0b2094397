import { UsageError } from '../base/command-error.ts'
import { printable } from '../output/printable.ts'
import type { AskedInput } from '../queries/run-documents.ts'
import { readArgs } from '../tools/args-source.ts'
import { isObject } from '../tools/schema.ts'
import { readPairs } from '../tools/tool-args.ts'
import type { InputResponse } from './answer-run.ts'
import { sampledText } from './ask-request.ts'
import { schemaOf } from './input-lines.ts'

/** Flags of `answer` that say what is answered. */
export interface AnswerFlags {
  readonly request?: string
  readonly values?: string
  readonly text?: string
  readonly accept?: boolean
  readonly decline?: boolean
  readonly cancel?: boolean
  readonly responses?: string
}

interface Given {
  readonly flags: AnswerFlags
  readonly pairs: readonly string[]
  readonly stdin: NodeJS.ReadableStream
  readonly signal: AbortSignal
}

type Kind = AskedInput['__typename']

const kinds: Readonly<Record<Kind, string>> = {
  ElicitationFormRequest: 'a form',
  ElicitationUrlRequest: 'a URL',
  SamplingRequest: 'a sampling',
}

function listed(pending: readonly AskedInput[]): string {
  return pending.map(({ key, __typename }) => `${printable(key)} (${kinds[__typename]})`).join(', ')
}

/** The request that is answered: the named one, or the only one of these kinds. Throws UsageError. */
function pick<Name extends Kind>(pending: readonly AskedInput[], key: string | undefined, of: readonly Name[]) {
  type Picked = Extract<AskedInput, { readonly __typename: Name }>
  const fits = (request: AskedInput): request is Picked => of.some((kind) => kind === request.__typename)
  const wanted = of.map((kind) => kinds[kind]).join(' or ')
  if (key !== undefined) {
    const named = pending.find((request) => request.key === key)
    if (!named) throw unknownKey(pending, key)
    if (fits(named)) return named
    throw new UsageError(`--request ${printable(key)} is ${kinds[named.__typename]}; this answers ${wanted}`)
  }
  const [first, ...others] = pending.filter(fits)
  if (!first) throw new UsageError(`the run waits for no answer to ${wanted}; it waits for ${listed(pending)}`)
  if (others.length === 0) return first
  throw new UsageError(`the run waits for several answers; choose one with --request: ${listed(pending)}`)
}

function unknownKey(pending: readonly AskedInput[], key: string): UsageError {
  return new UsageError(
    `the run waits for no answer to "${printable(key.slice(0, 100))}"; it waits for ${listed(pending)}`,
  )
}

const actions = ['ACCEPT', 'DECLINE', 'CANCEL'] as const

/** Reads `{ KEY: { action, content } }`. Throws UsageError. */
function keyed(json: Readonly<Record<string, unknown>>): readonly InputResponse[] {
  const expected = 'expected { KEY: { "action": "ACCEPT", "content": {…} } }, with ACCEPT, DECLINE or CANCEL'
  return Object.entries(json).map(([key, response]) => {
    const { action: named, content, ...others }: Readonly<Record<string, unknown>> = isObject(response) ? response : {}
    const action = actions.find((each) => each === named)
    if (!action || Object.keys(others).length > 0) throw new UsageError(`--responses: ${printable(key)}: ${expected}`)
    if (content === undefined) return { key, action }
    if (isObject(content)) return { key, action, content }
    throw new UsageError(`--responses: ${printable(key)}: ${expected}`)
  })
}

/** Whether the flags and pairs answer anything. Throws UsageError if they say more than one thing. */
export function isAnswer(flags: AnswerFlags, pairs: readonly string[]): boolean {
  const ways = {
    'key=value or --values': pairs.length > 0 || flags.values !== undefined,
    '--text': flags.text !== undefined,
    '--accept': flags.accept === true,
    '--decline': flags.decline === true,
    '--cancel': flags.cancel === true,
    '--responses': flags.responses !== undefined,
  }
  const given = Object.entries(ways).flatMap(([way, isGiven]) => (isGiven ? [way] : []))
  if (given.length > 1) throw new UsageError(`answer: expected one of ${given.join(', ')}`)
  if (flags.request !== undefined && flags.responses !== undefined) {
    throw new UsageError('answer: --responses has its keys itself; expected no --request')
  }
  return given.length === 1
}

/** The responses that the flags and pairs give to what a run waits for. Rejects with UsageError. */
export async function readResponses(
  pending: readonly AskedInput[],
  { flags, pairs, stdin, signal }: Given,
): Promise<readonly InputResponse[]> {
  const { request: key, values, text, accept = false, decline = false, cancel = false, responses } = flags
  if (responses !== undefined) return keyed(await readArgs(responses, stdin, signal, '--responses'))
  if (decline || cancel) {
    const action = decline ? 'DECLINE' : 'CANCEL'
    if (key !== undefined && !pending.some((request) => request.key === key)) throw unknownKey(pending, key)
    return pending
      .filter((request) => key === undefined || request.key === key)
      .map((each) => ({ key: each.key, action }))
  }
  if (text !== undefined) {
    return [{ key: pick(pending, key, ['SamplingRequest']).key, action: 'ACCEPT', content: sampledText(text) }]
  }
  if (accept) {
    const picked = pick(pending, key, ['ElicitationUrlRequest', 'ElicitationFormRequest'])
    const content = picked.__typename === 'ElicitationFormRequest' ? { content: {} } : {}
    return [{ key: picked.key, action: 'ACCEPT', ...content }]
  }
  const form = pick(pending, key, ['ElicitationFormRequest'])
  const content = readPairs(schemaOf(form), pairs, await readArgs(values, stdin, signal, '--values'), 'form')
  return [{ key: form.key, action: 'ACCEPT', content }]
}
