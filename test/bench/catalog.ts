/** The tools that the fixture lists: `echo` for the calls, and as many others as a part wants. */

export interface CatalogOptions {
  readonly tools: number
  readonly outputSchemas: boolean
}

export const pageSize = 100

const parameterNames = ['query', 'limit', 'cursor', 'sort_by', 'include_archived', 'labels', 'since', 'format']

/** About 1 kB of JSON. */
function inputSchema(n: number): object {
  const properties = Object.fromEntries(
    parameterNames.map((name, index) => [
      name,
      {
        type: ['string', 'integer', 'string', 'string', 'boolean', 'string', 'string', 'string'][index],
        description: `The ${name.replaceAll('_', ' ')} of the operation number ${n}, as its documentation says`,
      },
    ]),
  )
  return { type: 'object', properties, required: ['query', 'limit'], additionalProperties: false }
}

const outputSchema = {
  type: 'object',
  properties: { items: { type: 'array', items: { type: 'object' } }, nextCursor: { type: 'string' } },
  required: ['items'],
}

function tool(n: number, outputSchemas: boolean): object {
  return {
    name: `operation_${n}`,
    description: `Does the operation number ${n} and answers what came of it.`,
    inputSchema: inputSchema(n),
    ...(outputSchemas ? { outputSchema } : {}),
  }
}

const echo = { name: 'echo', inputSchema: { type: 'object', properties: { message: { type: 'string' } } } }

/** One page as JSON text; the first one has `echo` besides. */
export function pageText({ tools, outputSchemas }: CatalogOptions, cursor: string | undefined): string {
  const start = Number(cursor ?? 0)
  const end = Math.min(tools, start + pageSize)
  const list = Array.from({ length: end - start }, (_, index) => tool(start + index, outputSchemas))
  return JSON.stringify({
    tools: start === 0 ? [echo, ...list] : list,
    ...(end < tools ? { nextCursor: String(end) } : {}),
  })
}
