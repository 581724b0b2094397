import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { McpError } from '@modelcontextprotocol/sdk/types.js'
import { unlessAborted } from '../base/deadline.ts'
import { isJsonObject } from '../base/json.ts'
import type { SessionFacts } from '../model/dial-event.ts'
import type { Scrub } from '../secrets/scrub.ts'
import type { Operation } from '../telemetry/operation.ts'
import type { SdkConnection } from './connection.ts'
import { HttpStatusError } from './http/http-errors.ts'
import { versionsOf } from './modern/discover-result.ts'
import { createSdkSession, sdkTimeoutMs } from './sdk-session.ts'
import type { McpSession } from './session.ts'
import { scrubServerInfo } from './session-base.ts'
import type { SessionTransport } from './transport.ts'

export interface HandshakeOptions {
  readonly clientInfo: { readonly name: string; readonly version: string }
  readonly signal: AbortSignal
  /** Called once the transport is up and `initialize` is about to be sent. */
  readonly onNegotiating: () => void
  readonly onFault: (error: Error) => void
}

/** Begins a session by `initialize` (MCP 2025-11-25, lifecycle). After a rejection the transport is closed. */
export async function initializeSession(
  connection: SdkConnection,
  initializing: Operation,
  { clientInfo, signal, onNegotiating, onFault }: HandshakeOptions,
): Promise<McpSession> {
  const { transport, sender, scrub } = connection
  // No sampling, elicitation, roots or tasks: this client would not answer such requests.
  const client = new Client(clientInfo, { capabilities: {} })
  client.onerror = onFault
  const negotiated = watchNegotiation(transport, onNegotiating)
  // Only our own deadline counts; the SDK's must not come first.
  const options = { signal, timeout: sdkTimeoutMs }
  await unlessAborted(
    sender.during(initializing, () => client.connect(transport, options)),
    signal,
  )
  return createSdkSession(client, connection, factsOf(client, negotiated.protocolVersion, scrub))
}

/** Whether a server answered `initialize` with a refusal: it may be of another era now. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof McpError) return true
  if (!(error instanceof HttpStatusError)) return false
  const { status } = error.details
  return status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status)
}

/** The versions that a server named as it refused `initialize`, which a modern one should (MCP 2026-07-28, versioning). */
export function namedVersions(error: unknown): readonly string[] | undefined {
  const data = error instanceof HttpStatusError ? error.details.rpcError?.data : undefined
  const given = error instanceof McpError ? error.data : data
  return isJsonObject(given) ? versionsOf(given.supported) : undefined
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
      prompts: capabilities.prompts !== undefined,
      completions: capabilities.completions !== undefined,
    },
  }
}
