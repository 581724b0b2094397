import { invalidInput } from '../../base/errors.ts'
import { isReservedHeader } from '../../model/reserved-headers.ts'
import { variablesOf } from '../../model/templates.ts'
import type { ServerConfigInput } from '../../servers/input.ts'
import type { SecretInput } from '../../servers/secret-input.ts'
import type { FoundConfig, FoundPair, FoundServer } from '../formats/client-format.ts'
import { isVariable, type Variable, type VariableText } from '../formats/variable-text.ts'
import { fillOAuth } from './fill-oauth.ts'
import type { Place } from './place.ts'
import type { VariableUse } from './required-variables.ts'

/** An entry whose variables are filled in. */
export interface FilledServer {
  readonly config: ServerConfigInput
  /** Whether the file has a URL without a transport; the configuration then has Streamable HTTP. */
  readonly isUndetermined: boolean
  /** Members of the entry that were left out. */
  readonly ignored: readonly string[]
  /** Required variables that were not given; the configuration is incomplete then. */
  readonly unresolved: readonly string[]
  /** Variables that were not given. */
  readonly uses: readonly VariableUse[]
}

type Given = Readonly<Record<string, SecretInput>>

export interface FillContext {
  readonly given: Given
  /** The default that the file declares elsewhere, for a variable without one. */
  readonly fallbackOf: (name: string) => string | null
}

function literalOf(secret: SecretInput): string | undefined {
  if (typeof secret === 'string') return secret
  return 'literal' in secret ? secret.literal : undefined
}

// RFC 9110 section 11.4: credentials begin with a scheme.
const scheme = /^[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]*\s+/

/** Whether a text has a scheme. A token without one would get Bearer, which the client of the file does not send. */
function hasScheme([first, ...others]: VariableText): boolean {
  if (typeof first !== 'string') return false
  const [start] = scheme.exec(first) ?? []
  return start !== undefined && (others.length > 0 || first.length > start.length)
}

/**
 * Fills in the variables of an entry. The path of an error is one in a server's configuration.
 *
 * @throws INVALID_INPUT for a variable that is given in a way that its place does not take
 */
export function fillServer(found: FoundServer, context: FillContext): FilledServer {
  return new ServerFilling(found, context).fill()
}

/** Fills one entry, and collects what it ignores and which variables it lacks. */
class ServerFilling {
  readonly #found: FoundServer
  readonly #context: FillContext
  readonly #unresolved = new Set<string>()
  readonly #uses: VariableUse[] = []
  readonly #ignored: string[]

  constructor(found: FoundServer, context: FillContext) {
    this.#found = found
    this.#context = context
    this.#ignored = [...found.ignored]
  }

  fill(): FilledServer {
    const { config } = this.#found
    return {
      config: config.transport === 'stdio' ? this.#fillStdio(config) : this.#fillHttp(config),
      isUndetermined: config.transport === 'undetermined',
      ignored: this.#ignored,
      unresolved: [...this.#unresolved],
      uses: this.#uses,
    }
  }

  #fillStdio(config: Extract<FoundConfig, { readonly transport: 'stdio' }>): ServerConfigInput {
    const args = config.args.flatMap((arg, index) => {
      if (this.#isLeftOut(arg, false)) return []
      const filled = this.#fill(arg.value, { member: ['args', String(index)], isSecret: false, takesTemplates: true })
      return [literalOf(filled) ?? '']
    })
    const cwd = config.cwd && this.#fillPlain(config.cwd, 'cwd')
    const command = this.#fillPlain(config.command, 'command')
    return { transport: 'stdio', command, args, env: this.#fillPairs(config.env, 'env'), cwd }
  }

  #fillHttp(config: Exclude<FoundConfig, { readonly transport: 'stdio' }>): ServerConfigInput {
    for (const { name } of config.headers) if (isReservedHeader(name)) this.#ignored.push(`headers.${name}`)
    const headers = config.headers.filter(({ name }) => !isReservedHeader(name))
    const credentials = config.auth
      ? undefined
      : headers.find(
          (header) =>
            header.name.toLowerCase() === 'authorization' && hasScheme(header.value) && !this.#isLeftOut(header, true),
        )
    const auth = credentials ? { header: credentials.name, token: credentials.value } : config.auth
    const hasCredentials = auth !== null || headers.some(({ name }) => name.toLowerCase() === 'authorization')
    // Clients that find a header with credentials use it.
    if (config.oauth && hasCredentials) this.#ignored.push(this.#found.names.oauth ?? 'oauth')
    const oauth = hasCredentials ? undefined : config.oauth
    return {
      transport: config.transport === 'undetermined' ? 'streamableHttp' : config.transport,
      serverUrl: this.#fillPlain(config.serverUrl, 'serverUrl'),
      customHeaders: this.#fillPairs(
        headers.filter((header) => header !== credentials),
        'headers',
      ),
      auth: oauth
        ? { oauth: fillOAuth(oauth, (text, place) => this.#fill(text, place)) }
        : auth && { header: auth.header, token: this.#fillToken(auth.token, credentials?.name) },
    }
  }

  #fillPlain(text: VariableText, member: string): string {
    const filled = this.#fill(text, { member: [member], isSecret: false, takesTemplates: false })
    return literalOf(filled) ?? ''
  }

  #fillPairs(pairs: readonly FoundPair[], member: string): Record<string, SecretInput> {
    const entries = pairs.flatMap((pair) => {
      if (this.#isLeftOut(pair, true)) return []
      const place = { member: [member, pair.name], isSecret: true, takesTemplates: true }
      return [[pair.name, this.#fill(pair.value, place)] as const]
    })
    // fromEntries defines own members, also for a name like __proto__.
    return Object.fromEntries(entries)
  }

  /** A bearer token from a secret source gets its scheme when it is sent (RFC 6750 section 2.1). */
  #fillToken(token: VariableText, headerName: string | undefined): SecretInput {
    const [first, second, ...others] = token
    const place: Place = {
      member: headerName === undefined ? ['auth', 'token'] : ['headers', headerName],
      isSecret: true,
      takesTemplates: true,
    }
    const isBearer = typeof first === 'string' && /^Bearer\s+$/i.test(first) && others.length === 0
    const value = isBearer && second !== undefined && isVariable(second) ? this.#givenFor(second.name) : undefined
    return value !== undefined && literalOf(value) === undefined ? value : this.#fill(token, place)
  }

  #fill(text: VariableText, place: Place): SecretInput {
    const [only] = text
    if (text.length === 1 && only !== undefined && isVariable(only) && place.isSecret) {
      const value = this.#givenFor(only.name)
      if (value !== undefined && literalOf(value) === undefined) return value
    }
    const ownTemplates = new Set<string>()
    const whole = text.map((part) => (isVariable(part) ? this.#fillVariable(part, place, ownTemplates) : part)).join('')
    assertNoForeignTemplate(whole, place, ownTemplates)
    return whole
  }

  /** The text in the variable's place. `ownTemplates` receives the templates of this registry in it. */
  #fillVariable(variable: Variable, place: Place, ownTemplates: Set<string>): string {
    const { name, template } = variable
    const value = this.#givenFor(name)
    if (value !== undefined) {
      const literal = literalOf(value)
      if (literal === undefined) throw notLiteral(name, place)
      for (const each of variablesOf([literal])) ownTemplates.add(each.name)
      return literal
    }
    const fallback = variable.fallback ?? this.#context.fallbackOf(name)
    const isLeft = template !== undefined && place.takesTemplates
    if (isLeft) ownTemplates.add(name)
    else if (fallback === null) this.#unresolved.add(name)
    this.#uses.push({ name, isRequired: fallback === null && !isLeft, isSecret: place.isSecret, fallback })
    return isLeft ? template : (fallback ?? '')
  }

  /** Whether a text is left out: it needs a variable that was not given. */
  #isLeftOut({ onlyWith }: { readonly onlyWith?: string }, isSecret: boolean): boolean {
    if (onlyWith === undefined || this.#givenFor(onlyWith) !== undefined) return false
    this.#uses.push({ name: onlyWith, isRequired: false, isSecret, fallback: null })
    return true
  }

  #givenFor(name: string): SecretInput | undefined {
    const { given } = this.#context
    return Object.hasOwn(given, name) ? given[name] : undefined
  }
}

function notLiteral(name: string, place: Place): Error {
  const expected = place.isSecret ? 'it is only a part of this text' : 'this is no secret'
  const message = `${name} is given as { env } or { provider }, and ${expected}: expected { literal }`
  return invalidInput(place.member, message)
}

/** Refuses double braces that are plain text to the client: here they would become a template. */
function assertNoForeignTemplate(text: string, place: Place, ownTemplates: ReadonlySet<string>): void {
  if (!place.takesTemplates || variablesOf([text]).every(({ name }) => ownTemplates.has(name))) return
  const message =
    'expected no name in double braces: to the client that is text, here it would be a template; give it as a variable, or set it afterwards'
  throw invalidInput(place.member, message)
}
