import { type Deadline, startDeadline, unlessAborted } from '../../base/deadline.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json.ts'
import type { SessionFacts } from '../../model/dial-event.ts'
import type { Scrub } from '../../secrets/scrub.ts'
import type { Operation } from '../../telemetry/operation.ts'
import type { ChannelConnection } from '../connection.ts'
import { InputRequired, readInputRequired } from '../input-asked.ts'
import { toolList } from '../list-page.ts'
import type { ServerNotification } from '../pending-requests.ts'
import { missingResource } from '../refused-requests.ts'
import { RpcError } from '../rpc-error.ts'
import { progressOf, scrubServerInfo } from '../scrubbed.ts'
import type { CallOptions, FollowOptions, McpSession, RequestOptions } from '../session.ts'
import { type Answer, type Failure, SessionBase } from '../session-base.ts'
import { SessionErrors } from '../session-errors.ts'
import { ChangeStream } from './change-stream.ts'
import { AnswerCut } from './channel.ts'
import type { DiscoverResult } from './discover-result.ts'
import { createEnvelopes, type EnvelopeContent } from './envelope.ts'
import { headerAnnotation } from './header-params.ts'
import { headerFault, headersOf } from './mirrored-args.ts'
import { readFailure } from './request-failures.ts'
import { completeResult, ttlOf } from './results.ts'
import { headerMismatch, modernVersion } from './revision.ts'

/** Pages that are read for one tool after its headers did not match. */
const maxPages = 1_000
/** Log messages that a run shows; without a level, a server sends none. */
const logLevel = 'info'

/** A channel with what its session needs to know about it. */
export interface ModernConnection extends ChannelConnection {
  readonly clientInfo: { readonly name: string; readonly version: string }
  /** The pause before a subscription is opened anew, in ms. */
  readonly retry: { readonly firstMs: number; readonly maxMs: number }
}

/** Creates a session with a server that was discovered. */
export const createModernSession = (connection: ModernConnection, discovered: DiscoverResult): McpSession =>
  new ModernSession(connection, discovered)

/** A session without a handshake: what it keeps is on this side alone (MCP 2026-07-28). */
class ModernSession extends SessionBase<ModernConnection> {
  readonly facts: SessionFacts
  protected readonly spanFacts = { protocolVersion: modernVersion }
  protected readonly errors: SessionErrors
  readonly #envelope: ReturnType<typeof createEnvelopes>
  readonly #changes: ChangeStream
  readonly #isHttp: boolean

  constructor(connection: ModernConnection, discovered: DiscoverResult) {
    super(connection)
    const { channel, scrub, config } = connection
    this.#isHttp = config.transport !== 'stdio'
    this.#envelope = createEnvelopes(connection)
    this.errors = new SessionErrors(connection, () => channel.end)
    this.facts = factsOf(discovered, scrub)
    this.#changes = new ChangeStream({
      channel,
      envelope: this.#envelope,
      lists: discovered.notifiesOf,
      onChanged: () => this.notifyListChanged(),
      onUpdated: (uri) => this.notifyResource({ kind: 'UPDATED', uri }),
      onEnded: (uri, error) => this.notifyResource({ kind: 'ENDED', uri, error: this.errors.typed(error) }),
      retry: connection.retry,
    })
    channel.onClose = () => {
      this.isDead = true
      this.#changes.end(this.errors.closed())
      this.markClosed(channel.end && this.errors.lost('The connection was lost', undefined, undefined))
    }
    channel.onNotification = (notification) => this.#takeNotification(notification)
    this.#changes.start()
  }

  definitionFault(definition: unknown, definitionText: string): string | undefined {
    // Most have no annotation: to look through the text takes a fraction of a walk.
    if (!this.#isHttp || !definitionText.includes(headerAnnotation) || !isJsonObject(definition)) return undefined
    return headerFault(definition.inputSchema)
  }

  /** The revision has no ping: the server introduces itself again. */
  async ping({ requestMs, signal }: RequestOptions): Promise<void> {
    using deadline = startDeadline(signal, [{ name: 'requestMs', ms: requestMs }])
    await this.observed({ method: 'server/discover' }, deadline, (operation) =>
      this.#request(operation, { params: {} }, deadline),
    )
  }

  /** Joins the one stream of changes. */
  async followResource(uri: string, { requestMs, signal }: FollowOptions): Promise<void> {
    using deadline = startDeadline(signal, [{ name: 'requestMs', ms: requestMs }])
    if (!this.isOpen) throw this.errors.closed()
    try {
      await unlessAborted(this.#changes.follow(uri), deadline.signal)
    } catch (error) {
      this.#changes.unfollow(uri)
      const cut = error instanceof AnswerCut ? error : undefined
      const typed = cut ? this.errors.lost('The connection was lost', cut, cut.cause) : this.errors.typed(error)
      throw missingResource(deadline.error ?? typed, uri)
    }
  }

  async unfollowResource(uri: string): Promise<void> {
    this.#changes.unfollow(uri)
  }

  override close(): Promise<void> {
    this.#changes.end(this.errors.closed())
    return super.close()
  }

  #takeNotification(notification: ServerNotification): void {
    if (notification.method !== 'notifications/message') {
      this.#changes.take(notification)
      return
    }
    const { level, logger, data } = notification.params
    this.reportLog(typeof level === 'string' ? level : 'info', typeof logger === 'string' ? logger : undefined, data)
  }

  async #request(
    operation: Operation,
    content: EnvelopeContent,
    deadline: Deadline,
    onProgress?: CallOptions['onProgress'],
  ): Promise<Answer> {
    const { channel } = this.connection
    const { method, carrier } = operation
    const id = channel.nextId()
    const progressToken = onProgress ? id : undefined
    const envelope = this.#envelope(method, { ...content, carrier, progressToken })
    operation.sentAs(id)
    const { result, bytes, repeated } = await channel.request({
      method,
      id,
      ...envelope,
      signal: deadline.signal,
      onProgress: onProgress && ((params) => onProgress(progressOf(params, this.connection.scrub))),
    })
    const complete = completeResult(method, result, method === 'tools/call' ? this.#inputRequired : undefined)
    return { result: complete, bytes, repeated, ttlMs: ttlOf(result) }
  }

  readonly #inputRequired = (result: JsonObject): never => {
    throw new InputRequired(readInputRequired(result, this.connection))
  }

  protected ask(operation: Operation, params: JsonObject, deadline: Deadline): Promise<Answer> {
    return this.#request(operation, { params }, deadline)
  }

  protected async call(
    operation: Operation,
    name: string,
    args: JsonObject,
    deadline: Deadline,
    { inputSchema, input, onProgress }: CallOptions,
  ): Promise<JsonObject> {
    const ask = (schema: JsonValue | undefined) => {
      const paramHeaders = this.#isHttp ? headersOf(schema, args) : undefined
      const content = { params: { name, arguments: args, ...input.answered }, logLevel, paramHeaders }
      return this.#request(operation, content, deadline, (progress) => {
        deadline.extend()
        onProgress(progress)
      })
    }
    const { result } = await ask(inputSchema).catch(async (error: unknown) => {
      if (!this.#isHttp || !(error instanceof RpcError) || error.code !== headerMismatch) throw error
      return ask(await this.#schemaNow(name, deadline, error))
    })
    return result
  }

  /** The input schema of a tool as the server lists it now; throws `mismatch` if it does not. */
  async #schemaNow(name: string, deadline: Deadline, mismatch: RpcError): Promise<JsonValue | undefined> {
    this.notifyListChanged()
    let cursor: string | undefined
    for (let pages = 0; pages < maxPages; pages += 1) {
      const page = await this.listWithin(toolList, cursor, deadline)
      const found = page.entries.find((tool) => isJsonObject(tool) && tool.name === name)
      if (isJsonObject(found)) return found.inputSchema
      cursor = page.nextCursor
      if (cursor === undefined) break
    }
    throw mismatch
  }

  protected failureOf(error: unknown, deadline: Deadline): Failure {
    const { readsSecrets } = this.connection
    const { failure, endsSession } = readFailure(error, {
      deadline,
      errors: this.errors,
      isDead: this.isDead,
      readsSecrets,
    })
    if (endsSession) this.markClosed()
    return failure
  }
}

function factsOf({ serverInfo, instructions, capabilities }: DiscoverResult, scrub: Scrub): SessionFacts {
  return {
    era: 'MODERN',
    protocolVersion: modernVersion,
    serverInfo: scrubServerInfo(serverInfo, scrub),
    instructions: instructions === null ? null : scrub(instructions),
    capabilities,
  }
}
