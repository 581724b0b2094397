import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import {
  ElicitationCompleteNotificationSchema,
  LoggingMessageNotificationSchema,
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { type Deadline, startDeadline } from '../../base/deadline.ts'
import type { JsonObject } from '../../base/json.ts'
import type { SessionFacts } from '../../model/dial-event.ts'
import type { Operation } from '../../telemetry/operation.ts'
import type { TransportConnection } from '../connection.ts'
import { deliveryOf } from '../failures.ts'
import { AuthorizationError } from '../http/http-errors.ts'
import { StreamCut } from '../http/stream-cut.ts'
import { InputRequired, readRequiredUrls } from '../input-asked.ts'
import type { RequestId } from '../json-rpc.ts'
import { urlElicitationRequired } from '../messages.ts'
import { RpcError } from '../rpc-error.ts'
import { progressOf } from '../scrubbed.ts'
import type { CallOptions, FollowOptions, McpSession, RequestOptions } from '../session.ts'
import { type Answer, type Failure, SessionBase, type SpanFacts } from '../session-base.ts'
import { SessionErrors } from '../session-errors.ts'
import { CallsInFlight } from './calls-in-flight.ts'
import { isSessionInDoubt, saysSessionIsUnknown } from './forgotten-session.ts'
import { LegacyRequests } from './legacy-requests.ts'
import { ResourceSubscriptions } from './resource-subscriptions.ts'

/** Longest time-out of a timer, in ms: the SDK's default of 60 s must not come before our own deadlines. */
export const sdkTimeoutMs = 2 ** 31 - 1

/** Number of visits that a session may wait for. */
const maxUnvisited = 1_000

const listChangedSchemas = [
  ToolListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  PromptListChangedNotificationSchema,
]

/** Creates a session over a client of the SDK that has been initialised. */
export const createLegacySession = (client: Client, connection: TransportConnection, facts: SessionFacts): McpSession =>
  new LegacySession(client, connection, facts)

/** A session that began with a handshake. The client of the SDK takes the notifications of its server. */
class LegacySession extends SessionBase<TransportConnection> {
  readonly facts: SessionFacts
  protected readonly spanFacts: SpanFacts
  protected readonly errors: SessionErrors
  readonly #requests: LegacyRequests
  readonly #calls: CallsInFlight
  readonly #subscriptions: ResourceSubscriptions
  /** Ids of what has to be visited before calls are taken again. */
  readonly #unvisited = new Set<string>()
  #scrubbedId: string | undefined

  constructor(client: Client, connection: TransportConnection, facts: SessionFacts) {
    super(connection)
    const { transport, scrub } = connection
    this.facts = facts
    this.#requests = new LegacyRequests(transport)
    this.#calls = new CallsInFlight(connection)
    transport.onrequest = (ask) => this.#calls.answer(ask)
    this.errors = new SessionErrors(connection, () => transport.end)
    this.spanFacts = {
      protocolVersion: facts.protocolVersion,
      sessionId: () => {
        this.#scrubbedId ??= transport.mcpSessionId && scrub(transport.mcpSessionId)
        return this.#scrubbedId
      },
    }
    client.onclose = () => {
      this.isDead = true
      this.markClosed(transport.end && this.errors.lost('The connection was lost', undefined, undefined))
      this.#requests.close()
    }
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params: { level, logger, data } }) =>
      this.reportLog(level, logger, data),
    )
    client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params: { elicitationId } }) =>
      this.#takeVisited(elicitationId),
    )
    const onUpdated = (uri: string) => this.notifyResource({ kind: 'UPDATED', uri })
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params: { uri } }) => onUpdated(uri))
    this.#subscriptions = new ResourceSubscriptions({
      transport,
      request: (method, uri, options) => this.answer({ method, params: { uri }, uri }, options),
      onUpdated,
      onDeaf: () => this.markClosed(this.errors.lost('The stream of notifications ended', undefined, undefined)),
    })
    for (const schema of listChangedSchemas) client.setNotificationHandler(schema, () => this.notifyListChanged())
  }

  protected ask(operation: Operation, params: JsonObject, deadline: Deadline): Promise<Answer> {
    return this.#requests.request({ operation, params, deadline })
  }

  definitionFault(): undefined {
    // No args are mirrored into headers in this era.
  }

  followResource(uri: string, options: FollowOptions): Promise<void> {
    return this.#subscriptions.follow(uri, options)
  }

  unfollowResource(uri: string, options: FollowOptions): Promise<void> {
    return this.#subscriptions.unfollow(uri, options)
  }

  async ping({ requestMs, signal }: RequestOptions): Promise<void> {
    using deadline = startDeadline(signal, [{ name: 'requestMs', ms: requestMs }])
    await this.observed({ method: 'ping' }, deadline, (operation) => this.ask(operation, {}, deadline))
  }

  protected async call(
    operation: Operation,
    name: string,
    args: JsonObject,
    deadline: Deadline,
    { input, onProgress }: CallOptions,
  ): Promise<JsonObject> {
    let sentAs: RequestId | undefined
    try {
      const { result } = await this.#requests.request({
        operation,
        params: { name, arguments: args },
        deadline,
        onSend: (id) => {
          sentAs = id
          this.#calls.add(id, input, deadline)
        },
        onProgress: (params) => {
          deadline.extend()
          onProgress(progressOf(params, this.connection.scrub))
        },
      })
      return result
    } catch (error) {
      throw this.#asInputRequired(error)
    } finally {
      if (sentAs !== undefined) this.#calls.delete(sentAs)
    }
  }

  /** A refusal until a person has been somewhere (MCP 2025-11-25, URLElicitationRequiredError) asks for that. */
  #asInputRequired(error: unknown): unknown {
    if (!(error instanceof RpcError) || error.code !== urlElicitationRequired) return error
    if (this.connection.inputPolicy !== 'PAUSE') return error
    const asked = readRequiredUrls(error.data, this.connection)
    if (!asked) return error
    for (const request of asked.requests) {
      if ('elicitationId' in request && this.#unvisited.size < maxUnvisited) this.#unvisited.add(request.elicitationId)
    }
    return new InputRequired(asked)
  }

  #takeVisited(elicitationId: string): void {
    this.#calls.complete(elicitationId)
    if (this.#unvisited.delete(elicitationId)) this.notifyVisited(elicitationId)
  }

  protected failureOf(error: unknown, deadline: Deadline): Failure {
    if (deadline.error)
      return { kind: deadline.error.code === 'TIMEOUT' ? 'TIMED_OUT' : 'CANCELED', error: deadline.error }
    const { transport, readsSecrets } = this.connection
    const isUnread = error instanceof RpcError && saysSessionIsUnknown(error)
    const delivery = isUnread ? 'NOT_SENT' : deliveryOf(error)
    // The session is not at fault, and outlives its tokens.
    if (error instanceof AuthorizationError && !this.isDead && delivery !== 'UNKNOWN') {
      return { kind: delivery, error: this.errors.typed(error) }
    }
    if (delivery === 'NOT_SENT') {
      // The server will not take any further request of this session.
      this.markClosed()
      return { kind: 'NOT_SENT', error: this.errors.typed(error) }
    }
    const cut = error instanceof StreamCut ? error : undefined
    if (this.isDead || cut) {
      const what = 'The connection was lost after the request had been sent'
      return { kind: 'LOST', error: this.errors.lost(what, error, cut?.cause) }
    }
    const typed = this.errors.typed(error)
    if (isSessionInDoubt(error, transport)) this.markClosed()
    // Secrets that are read at the next dial may be the ones that the server asks for.
    if (typed.details.httpStatus === 401 && readsSecrets) this.markClosed()
    if (typed.code === 'TIMEOUT') return { kind: 'TIMED_OUT', error: typed }
    return { kind: delivery === 'REFUSED' ? 'REFUSED' : 'LOST', error: typed }
  }
}
