import { graphql } from '@toolyard/graphql/client/documents'
import type { Command } from 'commander'
import { exitCodes } from '../../base/command-error.ts'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { printable } from '../../output/printable.ts'
import { payloadOf, refusal } from '../../queries/exit-codes.ts'
import { findServer } from '../../queries/servers.ts'

const deleteMutation = graphql(
  `mutation DeleteServer($input: DeleteMcpServerInput!) {
    deleteMcpServer(input: $input) {
      __typename
      ... on DeleteMcpServerPayload { deletedServerId deletedToolCount }
      ...Refusal
    }
  }`,
  [refusal],
)

export function addRemoveCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    {
      usage: 'remove <name...>',
      description: 'delete servers and their tools; their runs stay as history',
      reads: false,
    },
    async ({ client, signal, output }, _: RegistryFlags, names: readonly string[]) => {
      // Finds all of them before it removes the first.
      const servers = []
      for (const name of names) servers.push(await findServer(client, name, signal))
      const removed = []
      for (const { id, name } of new Map(servers.map((server) => [server.id, server])).values()) {
        const answer = await client.request(deleteMutation, { input: { id } }, { signal })
        const { deletedToolCount } = payloadOf(answer.deleteMcpServer)
        removed.push({ id, name, deletedToolCount })
        if (!output.isJson) output.print(`Removed ${printable(name)} with ${deletedToolCount} tools`)
      }
      if (output.isJson) output.printJson(removed)
      return exitCodes.done
    },
  )
}
