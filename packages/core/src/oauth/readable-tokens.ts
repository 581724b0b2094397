import type { ForeignFetch } from './foreign-fetch.ts'

/** Optional members of a token answer (RFC 6749 section 5.1), and whether the SDK can read a value. */
const isReadable: Readonly<Record<string, (value: unknown) => boolean>> = {
  expires_in: (value) => (typeof value === 'number' || typeof value === 'string') && Number.isFinite(Number(value)),
  refresh_token: (value) => typeof value === 'string' && value !== '',
  scope: (value) => typeof value === 'string',
  id_token: (value) => typeof value === 'string',
}

/**
 * A fetch whose token answers lack the optional members that cannot be read, such as an `expires_in` in words: the SDK
 * would reject the answer as a whole, and the tokens in it would be lost.
 */
export function readableTokens(fetch: ForeignFetch): ForeignFetch {
  return async (url, init) => {
    const response = await fetch(url, init)
    if (!response.ok) return response
    const answer = parsed(await response.clone().text())
    if (answer === undefined) return response
    const members = Object.entries(answer).filter(([name, value]) => isReadable[name]?.(value) ?? true)
    return Response.json(Object.fromEntries(members), { status: response.status, headers: response.headers })
  }
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    // The SDK says what is wrong with it.
    return undefined
  }
}
