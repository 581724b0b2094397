import { invalidInput } from '../../base/errors.ts'
import { isReservedHeader } from '../../model/reserved-headers.ts'
import { variablesOf } from '../../model/templates.ts'
import type { SecretInput, ServerConfigInput } from '../../servers/input.ts'
import type { FoundPair, FoundServer } from '../formats/client-format.ts'
import { isVariable, type VariableText } from '../formats/variable-text.ts'
import type { VariableUse } from './required-variables.ts'

/** An entry with its variables filled in. */
export interface FilledServer {
  readonly config: ServerConfigInput
  /** The file has a URL without saying what is spoken there; the configuration says Streamable HTTP. */
  readonly isUndetermined: boolean
  /** Members of the entry that were left out. */
  readonly ignored: readonly string[]
  /** Variables that were needed and not given: the configuration is not whole then. */
  readonly unresolved: readonly string[]
  /** Variables that were not given. */
  readonly uses: readonly VariableUse[]
}

type Given = Readonly<Record<string, SecretInput>>

export interface FillContext {
  readonly given: Given
  /** What the file says elsewhere of a variable without a default. */
  readonly fallbackOf: (name: string) => string | null
}

interface Place {
  readonly member: readonly string[]
  /** May be read from an environment variable or the provider each time. */
  readonly isSecret: boolean
  readonly takesTemplates: boolean
}

function literalOf(secret: SecretInput): string | undefined {
  if (typeof secret === 'string') return secret
  return 'literal' in secret ? secret.literal : undefined
}

// RFC 9110 section 11.4: credentials are a scheme, and what belongs to it.
const scheme = /^[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]*\s+/

/** Without a scheme a token would get one, which the client that has the file does not send. */
function hasScheme([first, ...others]: VariableText): boolean {
  if (typeof first !== 'string') return false
  const [start] = scheme.exec(first) ?? []
  return start !== undefined && (others.length > 0 || first.length > start.length)
}

/** INVALID_INPUT, its path in a server's configuration, for a variable that is given in a way that its place does not take. */
export function fillServer(found: FoundServer, { given, fallbackOf }: FillContext): FilledServer {
  const unresolved = new Set<string>()
  const uses: VariableUse[] = []
  const ignored = [...found.ignored]
  const givenFor = (name: string) => (Object.hasOwn(given, name) ? given[name] : undefined)

  function fill(text: VariableText, place: Place): SecretInput {
    const ownTemplates = new Set<string>()
    const pieces: string[] = []
    for (const part of text) {
      if (!isVariable(part)) {
        pieces.push(part)
        continue
      }
      const value = givenFor(part.name)
      const literal = value === undefined ? undefined : literalOf(value)
      if (value !== undefined && literal === undefined) {
        if (place.isSecret && text.length === 1) return value
        const expected = place.isSecret ? 'it is only a part of this text' : 'this is no secret'
        const message = `${part.name} is given as { env } or { provider }, and ${expected}: expected { literal }`
        throw invalidInput(place.member, message)
      }
      if (literal !== undefined) {
        for (const { name } of variablesOf([literal])) ownTemplates.add(name)
        pieces.push(literal)
        continue
      }
      const fallback = part.fallback ?? fallbackOf(part.name)
      const isLeft = part.template !== undefined && place.takesTemplates
      if (isLeft) ownTemplates.add(part.name)
      else if (fallback === null) unresolved.add(part.name)
      uses.push({ name: part.name, isRequired: fallback === null && !isLeft, isSecret: place.isSecret, fallback })
      pieces.push(isLeft ? (part.template ?? '') : (fallback ?? ''))
    }
    const whole = pieces.join('')
    const isForeign = place.takesTemplates ? variablesOf([whole]).some(({ name }) => !ownTemplates.has(name)) : false
    if (isForeign) {
      const message =
        'expected no name in double braces: to the client that is text, here it would be a template; give it as a variable, or set it afterwards'
      throw invalidInput(place.member, message)
    }
    return whole
  }

  /** Those that are left out unless a variable is given, which then is not. */
  function isLeftOut({ onlyWith }: { readonly onlyWith?: string }, isSecret: boolean): boolean {
    if (onlyWith === undefined || givenFor(onlyWith) !== undefined) return false
    uses.push({ name: onlyWith, isRequired: false, isSecret, fallback: null })
    return true
  }

  function fillPlain(text: VariableText, member: string): string {
    const filled = fill(text, { member: [member], isSecret: false, takesTemplates: false })
    return literalOf(filled) ?? ''
  }

  function fillPairs(pairs: readonly FoundPair[], member: string): Record<string, SecretInput> {
    const entries = pairs.flatMap((pair) => {
      if (isLeftOut(pair, true)) return []
      const place = { member: [member, pair.name], isSecret: true, takesTemplates: true }
      return [[pair.name, fill(pair.value, place)] as const]
    })
    // fromEntries defines own members, also for a name like __proto__.
    return Object.fromEntries(entries)
  }

  function fillConfig(): ServerConfigInput {
    const { config } = found
    if (config.transport === 'stdio') {
      const args = config.args.flatMap((arg, index) => {
        if (isLeftOut(arg, false)) return []
        const filled = fill(arg.value, { member: ['args', String(index)], isSecret: false, takesTemplates: true })
        return [literalOf(filled) ?? '']
      })
      const cwd = config.cwd && fillPlain(config.cwd, 'cwd')
      const command = fillPlain(config.command, 'command')
      return { transport: 'stdio', command, args, env: fillPairs(config.env, 'env'), cwd }
    }
    for (const { name } of config.headers) if (isReservedHeader(name)) ignored.push(`headers.${name}`)
    const headers = config.headers.filter(({ name }) => !isReservedHeader(name))
    const credentials = config.auth
      ? undefined
      : headers.find(
          (header) =>
            header.name.toLowerCase() === 'authorization' && hasScheme(header.value) && !isLeftOut(header, true),
        )
    const auth = credentials ? { header: credentials.name, token: credentials.value } : config.auth
    return {
      transport: config.transport === 'undetermined' ? 'streamableHttp' : config.transport,
      serverUrl: fillPlain(config.serverUrl, 'serverUrl'),
      headers: fillPairs(
        headers.filter((header) => header !== credentials),
        'headers',
      ),
      auth: auth && { header: auth.header, token: fillToken(auth.token, credentials?.name) },
    }
  }

  /** A bearer token that is read elsewhere gets its scheme when it is sent (RFC 6750 section 2.1). */
  function fillToken(token: VariableText, headerName: string | undefined): SecretInput {
    const [first, second, ...others] = token
    const place: Place = {
      member: headerName === undefined ? ['auth', 'token'] : ['headers', headerName],
      isSecret: true,
      takesTemplates: true,
    }
    const isBearer = typeof first === 'string' && /^Bearer\s+$/i.test(first) && others.length === 0
    const value = isBearer && second !== undefined && isVariable(second) ? givenFor(second.name) : undefined
    return value !== undefined && literalOf(value) === undefined ? value : fill(token, place)
  }

  const config = fillConfig()
  return {
    config,
    isUndetermined: found.config.transport === 'undetermined',
    ignored,
    unresolved: [...unresolved],
    uses,
  }
}
