/** RFC 6749 section 3.3: a token of printable characters without space, quote and backslash. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/
/** Most scopes that are remembered of a server, and the longest, in characters. */
const maxScopes = 100
const maxLength = 256

/** The scopes in a value that a server sent; what is no scope is left out. */
export function parseScopes(text: string | undefined): readonly string[] {
  if (text === undefined) return []
  const scopes = text
    .slice(0, maxScopes * maxLength)
    .split(' ')
    .filter((each) => each.length <= maxLength && scopeToken.test(each))
  return [...new Set(scopes)].slice(0, maxScopes)
}

export function isScope(value: string): boolean {
  return value.length <= maxLength && scopeToken.test(value)
}

/** Each scope once, in the order in which it first stands. */
export function unionOfScopes(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())]
}

export function scopesBeyond(scopes: readonly string[], granted: readonly string[]): readonly string[] {
  return scopes.filter((scope) => !granted.includes(scope))
}
