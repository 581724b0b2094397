import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql'
import type { Context } from '../context.ts'

/** What a field costs whose value is of any length: text and JSON that callers and MCP servers send. */
export const longFieldCost = 10

/** The options of such a field. A query that asks for one waits until there is room for its answer. */
export const long = { complexity: longFieldCost, extensions: { isLong: true } } as const

function fieldsIn(selection: SelectionSetNode | undefined, { fragments }: GraphQLResolveInfo): number {
  const walk = (below: SelectionSetNode | undefined): number =>
    (below?.selections ?? []).reduce((sum, node) => {
      if (node.kind !== Kind.FRAGMENT_SPREAD) return sum + (node.kind === Kind.FIELD ? 1 : 0) + walk(node.selectionSet)
      return sum + walk(fragments[node.name.value]?.selectionSet)
    }, 0)
  return walk(selection)
}

/** The items of a list that has no pages. Throws LIMIT_EXCEEDED if the answer would have too many fields of such lists. */
export function listed<Item>(items: readonly Item[], { usage }: Context, info: GraphQLResolveInfo): Item[] {
  // Fragments multiply, and are walked for lists alone that hold more than a few.
  if (items.length > 10) {
    const fields = info.fieldNodes.reduce((sum, { selectionSet }) => sum + fieldsIn(selectionSet, info), 0)
    usage.onList?.(items.length * Math.max(1, fields))
  }
  return [...items]
}
