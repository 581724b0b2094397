import { isRegistryError } from '../base/errors.ts'
import { type AuthorizationChallenge, authorizationChallenge } from '../model/oauth-challenge.ts'
import type { ForeignRequests } from './foreign-fetch.ts'

/** How a server answers a request without authorization. */
export interface AskedResource {
  /** Undefined: it gave no answer. */
  readonly status: number | undefined
  readonly challenge: AuthorizationChallenge
}

const noChallenge: AuthorizationChallenge = { resourceMetadataUrl: undefined, scope: undefined, error: undefined }

/** A request that every MCP server takes or refuses, and that changes nothing at any. */
const question = {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 'authorization', method: 'ping' }),
}

/** Asks an MCP server what authorization it wants (RFC 9728 section 5.1). Rejects with URL_BLOCKED and LIMIT_EXCEEDED. */
export async function askResource(serverUrl: string, requests: ForeignRequests): Promise<AskedResource> {
  try {
    const { status, challenges } = await requests.head(serverUrl, question)
    const isRefusal = status === 401 || status === 403
    return { status, challenge: isRefusal ? authorizationChallenge(challenges) : noChallenge }
  } catch (error) {
    // Its metadata may be found all the same, and says more than the failure.
    if (isRegistryError(error) && error.retryable) return { status: undefined, challenge: noChallenge }
    throw error
  }
}
