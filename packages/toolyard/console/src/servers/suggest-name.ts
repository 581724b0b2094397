import type { ServerDraft } from './server-draft.ts'
import { splitCommand } from './split-command.ts'

/** Programs that start another one: the package or the file that they are given has the name. */
const launchers = new Set(['npx', 'bunx', 'uvx', 'pipx', 'pnpm', 'yarn', 'npm', 'node', 'bun', 'deno', 'python', 'uv'])
const otherLaunchers = new Set(['python3', 'tsx', 'docker', 'podman', 'cmd', 'sh', 'bash'])
/** What a launcher is told to do, rather than with what. */
const verbs = new Set(['run', 'exec', 'dlx', 'x', 'tool', '/c', '/C'])
/** What every server could be called. */
const general = /^(mcp|mcps|server|mcp-server|server-mcp|index|main|cli|dist|src|api|www|app)$/

const baseName = (path: string) => path.split(/[/\\]/).at(-1) ?? path

/** Takes from a word what all names of servers have: `mcp-server-git` and `git-mcp` are `git`. */
function ownPart(word: string): string | undefined {
  const own = word
    .replace(/\.(exe|cmd|[cm]?[jt]s|py|sh)$/i, '')
    .replace(/^(mcp[-_]server|server[-_]mcp|mcp|server)[-_]/i, '')
    .replace(/[-_](mcp[-_]server|server[-_]mcp|mcp|server)$/i, '')
  return own === '' || general.test(own) ? undefined : own
}

/** The name of a package without its version, or its scope if only that says something. */
function nameOfProgram(word: string): string | undefined {
  const [, scope, rest = word] = /^@([^/@]+)\/(.+)$/.exec(word) ?? []
  const unversioned = rest.replace(/(.)[@:][^/\\@:]*$/, '$1')
  const folders = unversioned.split(/[/\\]/).reverse()
  return folders.map(ownPart).find((each) => each !== undefined) ?? scope
}

function nameOfCommand({ command, args }: ServerDraft): string | undefined {
  const line = splitCommand(command)
  const program = baseName(line?.command ?? command.trim()).replace(/\.(exe|cmd)$/i, '')
  const words = [...(line?.args ?? []), ...args.split('\n')].filter((word) => word !== '' && !word.startsWith('-'))
  if (!launchers.has(program) && !otherLaunchers.has(program)) return nameOfProgram(line?.command ?? command.trim())
  const given = words.find((word) => !verbs.has(word))
  return given === undefined ? undefined : nameOfProgram(given)
}

function nameOfUrl(serverUrl: string): string | undefined {
  if (!URL.canParse(serverUrl)) return undefined
  const { hostname, host } = new URL(serverUrl)
  const labels = hostname.split('.')
  // An address, or a name of the own network, says most with its port.
  if (labels.length === 1 || /^[\d.]+$|^\[/.test(hostname)) return host.replaceAll(/[:[\]]+/g, '-').replace(/^-/, '')
  return (
    labels
      .slice(0, -1)
      .map(ownPart)
      .find((each) => each !== undefined) ?? hostname
  )
}

/** A name for a new server, from its package, program or host, that no other server has; empty if nothing tells one. */
export function suggestName(draft: ServerDraft, taken: readonly string[]): string {
  const name = draft.transport === 'stdio' ? nameOfCommand(draft) : nameOfUrl(draft.serverUrl.trim())
  if (name === undefined) return ''
  const free = (suffix: number): string => {
    const each = suffix === 1 ? name.slice(0, 60) : `${name.slice(0, 60)}-${suffix}`
    return taken.includes(each) ? free(suffix + 1) : each
  }
  return free(1)
}

/** Names a new server by its command or URL, as long as the user has entered no other name. */
export function withSuggestedName(before: ServerDraft, now: ServerDraft, taken: readonly string[]): ServerDraft {
  const isOwn = before.name !== '' && before.name !== suggestName(before, taken)
  if (now.storedTransport !== undefined || isOwn || now.name !== before.name) return now
  return { ...now, name: suggestName(now, taken) }
}
