import { type Command, InvalidArgumentError } from 'commander'
import { exitCodes, UsageError } from '../../base/command-error.ts'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { printable, shown } from '../../output/printable.ts'
import { type Found, searchQuery } from '../../queries/search.ts'
import { findServer } from '../../queries/servers.ts'
import { referenceOf } from '../../queries/tools.ts'
import { integer } from '../../settings/parse-setting.ts'
import { marksOf } from '../../views/print-tools.ts'

/** The words for kinds, on the command line and in tables. */
const kinds = { tool: 'TOOL', resource: 'RESOURCE', template: 'RESOURCE_TEMPLATE', prompt: 'PROMPT' } as const
type KindWord = keyof typeof kinds

const wordOf = {
  McpTool: 'tool',
  McpResource: 'resource',
  McpResourceTemplate: 'template',
  McpPrompt: 'prompt',
} as const satisfies Readonly<Record<Found['__typename'], KindWord>>

interface SearchFlags extends RegistryFlags {
  readonly limit: string
  readonly server?: string
  readonly kind?: readonly KindWord[]
}

const isKindWord = (text: string): text is KindWord => Object.hasOwn(kinds, text)

function kindWord(text: string, others: readonly KindWord[] = []): readonly KindWord[] {
  if (isKindWord(text)) return [...others, text]
  throw new InvalidArgumentError(`Expected ${Object.keys(kinds).join(', ')}.`)
}

/** What the commands that use it take: a tool or prompt as `NAME/…`, or the server and a URI. */
function placeOf(node: Found): string {
  switch (node.__typename) {
    case 'McpResource':
      return `${node.server.name} ${node.uri}`
    case 'McpResourceTemplate':
      return `${node.server.name} ${node.uriTemplate}`
    case 'McpTool':
    case 'McpPrompt':
      return referenceOf(node)
  }
}

function rowOf(node: Found): readonly string[] {
  const marks = node.__typename === 'McpTool' ? marksOf(node).join(', ') : ''
  return [wordOf[node.__typename], shown(placeOf(node)), marks, shown(node.description ?? node.title ?? '')]
}

function jsonOf({ __typename, ...node }: Found): object {
  return { kind: kinds[wordOf[__typename]], ...node }
}

export function addSearchCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    {
      usage: 'search <words...>',
      description: 'find tools, resources, templates and prompts by words of their names and descriptions',
      reads: true,
    },
    async ({ client, signal, output }, { limit, server: name, kind }: SearchFlags, words: readonly string[]) => {
      const first = integer(100)(limit)
      if (!first) throw new UsageError(`--limit is "${limit}", takes a whole number from 1 to 100`)
      const serverId = name === undefined ? null : [(await findServer(client, name, signal)).id]
      const asked = { query: words.join(' '), first, serverId, kinds: kind?.map((word) => kinds[word]) ?? null }
      const { edges, totalCount } = (await client.request(searchQuery, asked, { signal })).searchMcp
      if (output.isJson) {
        output.printJson(edges.map(({ score, node }) => ({ score, ...jsonOf(node) })))
        return exitCodes.done
      }
      if (edges.length === 0) {
        output.print(`Nothing matches "${printable(asked.query)}"`)
        return exitCodes.done
      }
      output.printTable(
        ['KIND', 'NAME', 'STATE', 'DESCRIPTION'],
        edges.map(({ node }) => rowOf(node)),
      )
      if (totalCount > edges.length) output.note(`${edges.length} of ${totalCount}; --limit shows more`)
      return exitCodes.done
    },
  )
    .option('--limit <number>', 'maximum number of entries', '10')
    .option('--server <name>', 'only those of this server')
    .option('--kind <kind>', 'only tool, resource, template or prompt; repeat for several', kindWord)
}
