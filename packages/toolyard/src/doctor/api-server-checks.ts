import type { GraphQLClient } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
import { version } from '../base/version.ts'
import { openFetch, type ProcessFetch } from '../storage/proxy-env.ts'
import { type Check, finding, fine } from './check.ts'

const area = 'SERVER'
/** Time for the answer of a probe, in ms. */
const probeMs = 2_500

const versionQuery = graphql(`query ServerVersion { registryInfo { version stdioAllowed } }`)

async function checkVersion(client: GraphQLClient, subject: string, signal: AbortSignal): Promise<Check> {
  const askedAt = performance.now()
  const { registryInfo } = await client.request(versionQuery, {}, { signal })
  const ms = Math.round(performance.now() - askedAt)
  const stdio = registryInfo.stdioAllowed ? 'stdio servers are allowed' : 'no stdio server is allowed'
  const message = `version ${registryInfo.version}, answered in ${ms} ms; ${stdio}`
  return registryInfo.version === version
    ? fine(area, subject, message)
    : finding('VERSION_DIFFERS', area, subject, `${message}; this program is of version ${version}`)
}

/** The reasons that the server gives for not being ready; older servers give none. */
async function reasonsOf(response: Response): Promise<readonly unknown[]> {
  const body: unknown = await response.json().catch(() => undefined)
  const reasons = typeof body === 'object' && body !== null && 'reasons' in body ? body.reasons : undefined
  return Array.isArray(reasons) ? reasons : []
}

type Ask = ProcessFetch['fetch']

/** Those under way: Node.js forgets the deadline of a request that is collected. */
const probes = new Set<Request>()

async function checkProbe(ask: Ask, base: string, path: '/health' | '/ready', signal: AbortSignal): Promise<Check> {
  const url = `${base}${path}`
  const request = new Request(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(probeMs)]) })
  probes.add(request)
  try {
    const response = await ask(request)
    const reasons = response.status === 503 ? await reasonsOf(response) : []
    if (!response.bodyUsed) await response.body?.cancel()
    if (response.ok) return fine(area, path, `answers ${response.status}`)
    // A handler inside another program has no such page.
    if (response.status === 404) return fine(area, path, 'does not exist, as in a handler inside another program')
    if (path === '/health') return finding('HEALTH_FAILED', area, path, `answers ${response.status}`)
    if (!reasons.includes('API_KEYS')) return finding('NOT_READY', area, path, `answers ${response.status}`)
    return finding('API_KEYS_UNREADABLE', area, path, 'the server cannot read its file of API keys; no key is valid')
  } catch (error) {
    signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    return finding('HEALTH_FAILED', area, path, `${url} did not answer: ${reason}`)
  } finally {
    probes.delete(request)
  }
}

interface Asking {
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

const baseOf = (url: string) => url.replace(/\/graphql$/, '')

/** Checks whether a server that refused the key can accept any. */
export async function checkRefusingServer(url: string, { env, signal }: Asking): Promise<readonly Check[]> {
  await using process = await openFetch(env)
  return [await checkProbe(process.fetch, baseOf(url), '/ready', signal)]
}

/** Checks the server of `--url`; `url` is the address of its API. Rejects with GraphQLClientError. */
export async function checkApiServer(
  client: GraphQLClient,
  url: string,
  { env, signal }: Asking,
): Promise<readonly Check[]> {
  const base = baseOf(url)
  await using process = await openFetch(env)
  return await Promise.all([
    checkVersion(client, url, signal),
    checkProbe(process.fetch, base, '/health', signal),
    checkProbe(process.fetch, base, '/ready', signal),
  ])
}
