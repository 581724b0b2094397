import { context, type Context as TraceContext } from '@opentelemetry/api'
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  getOperationAST,
} from 'graphql'
import type { SubscribePayload } from 'graphql-ws'
import { unauthenticated } from '../access/authenticate.ts'
import { withoutStatus } from '../errors/redact.ts'
import { createSlots, releaseAtEnd, type Slots, tooManyAtATime } from '../limits/subscription-slots.ts'
import { traceOfMessage } from '../telemetry/trace-context.ts'
import { type Destination, deliver } from './deliver.ts'
import type { HandlerParts } from './graphql-handler.ts'
import type { SocketAccess, SocketConnection } from './socket-access.ts'
import { createSocketExchange, deliverHeld, type SocketExchange } from './socket-exchange.ts'

type Envelope = ReturnType<HandlerParts['yoga']['getEnveloped']>

interface Operation {
  readonly envelope: Envelope
  readonly trace: TraceContext
  readonly exchange: SocketExchange
  readonly destination: Destination
}

/** An id comes back with each message of its operation, in characters. */
const maxIdLength = 200
/** Of graphql-transport-ws. */
const badRequest = 4400

/** What goes with the arguments: `prepare` has put it into the root value, which no resolver reads. */
function operationOf(args: ExecutionArgs): Operation {
  // Put there by `prepare` alone.
  return args.rootValue as Operation
}

export function formatted(errors: readonly GraphQLError[]): readonly GraphQLFormattedError[] {
  // One that ends a stream is wrapped on its way here.
  return errors.map((error) => withoutStatus(error.originalError instanceof GraphQLError ? error.originalError : error))
}

/** Prepares and executes the operations of all sockets, with the schema, limits and masking of a handler. */
export class SocketOperations {
  readonly #handler: HandlerParts
  readonly #access: SocketAccess
  readonly #subscriptionsOfSocket: Slots<object>

  constructor(handler: HandlerParts, access: SocketAccess) {
    this.#handler = handler
    this.#access = access
    this.#subscriptionsOfSocket = createSlots<object>(handler.meter.limits.subscriptionsPerSocket)
  }

  /** Checks the operation of a Subscribe message. Answers its errors, or the arguments to execute it with. */
  async prepare(
    connection: SocketConnection,
    id: string,
    params: SubscribePayload,
  ): Promise<readonly GraphQLError[] | ExecutionArgs> {
    const { resolveQuery, yoga } = this.#handler
    const { channel, gone } = connection.extra
    const caller = this.#access.callerOf(connection)
    if (!caller) return [unauthenticated()]
    const refusal = this.#refuse(connection, id)
    if (refusal) return [refusal]
    const query = resolveQuery(params)
    if (query instanceof GraphQLError) return [query]
    const trace = traceOfMessage(params.extensions, connection.connectionParams)
    const exchange = createSocketExchange(gone)
    const envelope = yoga.getEnveloped({ ...connection, caller, trace, exchange, params })
    const document = this.#parse(envelope, query ?? params.query, params.operationName)
    if (Array.isArray(document)) return document
    return {
      schema: envelope.schema,
      operationName: params.operationName ?? null,
      document,
      variableValues: params.variables ?? null,
      contextValue: await envelope.contextFactory(),
      rootValue: { envelope, trace, exchange, destination: { channel, id } } satisfies Operation,
    }
  }

  async execute(args: ExecutionArgs): Promise<ExecutionResult | AsyncIterableIterator<never>> {
    const { envelope, trace, exchange, destination } = operationOf(args)
    const result: ExecutionResult = await context.with(trace, () => envelope.execute(args))
    return exchange.isHeld ? deliverHeld(result, exchange, destination) : result
  }

  async subscribe(args: ExecutionArgs): Promise<ExecutionResult | AsyncIterableIterator<never>> {
    const { meter, fanOutSubscriptions } = this.#handler
    const { destination } = operationOf(args)
    const release = this.#subscriptionsOfSocket.take(destination.channel)
    if (!release) return { errors: [tooManyAtATime(meter, 'subscriptionsPerSocket')] }
    const results = await fanOutSubscriptions(args)
    if (Symbol.asyncIterator in results) return releaseAtEnd(deliver(results, destination), release)
    release()
    return results
  }

  /** Checks what can be checked before the document is known. */
  #refuse({ extra: { socket, channel, inexactNumber } }: SocketConnection, id: string): GraphQLError | undefined {
    const { meter } = this.#handler
    if (id.length > maxIdLength) {
      const message = `id: expected at most ${maxIdLength} characters, got ${id.length}`
      socket.close(badRequest, message)
      return new GraphQLError(message)
    }
    if (channel.operations > meter.limits.operationsPerSocket) return tooManyAtATime(meter, 'operationsPerSocket')
    return inexactNumber
  }

  /** Parses and validates the document. Answers its errors instead if it has any, or lacks the operation. */
  #parse(
    { schema, parse, validate }: Envelope,
    text: string,
    operationName: string | null | undefined,
  ): DocumentNode | GraphQLError[] {
    const { meter } = this.#handler
    let document: DocumentNode
    try {
      document = parse(text)
    } catch (error) {
      // A document that does not parse is the operation's error, not the socket's.
      if (!(error instanceof GraphQLError)) throw error
      meter.countAnswered([error])
      return [error]
    }
    const errors: GraphQLError[] = validate(schema, document)
    meter.countAnswered(errors)
    if (errors.length > 0) return errors
    if (getOperationAST(document, operationName)) return document
    const extensions = { code: 'OPERATION_RESOLUTION_FAILURE' }
    return [new GraphQLError('Could not determine what operation to execute.', { extensions })]
  }
}
