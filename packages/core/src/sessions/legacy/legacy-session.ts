import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import {
  LoggingMessageNotificationSchema,
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
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
import { RpcError } from '../rpc-error.ts'
import type { CallOptions, McpSession, RequestOptions } from '../session.ts'
import { type Answer, type Failure, progressOf, SessionBase, type SpanFacts } from '../session-base.ts'
import { SessionErrors } from '../session-errors.ts'
import { isSessionInDoubt, saysSessionIsUnknown } from './forgotten-session.ts'
import { LegacyRequests } from './legacy-requests.ts'

/** Longest time-out of a timer, in ms: the SDK's default of 60 s must not come before our own deadlines. */
export const sdkTimeoutMs = 2 ** 31 - 1

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
  #scrubbedId: string | undefined

  constructor(client: Client, connection: TransportConnection, facts: SessionFacts) {
    super(connection)
    const { transport, scrub } = connection
    this.facts = facts
    this.#requests = new LegacyRequests(transport)
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
    for (const schema of listChangedSchemas) client.setNotificationHandler(schema, () => this.notifyListChanged())
  }

  protected ask(operation: Operation, params: JsonObject, deadline: Deadline): Promise<Answer> {
    return this.#requests.request({ operation, params, deadline })
  }

  definitionFault(): undefined {
    // No args are mirrored into headers in this era.
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
    { onProgress }: CallOptions,
  ): Promise<JsonObject> {
    const { result } = await this.#requests.request({
      operation,
      params: { name, arguments: args },
      deadline,
      onProgress: (params) => {
        deadline.extend()
        onProgress(progressOf(params, this.connection.scrub))
      },
    })
    return result
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
