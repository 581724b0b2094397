import { invalidInput } from '../../base/errors.ts'
import type { ExportedServer, FoundConfig, FoundPair, FoundText } from './client-format.ts'
import { type Members, membersOf, unexpected } from './members.ts'
import { type Declarations, inputText, writeSingleBraces, writeVariables } from './server-json-inputs.ts'
import { isVariable, type VariableText, writeText } from './variable-text.ts'

interface PackageKind {
  readonly command: string
  /** The package registry of the command: another one may have a different package of the name. */
  readonly registry: RegExp
}

const kinds: ReadonlyMap<string, PackageKind> = new Map([
  ['npm', { command: 'npx', registry: /^https:\/\/registry\.npmjs\.org\/?$/ }],
  ['pypi', { command: 'uvx', registry: /^https:\/\/pypi\.org(?:\/simple)?\/?$/ }],
  ['nuget', { command: 'dnx', registry: /^https:\/\/api\.nuget\.org(?:\/v3\/index\.json)?\/?$/ }],
  ['oci', { command: 'docker', registry: /^https:\/\// }],
])

export function isSupported(type: string | undefined): boolean {
  return type !== undefined && kinds.has(type)
}

const literal = (text: string): FoundText => ({ value: [text] })

/** Members of an argument with a value; without any of them, it is a flag. */
const asking = ['value', 'default', 'isRequired', 'description', 'format', 'choices', 'placeholder', 'variables']

function readArguments(declarations: Declarations, owner: Members, key: string): readonly FoundText[] {
  return owner.list(key).flatMap((item, index) => {
    const argument = membersOf(item, [...owner.path, key, String(index)])
    const type = argument.text('type')
    if (type === 'positional') return [inputText(declarations, argument, argument.text('valueHint') ?? 'argument')]
    if (type !== 'named') throw unexpected([...argument.path, 'type'], 'positional or named', argument.any('type'))
    const flag = argument.text('name')
    if (flag === undefined) throw invalidInput([...argument.path, 'name'], 'name: expected the flag, got none')
    if (!asking.some((member) => argument.has(member))) return [literal(flag)]
    const value = inputText(declarations, argument, flag.replace(/^-+/, '') || 'argument')
    return [{ ...literal(flag), ...(value.onlyWith === undefined ? {} : { onlyWith: value.onlyWith }) }, value]
  })
}

const isText = ({ value }: FoundText, text: string) => value.length === 1 && value[0] === text

/** The image `host/name:tag`: newer files have it whole in the identifier, older ones host and tag beside it. */
function imageOf(identifier: string, version: string | undefined, registry: string | undefined): string {
  const host = registry?.replace(/^https:\/\//, '').replace(/\/$/, '')
  const isHub = host === undefined || host === 'docker.io' || identifier.startsWith(`${host}/`)
  const image = isHub ? identifier : `${host}/${identifier}`
  const hasTag = /[:@][^/]*$/.test(identifier)
  return hasTag || version === undefined ? image : `${image}:${version}`
}

interface PackageParts {
  readonly type: string
  readonly hint: string | undefined
  readonly identifier: string
  readonly version: string | undefined
  readonly registry: string | undefined
  readonly runtime: readonly FoundText[]
  readonly own: readonly FoundText[]
  readonly env: readonly FoundPair[]
}

function argsOf({ type, hint, identifier, version, registry, runtime, own, env }: PackageParts): readonly FoundText[] {
  const versioned = version === undefined ? identifier : `${identifier}@${version}`
  if (type === 'oci') {
    const isRun = runtime[0] !== undefined && isText(runtime[0], 'run')
    const rest = isRun ? runtime.slice(1) : runtime
    const usual = ['-i', '--rm'].filter((flag) => !rest.some((text) => isText(text, flag))).map(literal)
    const passed = env.flatMap(({ name, onlyWith }) => {
      const when = onlyWith === undefined ? {} : { onlyWith }
      return [
        { ...literal('-e'), ...when },
        { ...literal(name), ...when },
      ]
    })
    return [literal('run'), ...usual, ...passed, ...rest, literal(imageOf(identifier, version, registry)), ...own]
  }
  if (type === 'nuget')
    return [...runtime, literal(versioned), literal('--yes'), ...(own.length > 0 ? [literal('--'), ...own] : [])]
  // npx asks before it installs, and no user would answer.
  const isAsking =
    type === 'npm' && (hint ?? 'npx') === 'npx' && !runtime.some((text) => isText(text, '-y') || isText(text, '--yes'))
  return [...(isAsking ? [literal('-y')] : []), ...runtime, literal(versioned), ...own]
}

/**
 * The configuration that runs a package.
 *
 * @throws INVALID_INPUT for a package that cannot be run
 */
export function readPackage(declarations: Declarations, found: Members): FoundConfig {
  const type = found.text('registryType') ?? ''
  const kind = kinds.get(type)
  const transport = found.object('transport')?.text('type') ?? 'stdio'
  if (!kind) {
    throw invalidInput(
      [...found.path, 'registryType'],
      `registryType: expected ${[...kinds.keys()].join(', ')}, got another`,
    )
  }
  if (transport !== 'stdio') {
    const message =
      'type: expected stdio, got another transport; start a package that listens yourself, and import its URL'
    throw invalidInput([...found.path, 'transport', 'type'], message)
  }
  const identifier = found.text('identifier')
  if (identifier === undefined || !/^[A-Za-z0-9@][A-Za-z0-9@._:/-]*$/.test(identifier)) {
    throw invalidInput([...found.path, 'identifier'], 'identifier: expected the name of a package, got something else')
  }
  const registry = found.text('registryBaseUrl')
  if (registry !== undefined && !kind.registry.test(registry)) {
    const message = `registryBaseUrl: expected the registry of ${kind.command}, got another, which may have a different package of that name`
    throw invalidInput([...found.path, 'registryBaseUrl'], message)
  }
  const env = found.list('environmentVariables').map((item, index) => {
    const input = membersOf(item, [...found.path, 'environmentVariables', String(index)])
    const name = input.text('name')
    if (name === undefined)
      throw invalidInput([...input.path, 'name'], 'name: expected the name of a variable, got none')
    return { name, ...inputText(declarations, input, name) }
  })
  const hint = found.text('runtimeHint')
  const parts: PackageParts = {
    type,
    hint,
    identifier,
    version: found.text('version'),
    registry,
    runtime: readArguments(declarations, found, 'runtimeArguments'),
    own: readArguments(declarations, found, 'packageArguments'),
    env,
  }
  return { transport: 'stdio', command: [hint ?? kind.command], args: argsOf(parts), env, cwd: null }
}

interface PackageCommand {
  readonly registryType: 'npm' | 'pypi'
  readonly identifier: string
  readonly version: string
  readonly flags: readonly string[]
  readonly own: readonly VariableText[]
}

/** The package of a command of the form `npx -y NAME@VERSION ARGS` or `uvx NAME@VERSION ARGS`; undefined for others. */
export function packageCommand({ config }: ExportedServer): PackageCommand | undefined {
  if (config.transport !== 'stdio') return undefined
  const registryType = config.command === 'npx' ? 'npm' : config.command === 'uvx' ? 'pypi' : undefined
  if (registryType === undefined) return undefined
  const at = config.args.findIndex(([first]) => first !== '-y' && first !== '--yes')
  const [name, ...others] = config.args[at] ?? []
  if (typeof name !== 'string' || others.length > 0) return undefined
  const [, identifier, version] = /^((?:@[^@/]+\/)?[A-Za-z0-9][^@=/]*)(?:@|==)(\d[^@]*)$/.exec(name) ?? []
  if (identifier === undefined || version === undefined) return undefined
  const flags = config.args.slice(0, at).map(([flag]) => String(flag))
  return { registryType, identifier, version, flags, own: config.args.slice(at + 1) }
}

export function writePackage(
  { registryType, identifier, version, flags, own }: PackageCommand,
  { config }: ExportedServer,
): object {
  const env = config.transport === 'stdio' ? config.env : []
  const positional = (text: VariableText) => ({
    type: 'positional',
    value: writeText(text, writeSingleBraces),
    ...writeVariables(text.filter(isVariable), false),
  })
  return {
    registryType,
    identifier,
    version,
    runtimeHint: registryType === 'npm' ? 'npx' : 'uvx',
    transport: { type: 'stdio' },
    ...(flags.length > 0 ? { runtimeArguments: flags.map((flag) => positional([flag])) } : {}),
    ...(own.length > 0 ? { packageArguments: own.map(positional) } : {}),
    ...(env.length > 0
      ? { environmentVariables: env.map(({ name }) => ({ name, isRequired: true, isSecret: true })) }
      : {}),
  }
}
