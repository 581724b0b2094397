import type { Registry } from '@toolyard/core'
import type { GraphqlService } from '../graphql-service.ts'
import type { Subject } from '../measure.ts'
import { ownCpu } from '../processes.ts'

const first = 10

interface Wanted {
  readonly query: string
  /** What the best has in its description; undefined: all have the words. */
  readonly best: string | undefined
}

function expectFound({ query, best }: Wanted, descriptions: readonly (string | null)[]): void {
  const isRight = best === undefined ? descriptions.length === first : descriptions[0]?.includes(best)
  if (!isRight) throw new Error(`${query}: expected ${best ?? `${first} tools`}, got ${descriptions.join('; ')}`)
}

/** Another tool each time. */
function createNumbers(tools: number): () => number {
  let number = 0
  return () => {
    number = (number + 7_919) % tools
    return number
  }
}

function twoWords(number: number): Wanted {
  return { query: `number ${number}`, best: ` ${number} ` }
}

/** By the library: what few and what all tools have (fixture/tools.ts). */
export function librarySearches(registry: Registry, tools: number): readonly Subject[] {
  const subject = (name: string, wantedOf: (number: number) => Wanted): Subject => {
    const next = createNumbers(tools)
    return {
      name: `library, ${name}`,
      cpu: ownCpu,
      async run() {
        const wanted = wantedOf(next())
        const { edges } = await registry.tools.search(wanted.query, { first })
        expectFound(
          wanted,
          edges.map(({ node }) => node.description),
        )
      },
    }
  }
  return [
    subject('two words', twoWords),
    subject('one rare word', (number) => ({
      query: `tool_${String(number).padStart(6, '0')}`.replace('_', ''),
      best: ` ${number} `,
    })),
    subject('a word of every tool', () => ({ query: 'tool', best: undefined })),
    subject('three words of every tool', () => ({ query: 'says what work', best: undefined })),
  ]
}

export function graphqlSearch(service: GraphqlService, tools: number): Subject {
  const next = createNumbers(tools)
  const text = `query ($query: String!) {
    searchMcpTools(query: $query, first: ${first}) { edges { score node { id name qualifiedName description } } }
  }`
  interface Data {
    readonly searchMcpTools: { readonly edges: readonly { readonly node: { readonly description: string | null } }[] }
  }
  return {
    name: 'GraphQL, two words',
    cpu: service.cpu,
    async run() {
      const wanted = twoWords(next())
      const { searchMcpTools } = await service.request<Data>(text, { query: wanted.query })
      expectFound(
        wanted,
        searchMcpTools.edges.map(({ node }) => node.description),
      )
    },
  }
}

/** The first search, which indexes all tools. */
export async function indexTools(registry: Registry): Promise<Record<string, number>> {
  const started = performance.now()
  await registry.tools.search('tool', { first })
  return { 'the first search, which indexes all tools, ms': performance.now() - started }
}
