import { invalidInput, RegistryError } from '../base/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { ElicitationAction, InputAnswer, InputRequest } from '../model/input-request.ts'
import type { InputPause } from '../model/pause.ts'
import type { InputAnswered } from '../sessions/session.ts'
import type { InputResponse } from './api.ts'
import type { ArgumentChecker } from './arguments.ts'
import { checkArgs } from './check-args.ts'
import type { PausedInput } from './paused-call.ts'

const actions: readonly ElicitationAction[] = ['ACCEPT', 'DECLINE', 'CANCEL']

/** `CreateMessageResult` (MCP 2025-11-25 and 2026-07-28), as far as a server relies on it. */
const samplingResult: JsonObject = {
  type: 'object',
  properties: {
    role: { enum: ['assistant', 'user'] },
    content: { type: ['object', 'array'] },
    model: { type: 'string' },
    stopReason: { type: 'string' },
  },
  required: ['role', 'content', 'model'],
}

/** Longest list of responses: more cannot be asked for at a time. */
const maxShown = 100

/** Fills in the members that the form has a default for (SEP-1034). */
function withDefaults({ properties }: JsonObject, content: JsonObject): JsonObject {
  if (!isJsonObject(properties)) return content
  const missing = Object.entries(properties).flatMap(([name, property]): [string, JsonValue][] => {
    if (Object.hasOwn(content, name) || !isJsonObject(property)) return []
    return property.default === undefined ? [] : [[name, property.default]]
  })
  return missing.length === 0 ? content : Object.fromEntries([...Object.entries(content), ...missing])
}

/** Checks answers to what a run waits for. */
export interface AnswerChecks {
  /**
   * The answers by their keys, with defaults.
   *
   * @throws INVALID_INPUT for a key that does not wait, an action that does not fit, or content where none belongs
   * @throws TOOL_ARGS_INVALID for content that does not fit what was asked for
   */
  check(pause: InputPause, responses: readonly InputResponse[]): Readonly<Record<string, InputAnswer>>
  /** @throws INVALID_INPUT for answers that are together longer than args may be */
  assertSize(input: Pick<PausedInput, 'answers'>): void
}

export function createAnswerChecks(checker: Pick<ArgumentChecker, 'checkValue'>, meter: BudgetMeter): AnswerChecks {
  function contentOf(request: InputRequest, given: unknown, path: readonly string[]): JsonObject | undefined {
    if (request.kind === 'URL') {
      if (given === undefined || given === null) return undefined
      throw invalidInput(path, 'content: expected none, as the request is about a URL to open')
    }
    if (given === undefined || given === null)
      throw invalidInput(path, 'content: expected an object with ACCEPT, got none')
    const content = checkArgs(given, meter, path)
    const schema = request.kind === 'FORM' ? request.requestedSchema : samplingResult
    const filled = request.kind === 'FORM' ? withDefaults(schema, content) : content
    const { issues, hasMoreIssues } = checker.checkValue(schema, filled)
    if (issues.length === 0) return filled
    const faults = issues.map((issue) => `${issue.pointer || '/'}: ${issue.message}`).join('; ')
    throw new RegistryError(
      'TOOL_ARGS_INVALID',
      `The answer to ${JSON.stringify(request.key)} does not fit: ${faults}`,
      {
        path,
        details: { issues, ...(hasMoreIssues ? { hasMoreIssues } : {}) },
      },
    )
  }

  function check({ requests, answered }: InputPause, responses: readonly InputResponse[]) {
    if (!Array.isArray(responses) || responses.length === 0 || responses.length > maxShown) {
      throw invalidInput(['responses'], `responses: expected a list of 1 to ${maxShown}, got another value`)
    }
    const open = new Map(requests.filter(({ key }) => !answered.includes(key)).map((request) => [request.key, request]))
    const waiting = [...open.keys()].map((key) => JSON.stringify(key)).join(', ')
    const answers = responses.map(({ key, action, content }, index): [string, InputAnswer] => {
      const path = ['responses', String(index)]
      const request = open.get(key)
      if (!request) {
        throw invalidInput([...path, 'key'], `key: expected one of those that wait (${waiting}), got another one`)
      }
      open.delete(key)
      if (!actions.includes(action)) {
        throw invalidInput([...path, 'action'], 'action: expected ACCEPT, DECLINE or CANCEL, got another value')
      }
      const at = [...path, 'content']
      if (action === 'ACCEPT') {
        const given = contentOf(request, content, at)
        return [key, given ? { action, content: given } : { action }]
      }
      if (content === undefined || content === null) return [key, { action }]
      throw invalidInput(at, `content: expected none with ${action}`)
    })
    return Object.fromEntries(answers)
  }

  function assertSize({ answers }: Pick<PausedInput, 'answers'>): void {
    const got = Buffer.byteLength(JSON.stringify(answers))
    if (got <= meter.budgets.argsBytes) return
    throw meter.exceeded('argsBytes', { what: 'responses', got, code: 'INVALID_INPUT', path: ['responses'] })
  }

  return { check, assertSize }
}

/**
 * Whether the answers end the run: the server has refused the call until all is accepted, or there is no way to tell it that
 * a sampling was declined (MCP 2026-07-28, `InputResponses` are results).
 */
export function endsRun({ requests, resume }: InputPause, { answers }: PausedInput): boolean {
  if (resume.kind === 'REPLY') return false
  return requests.some(({ kind, key }) => {
    const isAccepted = answers[key]?.action === 'ACCEPT'
    return !isAccepted && (resume.kind === 'REPEAT' || kind === 'SAMPLING')
  })
}

/** What the next call tells the server (MCP 2026-07-28, multi round-trip requests). */
export function answeredInput(
  requests: readonly InputRequest[],
  { answers, requestState }: Pick<PausedInput, 'answers' | 'requestState'>,
): InputAnswered {
  const responses = requests.map(({ kind, key }): [string, JsonObject] => {
    const { action, content } = answers[key] ?? { action: 'CANCEL' }
    if (kind === 'SAMPLING') return [key, content ?? {}]
    return [key, { action: action.toLowerCase(), ...(content ? { content } : {}) }]
  })
  return {
    ...(responses.length === 0 ? {} : { inputResponses: Object.fromEntries(responses) }),
    ...(requestState === undefined ? {} : { requestState }),
  }
}
