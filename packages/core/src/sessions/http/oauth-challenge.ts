/** Longest value that is read, in characters. */
const maxLength = 4_096
const maxScopes = 50
const maxScopeLength = 200
/**
 * A parameter (RFC 9110 section 11.2), or a quoted string alone, so that none is searched for inside of one. A string that is
 * not closed goes to the end: to search it for another one would take time in proportion to the square of its length.
 */
const parameterPattern = /(?:(?<![\w-])([\w-]+)[ \t]*=[ \t]*)?"((?:[^"\\]|\\.)*)"?|(?<![\w-])([\w-]+)=([^\s,"=]+)/g
/** RFC 6749 section 3.3. */
const scopePattern = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** What a server that wants OAuth says of it. */
export interface OAuthChallenge {
  /** The scopes that it asks for; empty if it names none. */
  readonly scopes: readonly string[]
}

/** The parameters of a `WWW-Authenticate` value by name; the first of equal names counts. */
function parametersOf(challenge: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const [, quotedName, quoted, name = quotedName, token] of challenge.matchAll(parameterPattern)) {
    const key = name?.toLowerCase()
    const value = token ?? quoted?.replace(/\\(.)/g, '$1')
    if (key !== undefined && value !== undefined && !parameters.has(key)) parameters.set(key, value)
  }
  return parameters
}

/**
 * The challenge that names the metadata of a protected resource (RFC 9728 section 5.1) among the values of
 * `WWW-Authenticate`; undefined if none does.
 */
export function oauthChallengeOf(challenges: readonly string[]): OAuthChallenge | undefined {
  for (const challenge of challenges) {
    const parameters = parametersOf(challenge.slice(0, maxLength))
    if (parameters.has('resource_metadata')) return { scopes: scopesOf(parameters.get('scope')) }
  }
  return undefined
}

/** The scopes of the first challenge that names some. */
export function scopesAskedFor(challenges: readonly string[]): readonly string[] {
  const lists = challenges.map((challenge) => scopesOf(parametersOf(challenge.slice(0, maxLength)).get('scope')))
  return lists.find((scopes) => scopes.length > 0) ?? []
}

function scopesOf(text = ''): readonly string[] {
  const scopes = text.split(' ').filter((scope) => scope.length <= maxScopeLength && scopePattern.test(scope))
  return [...new Set(scopes)].slice(0, maxScopes)
}
