import { isRegistryError, RegistryError } from '../base/errors.ts'
import { isJsonObject, isLongerJson, type JsonObject, type JsonValue, kindOf } from '../base/json.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import {
  declaresElicitation,
  declaresSampling,
  type InputRequest,
  type McpInputPolicy,
} from '../model/input-request.ts'
import type { Scrub } from '../secrets/scrub.ts'
import type { InputAsked } from './session.ts'

/** Longest key of a request, in characters: callers repeat it. */
const maxKeyLength = 256
/** Longest address, in characters. */
const maxUrlLength = 8_192

/** What is known where a request for input comes in. */
export interface InputBorder {
  readonly meter: BudgetMeter
  readonly scrub: Scrub
  readonly inputPolicy: McpInputPolicy
}

/** A server asks for something before it does what was called. */
export class InputRequired extends Error {
  readonly asked: InputAsked
  constructor(asked: InputAsked) {
    super('The server asks for input')
    this.asked = asked
  }
}

/** A server asks for what no caller may be asked for. */
export class Unanswerable extends Error {
  readonly reason: RegistryError
  constructor(reason: RegistryError) {
    super(reason.message)
    this.reason = reason
  }
}

/** @throws Unanswerable in place of a RegistryError */
function answerable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw isRegistryError(error) ? new Unanswerable(error) : error
  }
}

const protocolError = (message: string) => new RegistryError('PROTOCOL_ERROR', `The server asks for input: ${message}`)

/** Whether the server was told that it may send requests of this method. */
export function isDeclared(method: string, policy: McpInputPolicy): boolean {
  if (method === 'elicitation/create') return declaresElicitation(policy)
  return method === 'sampling/createMessage' && declaresSampling(policy)
}

function textAt(params: JsonObject, name: string, at: string): string {
  const value = params[name]
  if (typeof value === 'string') return value
  throw protocolError(`${at}/${name}: expected a string, got ${kindOf(value ?? null)}`)
}

/** Replaces the texts of a value, and the names of its members, by what `change` makes of them. */
function mapTexts(value: JsonValue, change: (text: string) => string): JsonValue {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change))
  if (!isJsonObject(value)) return value
  return mapMembers(value, change)
}

function mapMembers(object: JsonObject, change: (text: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [change(name), mapTexts(value, change)]))
}

/** The address, if a person may be sent there. */
function urlOf(params: JsonObject, at: string, scrub: Scrub): string {
  const given = textAt(params, 'url', at)
  const url = given.length <= maxUrlLength ? URL.parse(given) : null
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '' || url.password !== '') {
    throw protocolError(
      `${at}/url: expected an http or https URL of at most ${maxUrlLength} characters, got another text`,
    )
  }
  // It is shown to every caller that may see the run.
  if (scrub(given) !== given) throw protocolError(`${at}/url: it holds a secret of the server's configuration`)
  return url.href
}

function schemaOf({ requestedSchema: schema }: JsonObject, at: string, { meter, scrub }: InputBorder): JsonObject {
  if (!isJsonObject(schema)) {
    throw protocolError(`${at}/requestedSchema: expected an object, got ${kindOf(schema ?? null)}`)
  }
  if (isLongerJson(schema, meter.budgets.inputSchemaBytes)) {
    throw meter.exceeded('inputSchemaBytes', { what: 'The requestedSchema of a request for input' })
  }
  return scrub.hasSecrets ? mapMembers(schema, scrub) : schema
}

function elicitationOf(key: string, params: JsonObject, at: string, border: InputBorder): InputRequest {
  const message = border.scrub(textAt(params, 'message', at))
  const mode = params.mode ?? 'form'
  if (mode === 'form') return { kind: 'FORM', key, message, requestedSchema: schemaOf(params, at, border) }
  if (mode !== 'url') throw protocolError(`${at}/mode: expected form or url, got another value`)
  const { elicitationId: id } = params
  const url = urlOf(params, at, border.scrub)
  return {
    kind: 'URL',
    key,
    message,
    url,
    ...(typeof id === 'string' && id.length <= maxKeyLength ? { elicitationId: id } : {}),
  }
}

/**
 * Reads a request of a server for input.
 *
 * @throws PROTOCOL_ERROR, LIMIT_EXCEEDED
 */
export function readInputRequest(
  key: string,
  method: string,
  given: JsonValue | undefined,
  border: InputBorder,
): InputRequest {
  const { inputPolicy, scrub } = border
  if (!isDeclared(method, inputPolicy)) {
    throw protocolError(`it was not told that it may send ${scrub(method)} (inputPolicy ${inputPolicy})`)
  }
  const at = '/params'
  const params = isJsonObject(given) ? given : {}
  assertBytes(params, border)
  if (method === 'elicitation/create') return elicitationOf(key, params, at, border)
  if (!Array.isArray(params.messages))
    throw protocolError(`${at}/messages: expected a list, got ${kindOf(params.messages ?? null)}`)
  return { kind: 'SAMPLING', key, params: scrub.hasSecrets ? mapMembers(params, scrub) : params }
}

function assertBytes(asked: JsonObject, { meter }: InputBorder): void {
  if (!isLongerJson(asked, meter.budgets.inputBytes)) return
  throw meter.exceeded('inputBytes', { what: 'What a server asks for at a time' })
}

function assertCount(count: number, { meter }: InputBorder): void {
  if (count <= meter.budgets.inputRequests) return
  throw meter.exceeded('inputRequests', { what: 'Requests for input at a time', got: count })
}

/**
 * Reads an answer that asks (MCP 2026-07-28, `InputRequiredResult`).
 *
 * @throws Unanswerable
 */
export function readInputRequired(result: JsonObject, border: InputBorder): InputAsked {
  return answerable(() => inputRequiredOf(result, border))
}

function inputRequiredOf({ inputRequests, requestState }: JsonObject, border: InputBorder): InputAsked {
  const { meter } = border
  const given = inputRequests ?? {}
  if (!isJsonObject(given)) throw protocolError(`/inputRequests: expected an object, got ${kindOf(given)}`)
  const entries = Object.entries(given)
  assertCount(entries.length, border)
  assertBytes(given, border)
  if (requestState !== undefined && typeof requestState !== 'string') {
    throw protocolError(`/requestState: expected a string, got ${kindOf(requestState)}`)
  }
  if (requestState !== undefined && Buffer.byteLength(requestState) > meter.budgets.inputStateBytes) {
    throw meter.exceeded('inputStateBytes', { what: 'The requestState of an answer that asks for input' })
  }
  if (entries.length === 0 && requestState === undefined) {
    throw protocolError('expected inputRequests or requestState, got neither')
  }
  const requests = entries.map(([key, request]) => {
    if (key.length > maxKeyLength)
      throw protocolError(`/inputRequests: expected keys of at most ${maxKeyLength} characters`)
    const { method, params } = isJsonObject(request) ? request : {}
    if (typeof method !== 'string') throw protocolError(`/inputRequests/${key}/method: expected a string`)
    return readInputRequest(key, method, params, border)
  })
  return { requests, requestState, resume: 'RETRY' }
}

/**
 * Reads the addresses that a server wants opened before it takes a call (MCP 2025-11-25, URLElicitationRequiredError).
 * Undefined if the error does not say which.
 *
 * @throws Unanswerable
 */
export function readRequiredUrls(data: JsonValue | undefined, border: InputBorder): InputAsked | undefined {
  return answerable(() => requiredUrlsOf(data, border))
}

function requiredUrlsOf(data: JsonValue | undefined, border: InputBorder): InputAsked | undefined {
  const given = isJsonObject(data) ? data.elicitations : undefined
  if (!Array.isArray(given) || given.length === 0) return undefined
  assertCount(given.length, border)
  const requests = given.map((params, index) =>
    readInputRequest(
      String(index + 1),
      'elicitation/create',
      { mode: 'url', ...(isJsonObject(params) ? params : {}) },
      border,
    ),
  )
  if (requests.some(({ kind }) => kind !== 'URL'))
    throw protocolError('/data/elicitations: expected the mode url, got another one')
  return { requests, requestState: undefined, resume: 'REPEAT' }
}
