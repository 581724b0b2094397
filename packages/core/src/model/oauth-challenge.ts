/** One challenge of a `WWW-Authenticate` header (RFC 9110 section 11.6.1), with its scheme in lower case. */
export interface Challenge {
  readonly scheme: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Longest header value that is read, in characters. */
const maxLength = 8_192

const tokenPattern = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
/** A value without quotes; URLs are not tokens, and some servers send them so. */
const barePattern = /[^\s,"]+/y
const spacePattern = /[ \t]*/y
const quotedPattern = /"((?:[^"\\]|\\.)*)"/y
const token68Pattern = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y

/**
 * The challenges of all values of the header, in order. What breaks the grammar ends the reading of its value; what stands
 * before it counts.
 */
export function parseChallenges(values: readonly string[]): readonly Challenge[] {
  return values.flatMap((value) => readValue(value.slice(0, maxLength)))
}

function readValue(text: string): readonly Challenge[] {
  const challenges: { readonly scheme: string; readonly parameters: Map<string, string> }[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match) at = pattern.lastIndex
    return match
  }
  const skip = () => {
    do take(spacePattern)
    while (text[at] === ',' && ++at)
  }
  for (skip(); at < text.length; skip()) {
    const name = take(tokenPattern)?.[0]
    if (name === undefined) break
    const afterName = at
    take(spacePattern)
    if (text[at] === '=' && text[at + 1] !== '=') {
      const current = challenges.at(-1)
      at += 1
      take(spacePattern)
      const value = take(quotedPattern)?.[1]?.replace(/\\(.)/g, '$1') ?? take(barePattern)?.[0]
      if (current === undefined || value === undefined) break
      // The first of equal names counts: a second one is an error of the server (RFC 9110 section 11.2).
      if (!current.parameters.has(name.toLowerCase())) current.parameters.set(name.toLowerCase(), value)
      continue
    }
    challenges.push({ scheme: name.toLowerCase(), parameters: new Map() })
    // The credentials form of a challenge has nothing that we read.
    if (at > afterName) take(token68Pattern)
  }
  return challenges
}

/** What a resource server says of the authorization that it wants (RFC 6750 section 3, RFC 9728 section 5.1, RFC 9449). */
export interface AuthorizationChallenge {
  readonly resourceMetadataUrl: string | undefined
  readonly scope: string | undefined
  readonly error: string | undefined
}

/** The challenge for bearer or DPoP tokens among all of an answer. */
export function authorizationChallenge(values: readonly string[]): AuthorizationChallenge {
  const all = parseChallenges(values).filter(({ scheme }) => scheme === 'bearer' || scheme === 'dpop')
  const first = (name: string) => all.find(({ parameters }) => parameters.has(name))?.parameters.get(name)
  return { resourceMetadataUrl: first('resource_metadata'), scope: first('scope'), error: first('error') }
}
