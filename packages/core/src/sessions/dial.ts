import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Implementation } from '@modelcontextprotocol/sdk/types.js'
import { RegistryError } from '../errors.ts'
import type { ResolvedConfig } from '../servers/resolve-config.ts'
import type { McpServerInfo, McpTimeouts } from '../servers/server.ts'
import { startDeadline, unlessAborted } from './deadline.ts'
import { toRegistryError } from './failures.ts'
import { createHttpTransport } from './http-transport.ts'
import { createSdkSession, type SdkConnection, sdkTimeoutMs } from './sdk-session.ts'
import type { McpSession, SessionFacts } from './session.ts'
import { createStdioTransport } from './stdio-transport.ts'

const stderrLinesKept = 100
const terminateMs = 1_000

export interface DialOptions {
  readonly timeouts: McpTimeouts
  readonly signal: AbortSignal
  readonly clientInfo: { readonly name: string; readonly version: string }
  /** Called once the transport is up and `initialize` is about to be sent. */
  readonly onNegotiating: () => void
  /** Gets the end of a failed attempt, which goes on after the rejection; it never rejects. */
  readonly onEnding: (ending: Promise<void>) => void
}

function connection(config: ResolvedConfig): SdkConnection {
  const outputs = new Set<Parameters<McpSession['onOutput']>[0]>()
  const stderrTail: string[] = []
  const shared = { config, outputs, stderrTail }
  if (config.transport === 'stdio') {
    const transport = createStdioTransport(config)
    transport.onstderr = (line) => {
      stderrTail.push(line)
      if (stderrTail.length > stderrLinesKept) stderrTail.shift()
      for (const output of outputs) output({ stream: 'STDERR', text: line })
    }
    return { ...shared, transport, endReason: () => transport.exit, end: () => transport.close() }
  }
  const { transport, terminate } = createHttpTransport(config)
  const end = async () => {
    using deadline = startDeadline(new AbortController().signal, [
      { name: 'the time to end a session', ms: terminateMs },
    ])
    // The session is over either way: a server that cannot be told will find out by itself.
    await unlessAborted(terminate(), deadline.signal).catch(() => undefined)
    await transport.close()
  }
  return { ...shared, transport, endReason: () => undefined, end }
}

function toServerInfo(implementation: Implementation): McpServerInfo {
  const { name, version, title, websiteUrl } = implementation
  return {
    name,
    version,
    ...(title === undefined ? {} : { title }),
    ...(websiteUrl === undefined ? {} : { websiteUrl }),
  }
}

/**
 * Connects and initialises, within `connectMs`. Rejects with CONNECT_FAILED, AUTH_REQUIRED, PROTOCOL_ERROR, TIMEOUT
 * or CANCELED; what it started ends by itself then, and `onEnding` tells when.
 */
export async function dial(config: ResolvedConfig, options: DialOptions): Promise<McpSession> {
  const { timeouts, signal, clientInfo, onNegotiating, onEnding } = options
  using deadline = startDeadline(signal, [{ name: 'connectMs', ms: timeouts.connectMs }])
  const link = connection(config)
  // No sampling, elicitation, roots or tasks: a server must not be told of what nobody here would answer.
  const client = new Client(clientInfo, { capabilities: {} })
  client.onerror = (error) => {
    for (const output of link.outputs) output({ stream: 'PROTOCOL', text: error.message })
  }
  let protocolVersion = ''
  const { transport } = link
  const start = transport.start.bind(transport)
  const setProtocolVersion = transport.setProtocolVersion?.bind(transport)
  transport.start = async () => {
    await start()
    onNegotiating()
  }
  transport.setProtocolVersion = (version) => {
    protocolVersion = version
    setProtocolVersion?.(version)
  }
  try {
    // The deadline is ours alone; the SDK's own time-out must not come first.
    await unlessAborted(client.connect(transport, { signal: deadline.signal, timeout: sdkTimeoutMs }), deadline.signal)
  } catch (error) {
    const failure = dialError(error, link.endReason())
    onEnding(link.end())
    throw failure
  }
  const implementation = client.getServerVersion()
  const facts: SessionFacts = {
    protocolVersion,
    serverInfo: implementation ? toServerInfo(implementation) : { name: '', version: '' },
    instructions: client.getInstructions() ?? null,
    hasTools: client.getServerCapabilities()?.tools !== undefined,
  }
  return createSdkSession(client, link, facts)

  function dialError(error: unknown, exit: string | undefined): RegistryError {
    if (deadline.endedBy?.by === 'deadline') return deadline.endedBy.error
    if (deadline.endedBy) return new RegistryError('CANCELED', 'The connection attempt was cancelled', { cause: error })
    if (exit !== undefined && config.transport === 'stdio') {
      return new RegistryError('CONNECT_FAILED', `"${config.command}" ${exit} before it spoke MCP`, {
        cause: error,
        retryable: true,
        details: { stderrTail: [...link.stderrTail] },
      })
    }
    return toRegistryError(error, config, [...link.stderrTail])
  }
}
