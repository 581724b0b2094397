import type { McpServer, SecretEntry } from '../../model/server.ts'

/** A secret of a server with its place. */
export interface PlacedEntry {
  readonly server: McpServer
  readonly entry: SecretEntry
  readonly place: 'ENV' | 'HEADER' | 'AUTH' | 'OAUTH'
}

export interface NamedVariable {
  readonly name: string
  /** Whether the registry reads the secret from the environment variable of that name. */
  readonly isEnv: boolean
}

function toName(text: string): string {
  const name = text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toUpperCase()
    .slice(0, 100)
  return /^[A-Z]/.test(name) ? name : `MCP_${name}`
}

/**
 * Answers the function that names the secrets of an export, each with its own name. An env value gets the name of its
 * variable, prefixed with the server's name if it is taken; a header or token always has the prefix. Secrets that the registry
 * reads from an environment variable keep its name, and share it.
 */
export function createVariableNames(secrets: readonly PlacedEntry[]): (secret: PlacedEntry) => NamedVariable {
  const taken = new Set<string>()
  const named = new Map<SecretEntry, NamedVariable>()
  const isEnv = ({ source, reference }: SecretEntry) => source === 'ENV' && reference !== null
  for (const { entry } of secrets) {
    if (!isEnv(entry) || entry.reference === null) continue
    taken.add(entry.reference)
    named.set(entry, { name: entry.reference, isEnv: true })
  }
  for (const { server, entry, place } of secrets) {
    if (isEnv(entry)) continue
    const own = place === 'AUTH' ? 'TOKEN' : toName(entry.name)
    const wished = place === 'ENV' && !taken.has(own) ? own : toName(`${server.name}_${own}`)
    let name = wished
    for (let suffix = 2; taken.has(name); suffix += 1) name = `${wished}_${suffix}`
    taken.add(name)
    named.set(entry, { name, isEnv: false })
  }
  return ({ entry }) => named.get(entry) ?? { name: toName(entry.name), isEnv: false }
}
