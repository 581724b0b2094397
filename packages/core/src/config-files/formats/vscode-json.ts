import { invalidInput } from '../../base/errors.ts'
import type { ClientFormat, DeclaredVariable } from './client-format.ts'
import { type Members, membersOf } from './members.ts'
import { type EntryRules, namedEntries, readServerEntry, toJsonText, writeServerEntry } from './server-entry.ts'
import { dollarBraces, type Variable } from './variable-text.ts'

// VS Code falls back to SSE for `http`.
const rules: EntryRules = { variablesIn: dollarBraces, urls: { url: 'undetermined' }, triesSse: true }

/** The part with servers: `mcp.json` itself, or `mcp` of an earlier `settings.json`. */
function mcpPart(document: unknown): Members {
  const root = membersOf(document, [])
  return root.has('servers') ? root : (root.object('mcp') ?? root)
}

function readInputs(root: Members): ReadonlyMap<string, DeclaredVariable> {
  const inputs = new Map<string, DeclaredVariable>()
  for (const [index, item] of root.list('inputs').entries()) {
    const input = membersOf(item, [...root.path, 'inputs', String(index)])
    const id = input.text('id')
    if (id === undefined) throw invalidInput([...input.path, 'id'], 'id: expected the name of the input, got none')
    inputs.set(id, {
      description: input.text('description') ?? null,
      isSecret: input.boolean('password') ?? false,
      fallback: input.text('default') ?? null,
    })
  }
  return inputs
}

/** `servers` and `inputs`: `.vscode/mcp.json`, and the `mcp.json` of a user. */
export const vscodeJson: ClientFormat = {
  name: 'VSCODE_JSON',
  sign: 'servers with inputs',
  syntax: 'JSON',
  read(document) {
    const root = mcpPart(document)
    const at = [...root.path, 'servers']
    const entries = namedEntries(root.any('servers'), at, (value, path) => readServerEntry(value, path, rules))
    return { entries, variables: readInputs(root) }
  },
  holds: new Set(['cwd']),
  oauth: { members: new Set(['clientId']), needsClientId: true },
  variablesIn: dollarBraces,
  keepsEnvNames: false,
  refusal: () => undefined,
  write(servers) {
    const inputs = new Map<string, object>()
    const entries = servers.map((server) => {
      const { config, name } = server
      const write = (variable: Variable, isEnv: boolean): string => {
        if (isEnv) return `\${env:${variable.name}}`
        const { name: id, fallback } = variable
        const isArgument = config.transport === 'stdio' && config.args.some((text) => text.includes(variable))
        inputs.set(id, {
          type: 'promptString',
          id,
          description: `${id} of the MCP server ${name}`,
          password: !isArgument,
          ...(fallback === null ? {} : { default: fallback }),
        })
        return `\${input:${id}}`
      }
      const type = config.transport === 'streamableHttp' ? 'http' : config.transport
      const entry = writeServerEntry({ ...server, description: null, timeouts: {} }, 'url', write)
      const oauth = config.transport !== 'stdio' && config.oauth ? { oauth: { clientId: config.oauth.clientId } } : {}
      return [name, { type, ...entry, ...oauth }]
    })
    return toJsonText({ inputs: [...inputs.values()], servers: Object.fromEntries(entries) })
  },
}
