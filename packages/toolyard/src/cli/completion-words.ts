import { graphql } from '@toolyard/graphql/client/documents'
import { connect } from '../command/connection.ts'
import { everyNode } from '../queries/paginate.ts'

const serverWordsQuery = graphql(`
  query ServerWords($first: Int, $after: String) {
    mcpServers(first: $first, after: $after) {
      nodes { ... on McpServerBase { name } }
      pageInfo { hasNextPage endCursor }
    }
  }
`)
const toolWordsQuery = graphql(`
  query ToolWords($first: Int, $after: String) {
    mcpTools(first: $first, after: $after) {
      nodes { name server { ... on McpServerBase { name } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`)

/** Words that a shell may complete an operand with. */
export interface CompletionWords {
  readonly servers: readonly string[]
  /** Each as SERVER/TOOL. */
  readonly tools: readonly string[]
}

const none: CompletionWords = { servers: [], tools: [] }

/** Time to read words, in ms: a person waits for the completion. */
const completionMs = 5_000
const maxTools = 1_000

/** Commands that take names of servers, and those that take a tool as their first operand. */
export const operandsOf: Readonly<Record<string, keyof CompletionWords>> = {
  get: 'servers',
  update: 'servers',
  remove: 'servers',
  auth: 'servers',
  refresh: 'servers',
  watch: 'servers',
  tools: 'servers',
  run: 'tools',
}

/** Flags that say where the registry is, among the words that stand in the line so far. */
function connectionFlags(words: readonly string[]): Readonly<Record<string, string>> {
  const flags = { '--url': 'url', '--key': 'key', '--database-url': 'databaseUrl', '--tenant': 'tenant' } as const
  const found = Object.entries(flags).flatMap(([flag, name]) => {
    const at = words.lastIndexOf(flag)
    const value = at === -1 ? undefined : words[at + 1]
    return value ? [[name, value] as const] : []
  })
  return Object.fromEntries(found)
}

/** A shell gives a name to be completed as its user wrote it: only what needs no quotes is offered. */
const isPlain = (name: string) => /^[A-Za-z0-9_@%+:,./-]+$/.test(name)

/**
 * Reads the names that may complete the words so far. On an error returns no words, and writes nothing: a line would
 * appear inside the prompt.
 */
export async function completionWords(words: readonly string[], env: NodeJS.ProcessEnv): Promise<CompletionWords> {
  const kind = operandsOf[words[0] ?? '']
  if (!kind) return none
  const signal = AbortSignal.timeout(completionMs)
  try {
    await using connection = await connect(connectionFlags(words), {
      env,
      signal,
      reads: true,
      onError: () => undefined,
    })
    const { client } = connection
    if (kind === 'servers') {
      const read = everyNode(async (page) => (await client.request(serverWordsQuery, page, { signal })).mcpServers)
      return { ...none, servers: (await Array.fromAsync(read)).map(({ name }) => name).filter(isPlain) }
    }
    const tools: string[] = []
    const read = everyNode(async (page) => (await client.request(toolWordsQuery, page, { signal })).mcpTools)
    for await (const { name, server } of read) {
      tools.push(`${server.name}/${name}`)
      if (tools.length === maxTools) break
    }
    return { ...none, tools: tools.filter(isPlain) }
  } catch {
    // There is no place to write the error, see above.
    return none
  }
}
