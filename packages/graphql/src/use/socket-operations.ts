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
import { createQuota, type Quota, releaseAtEnd, tooManyAtATime } from '../limits/quota.ts'
import { traceOfMessage } from '../telemetry/trace-context.ts'
import { type Destination, deliver } from './deliver.ts'
import type { TransportDeps } from './graphql-handler.ts'
import type { SocketAccess, SocketConnection } from './socket-access.ts'
import { createSocketExchange, deliverHeld, type SocketExchange } from './socket-exchange.ts'

type Envelope = ReturnType<TransportDeps['yoga']['getEnveloped']>

interface Operation {
  readonly envelope: Envelope
  readonly trace: TraceContext
  readonly exchange: SocketExchange
  readonly destination: Destination
}

/** Longest id of an operation, in characters: each of its messages repeats it. */
const maxIdLength = 200
/** Close code of graphql-transport-ws. */
const badRequest = 4400

/** Takes the operation from the root value, which no resolver reads. */
function operationOf(args: ExecutionArgs): Operation {
  // Only `prepare` sets it.
  return args.rootValue as Operation
}

export function formatted(errors: readonly GraphQLError[]): readonly GraphQLFormattedError[] {
  // graphql-ws wraps an error that ends a stream.
  return errors.map((error) => withoutStatus(error.originalError instanceof GraphQLError ? error.originalError : error))
}

/** Prepares and executes the operations of all sockets, with the schema, limits and masking of a handler. */
export class SocketOperations {
  readonly #deps: TransportDeps
  readonly #access: SocketAccess
  readonly #subscriptionsOfSocket: Quota<object>

  constructor(deps: TransportDeps, access: SocketAccess) {
    this.#deps = deps
    this.#access = access
    this.#subscriptionsOfSocket = createQuota<object>(deps.meter.limits.subscriptionsPerSocket)
  }

  /** Checks the operation of a Subscribe message. Returns its errors, or the arguments to execute it. */
  async prepare(
    connection: SocketConnection,
    id: string,
    params: SubscribePayload,
  ): Promise<readonly GraphQLError[] | ExecutionArgs> {
    const { resolveQuery, yoga } = this.#deps
    const { channel, disconnected } = connection.extra
    const caller = this.#access.callerOf(connection)
    if (!caller) return [unauthenticated()]
    const refusal = this.#refuse(connection, id)
    if (refusal) return [refusal]
    const query = resolveQuery(params)
    if (query instanceof GraphQLError) return [query]
    const trace = traceOfMessage(params.extensions, connection.connectionParams)
    const exchange = createSocketExchange(disconnected)
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
    const { meter, fanOutSubscriptions } = this.#deps
    const { destination } = operationOf(args)
    const release = this.#subscriptionsOfSocket.take(destination.channel)
    if (!release) return { errors: [tooManyAtATime(meter, 'subscriptionsPerSocket')] }
    const results = await fanOutSubscriptions(args)
    if (Symbol.asyncIterator in results) return releaseAtEnd(deliver(results, destination), release)
    release()
    return results
  }

  /** Checks a message before its document is known. */
  #refuse({ extra: { socket, channel, inexactNumber } }: SocketConnection, id: string): GraphQLError | undefined {
    const { meter } = this.#deps
    if (id.length > maxIdLength) {
      const message = `id: expected at most ${maxIdLength} characters, got ${id.length}`
      socket.close(badRequest, message)
      return new GraphQLError(message)
    }
    if (channel.operations > meter.limits.operationsPerSocket) return tooManyAtATime(meter, 'operationsPerSocket')
    return inexactNumber
  }

  /** Parses and validates the document. Returns errors if it is invalid or lacks the operation. */
  #parse(
    { schema, parse, validate }: Envelope,
    text: string,
    operationName: string | null | undefined,
  ): DocumentNode | GraphQLError[] {
    const { meter } = this.#deps
    let document: DocumentNode
    try {
      document = parse(text)
    } catch (error) {
      // A syntax error ends the operation, not the socket.
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
