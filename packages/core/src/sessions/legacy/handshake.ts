import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { jsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/types.js'
import { unlessAborted } from '../../base/deadline.ts'
import type { RegistryError } from '../../base/errors.ts'
import type { SessionFacts } from '../../model/dial-event.ts'
import { inputCapabilities } from '../../model/input-request.ts'
import type { Scrub } from '../../secrets/scrub.ts'
import type { Operation } from '../../telemetry/operation.ts'
import type { TransportConnection } from '../connection.ts'
import { RpcError } from '../rpc-error.ts'
import { scrubServerInfo } from '../scrubbed.ts'
import type { McpSession } from '../session.ts'
import type { SessionTransport } from '../transport.ts'
import { createLegacySession, sdkTimeoutMs } from './legacy-session.ts'
import { createRequestSender } from './request-sender.ts'
import { fromSdk } from './sdk-errors.ts'

/** The client is asked for no list, whose schemas it would check; by itself, it makes a validator anew for each session. */
const noValidator: jsonSchemaValidator = {
  getValidator() {
    throw new TypeError('The session checks what its server answers; the client of the SDK is not asked for it')
  },
}

export interface HandshakeOptions {
  readonly clientInfo: { readonly name: string; readonly version: string }
  readonly signal: AbortSignal
  /** Called once the transport is up and `initialize` is about to be sent. */
  readonly onNegotiating: () => void
  readonly onFault: (error: Error) => void
  /** Types and scrubs what the handshake failed with, for its span. */
  readonly typed: (error: unknown) => RegistryError
}

/** Begins a session by `initialize` (MCP 2025-11-25, lifecycle). After a rejection the transport is closed. */
export async function initializeSession(
  connection: TransportConnection,
  options: HandshakeOptions,
): Promise<McpSession> {
  const initializing = connection.observe({ method: 'initialize' })
  const { transport, scrub } = connection
  const sessionId = () => transport.mcpSessionId && scrub(transport.mcpSessionId)
  try {
    const session = await initializing.within(() => shakeHands(connection, initializing, options))
    initializing.end({ protocolVersion: session.facts.protocolVersion, sessionId })
    return session
  } catch (error) {
    initializing.end({ protocolVersion: undefined, sessionId, error: options.typed(error) })
    throw error
  }
}

async function shakeHands(
  connection: TransportConnection,
  initializing: Operation,
  { clientInfo, signal, onNegotiating, onFault }: HandshakeOptions,
): Promise<McpSession> {
  const { transport, scrub } = connection
  const sender = createRequestSender(transport)
  // Only what a run can have answered; roots and tasks never. The session answers such requests, not the SDK's client.
  const capabilities = inputCapabilities(connection.inputPolicy)
  const client = new Client(clientInfo, { capabilities, jsonSchemaValidator: noValidator })
  client.onerror = onFault
  const negotiated = watchNegotiation(transport, onNegotiating)
  // Only our own deadline counts; the SDK's must not come first.
  const options = { signal, timeout: sdkTimeoutMs }
  const connecting = sender.during(initializing, () => client.connect(transport, options))
  try {
    await unlessAborted(connecting, signal)
  } catch (cause) {
    const error = fromSdk(cause)
    // A connection that ended is no answer, though the SDK makes one of it.
    throw transport.end && error instanceof RpcError ? new Error('The connection ended before the answer') : error
  }
  const facts = factsOf(client, negotiated.protocolVersion, scrub)
  return createLegacySession(client, connection, facts)
}

/** Has the transport report that it is up, and keep the version that the SDK negotiates on it. */
function watchNegotiation(transport: SessionTransport, onUp: () => void): { protocolVersion: string } {
  const negotiated = { protocolVersion: '' }
  const start = transport.start.bind(transport)
  const setProtocolVersion = transport.setProtocolVersion?.bind(transport)
  transport.start = async () => {
    await start()
    onUp()
  }
  transport.setProtocolVersion = (version) => {
    negotiated.protocolVersion = version
    setProtocolVersion?.(version)
  }
  return negotiated
}

/** Scrubbed, because facts of a server are stored and shown to all who may see it. */
function factsOf(client: Client, protocolVersion: string, scrub: Scrub): SessionFacts {
  const instructions = client.getInstructions()
  const implementation = client.getServerVersion()
  const capabilities = client.getServerCapabilities() ?? {}
  return {
    era: 'LEGACY',
    protocolVersion,
    serverInfo: implementation ? scrubServerInfo(implementation, scrub) : { name: '', version: '' },
    instructions: instructions === undefined ? null : scrub(instructions),
    capabilities: {
      tools: capabilities.tools !== undefined,
      resources: capabilities.resources !== undefined,
      resourceUpdates: capabilities.resources?.subscribe === true,
      prompts: capabilities.prompts !== undefined,
      completions: capabilities.completions !== undefined,
    },
  }
}
