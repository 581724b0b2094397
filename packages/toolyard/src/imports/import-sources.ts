import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { UsageError } from '../base/command-error.ts'
import type { ProgramProcess } from '../command/command.ts'
import { type InputStreams, readInput } from '../files/read-input.ts'
import { FileReadError } from '../files/read-regular-file.ts'
import { clientFiles } from './client-files.ts'

/** Names of formats on the command line, and in the API. */
export const importFormats = {
  auto: 'AUTO',
  'mcp-servers-json': 'MCP_SERVERS_JSON',
  'vscode-json': 'VSCODE_JSON',
  'zed-json': 'ZED_JSON',
  'codex-toml': 'CODEX_TOML',
  'gemini-json': 'GEMINI_JSON',
  'server-json': 'SERVER_JSON',
  'letta-json': 'LETTA_JSON',
  'continue-yaml': 'CONTINUE_YAML',
  'goose-yaml': 'GOOSE_YAML',
} as const
export type ImportFormat = (typeof importFormats)[keyof typeof importFormats]

/** A source to import, and its name for people. */
export interface NamedSource {
  readonly name: string
  /** Whether it was found on this machine, and not named by the user: then its faults do not stop the import. */
  readonly isFound: boolean
  readonly source: Source | Faulty
}

/** A file that was found and cannot be read. */
export interface Faulty {
  readonly fault: UsageError
}

type Source =
  | { readonly text: { readonly text: string; readonly format: ImportFormat } }
  | { readonly json: unknown }
  | { readonly registry: { readonly name: string; readonly version?: string; readonly baseUrl?: string } }

export interface SourceFlags {
  readonly from?: string
  readonly format: string
  readonly registry?: readonly string[]
  readonly registryUrl?: string
}

/** Throws UsageError. */
export function parseFormat(text: string): ImportFormat {
  const found = Object.entries(importFormats).find(([name]) => name === text)
  if (found) return found[1]
  throw new UsageError(`--format is "${text}", takes ${Object.keys(importFormats).join(', ')}`)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'not allowed',
  EISDIR: 'it is a directory',
}

async function readSource(path: string, streams: InputStreams): Promise<string> {
  return readInput(path, streams).catch((error: unknown) => {
    if (!(error instanceof FileReadError)) throw error
    throw new UsageError(`${path}: ${reasons[error.code ?? ''] ?? error.message}`, { cause: error })
  })
}

/** Maximum size of a file that is sent whole, in bytes of JSON; of a larger one only its servers are sent. */
const wholeBytes = 512 * 1024

/** Sends a file as it is, so that errors name its lines; of a large one only its servers. Throws UsageError. */
async function toSource(name: string, text: string, format: ImportFormat): Promise<Source> {
  if (Buffer.byteLength(JSON.stringify(text)) <= wholeBytes) return { text: { text, format } }
  const { isRegistryError } = await import('@toolyard/core')
  const { onlyServers } = await import('@toolyard/core/internal/only-servers')
  try {
    const only = onlyServers(text, format)
    return 'json' in only ? { json: only.json } : { text: only }
  } catch (error) {
    if (isRegistryError(error)) throw new UsageError(`${name}: ${error.message}`, { cause: error })
    throw error
  }
}

/** `NAME`, or `NAME@VERSION`; names of the registry begin with no `@`. */
function registryEntry(text: string, baseUrl: string | undefined): NamedSource {
  const at = text.lastIndexOf('@')
  const [name, version] = at > 0 ? [text.slice(0, at), text.slice(at + 1)] : [text, undefined]
  const given = { ...(version === undefined ? {} : { version }), ...(baseUrl === undefined ? {} : { baseUrl }) }
  return { name: text, isFound: false, source: { registry: { name, ...given } } }
}

/** The existing files of the clients on this machine. */
function foundFiles({ env }: Pick<ProgramProcess, 'env'>) {
  const place = { home: env.HOME || homedir(), platform: process.platform, env, cwd: process.cwd() }
  return clientFiles(place).filter(({ path }) => existsSync(path))
}

/** Reads all sources, before anything is imported. Throws UsageError. */
export async function readSources(
  files: readonly string[],
  flags: SourceFlags,
  streams: InputStreams & Pick<ProgramProcess, 'env'>,
): Promise<readonly NamedSource[]> {
  const { from, registry = [], registryUrl } = flags
  const format = parseFormat(flags.format)
  if (from !== undefined && from !== 'auto') throw new UsageError(`--from is "${from}", takes auto`)
  const found = from === undefined ? [] : foundFiles(streams)
  if (from !== undefined && found.length === 0)
    throw new UsageError('--from auto: no client on this machine has a configuration')
  const named = [...found, ...files.map((path) => ({ client: undefined, path, format }))]
  if (named.length === 0 && registry.length === 0) {
    throw new UsageError('expected a file to import, - for stdin, --from auto, or --registry NAME')
  }
  const sources: NamedSource[] = []
  for (const { client, path, format } of named) {
    const file = path === '-' ? 'stdin' : path
    const isFound = client !== undefined
    const name = isFound ? `${client}: ${file}` : file
    const source = await readSource(path, streams)
      .then((text) => toSource(name, text, format))
      .catch((error: unknown): Faulty => {
        if (isFound && error instanceof UsageError) return { fault: error }
        throw error
      })
    sources.push({ name, isFound, source })
  }
  return [...sources, ...registry.map((entry) => registryEntry(entry, registryUrl))]
}
