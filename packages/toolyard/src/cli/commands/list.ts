import type { Command } from 'commander'
import { exitCodes } from '../../base/command-error.ts'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import type { Output } from '../../output/output.ts'
import { printable } from '../../output/printable.ts'
import { styleOfStatus } from '../../output/status-style.ts'
import type { ServerFields } from '../../queries/documents.ts'
import { oauthOf } from '../../queries/oauth-fields.ts'
import { readServers, targetOf } from '../../queries/servers.ts'
import { hintForServer } from '../../views/connect-hint.ts'
import { oauthStatus } from '../../views/oauth-words.ts'

interface ListFlags extends RegistryFlags {
  readonly label?: string
}

function printServers(output: Output, servers: readonly ServerFields[], place: string): void {
  if (servers.length === 0) {
    output.print(`No servers in ${place}; add one with toolyard add`)
    return
  }
  // Most registries have no OAuth: a column for it would be empty.
  const hasOAuth = servers.some((server) => oauthOf(server))
  const oauthCell = (server: ServerFields) => {
    const oauth = oauthOf(server)
    return oauth ? oauthStatus(oauth) : '-'
  }
  const row = (server: ServerFields) => [
    printable(server.name),
    output.style(styleOfStatus(server.status), server.status),
    ...(hasOAuth ? [oauthCell(server)] : []),
    server.transport,
    String(server.tools.totalCount),
    printable(targetOf(server)),
  ]
  const oauthTitle = hasOAuth ? ['OAUTH'] : []
  output.printTable(['NAME', 'STATUS', ...oauthTitle, 'TRANSPORT', 'TOOLS', 'TARGET'], servers.map(row))
  for (const server of servers) {
    const hint = hintForServer(server)
    if (hint !== undefined) output.note(`${printable(server.name)} asks for authorization: ${hint}`)
  }
}

export function addListCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    { usage: 'list', description: 'show the servers', reads: true },
    async ({ client, name, signal, output }, { label }: ListFlags) => {
      const servers = await readServers(client, label === undefined ? null : { label: { eq: label } }, signal)
      if (output.isJson) output.printJson(servers)
      else printServers(output, servers, name)
      return exitCodes.done
    },
  ).option('--label <label>', 'only those with this label')
}
