import type { AuthAnswer } from '@toolyard/core'

/** Longest value of each parameter that is read, in characters. Other parameters are ignored. */
const longest = { state: 512, code: 4_096, iss: 2_048, error: 256 } as const

/**
 * Reads the parameters that an authorization server sends back (RFC 6749 section 4.1.2, RFC 9207). Returns undefined if
 * one is too long or comes twice, or the state is missing. `error_description` is not read: it is foreign text.
 */
export function readAnswer(query: string): AuthAnswer | undefined {
  const params = new URLSearchParams(query)
  const valid = Object.entries(longest).every(([name, length]) => {
    const values = params.getAll(name)
    return values.length <= 1 && (values[0] ?? '').length <= length
  })
  const state = params.get('state')
  if (!valid || !state) return undefined
  const value = (name: keyof typeof longest) => params.get(name) ?? undefined
  return { state, code: value('code'), iss: value('iss'), error: value('error') }
}
