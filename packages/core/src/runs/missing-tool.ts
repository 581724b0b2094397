import { RegistryError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { ToolRef } from '../model/tool-ref.ts'
import type { TenantStorage } from '../storage/storage.ts'

/** Number of names among which a similar one is looked for. */
const namesRead = 500

function notFound(message: string): RegistryError {
  return new RegistryError('NOT_FOUND', message, { path: ['tool'] })
}

const quoted = (name: string) => `"${name.slice(0, 100)}"`
const meantOr = (meant: string | undefined, otherwise: string) =>
  meant === undefined ? otherwise : `; did you mean ${quoted(meant)}?`

/** The most telling line that a command wrote before it failed: runtimes write stacks and versions after it. */
function tellingLine(lines: readonly string[]): string | undefined {
  const written = lines.filter((line) => line.trim() !== '')
  const isError = (line: string) => /(?:error|required|missing|not found|denied|failed)\b/i.test(line.slice(0, 300))
  return written.findLast((line) => isError(line) && !/^\s*at /.test(line)) ?? written.at(-1)
}

/** The NOT_FOUND error for `ref`, with a similar name if there is one. */
export async function missingTool(storage: TenantStorage, ref: ToolRef): Promise<RegistryError> {
  if ('id' in ref) return notFound(`No tool has the id ${ref.id.slice(0, 100)}`)
  const server = await storage.servers.getByName(ref.server)
  const page = { direction: 'ASC', limit: namesRead } as const
  if (!server) {
    const servers = await storage.servers.page({ filter: {}, sort: 'NAME', ...page })
    const names = servers.map(({ name }) => name)
    return notFound(`No server is named ${quoted(ref.server)}${meantOr(nearest(ref.server, names), '')}`)
  }
  const tools = await storage.tools.page({ filter: { serverId: [server.id] }, sort: 'NAME', ...page })
  const names = tools.map(({ definition }) => definition.name)
  const which = `The server ${quoted(ref.server)} has no tool ${quoted(ref.tool)}`
  if (names.length > 0) return notFound(`${which}${meantOr(nearest(ref.tool, names), '')}`)
  const refresh = (await storage.refreshes.latestByServer([server.id])).get(server.id)
  if (!refresh) return notFound(`${which}: its tools have not been read yet; refresh it`)
  const { error } = refresh
  if (!error) return notFound(`${which}: it lists none`)
  const said = tellingLine(error.stderrTail)
  const wrote = said === undefined ? '' : ` (it wrote: ${said.slice(0, 300)})`
  return notFound(`${which}, as its last refresh failed: ${error.code}: ${error.message.slice(0, 500)}${wrote}`)
}
