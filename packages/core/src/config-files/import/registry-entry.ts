import type { Dispatcher } from 'undici'
import { registryErrorIn } from '../../base/causes.ts'
import { startDeadline, unlessAborted } from '../../base/deadline.ts'
import { RegistryError } from '../../base/errors.ts'

/** Time for the registry to answer, in ms. */
const timeoutMs = 15_000
/** Largest answer of the registry, in bytes. */
const maxBytes = 1024 * 1024

const path = ['source', 'registry']

function failed(message: string, cause?: unknown): RegistryError {
  return new RegistryError('CONNECT_FAILED', message, { path, cause, retryable: true })
}

async function readBody(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    // Without an encoding the stream yields buffers.
    const bytes = chunk as Buffer
    size += bytes.length
    if (size > maxBytes) {
      const message = `The registry answered more than ${maxBytes} bytes for one server`
      throw new RegistryError('LIMIT_EXCEEDED', message, { path })
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * Reads one version of a server from a registry: `GET /v0.1/servers/{serverName}/versions/{version}` of the MCP registry API
 * (2025-12-01).
 *
 * @throws NOT_FOUND, CONNECT_FAILED, URL_BLOCKED, LIMIT_EXCEEDED, TIMEOUT, CANCELED
 */
export async function readRegistryEntry(
  { name, version, baseUrl }: { readonly name: string; readonly version: string; readonly baseUrl: string },
  dispatcher: () => Promise<Dispatcher>,
  signal: AbortSignal,
): Promise<string> {
  const base = baseUrl.replace(/\/+$/, '')
  const url = `${base}/v0.1/servers/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}`
  using deadline = startDeadline(signal, [{ name: "the registry's time to answer", ms: timeoutMs }])
  const { host } = new URL(base)
  try {
    // Loaded when it is used, as its dispatcher is.
    const { request } = await import('undici')
    const asked = request(url, {
      dispatcher: await dispatcher(),
      signal: deadline.signal,
      headers: { accept: 'application/json', 'accept-encoding': 'identity' },
    })
    const { statusCode, body } = await unlessAborted(asked, deadline.signal)
    if (statusCode === 200) return await unlessAborted(readBody(body), deadline.signal)
    await body.dump({ limit: maxBytes })
    if (statusCode !== 404) throw failed(`The registry at ${host} answered HTTP ${statusCode}, expected 200`)
    const message = 'The registry has no server of this name and version'
    throw new RegistryError('NOT_FOUND', message, { path: [...path, 'name'] })
  } catch (error) {
    if (deadline.error) throw deadline.error
    const known = registryErrorIn(error)
    if (known) throw known.path ? known : new RegistryError(known.code, known.message, { path: [...path, 'baseUrl'] })
    throw failed(`Could not reach the registry at ${host}`, error)
  }
}
