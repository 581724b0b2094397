import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql'
import type { Context } from '../context/context.ts'

/** Cost of a field that is often long: text and JSON of callers and MCP servers. */
const longFieldCost = 10

/** Options of a field that is usually short, but has no limit. */
export const unbounded = { extensions: { isLong: true } } as const

/** Options of a field that is often long. A query that selects either kind waits until there is room for its answer. */
export const long = { complexity: longFieldCost, ...unbounded } as const

function fieldsIn(selection: SelectionSetNode | undefined, { fragments }: GraphQLResolveInfo): number {
  const walk = (below: SelectionSetNode | undefined): number =>
    (below?.selections ?? []).reduce((sum, node) => {
      if (node.kind !== Kind.FRAGMENT_SPREAD) return sum + (node.kind === Kind.FIELD ? 1 : 0) + walk(node.selectionSet)
      return sum + walk(fragments[node.name.value]?.selectionSet)
    }, 0)
  return walk(selection)
}

/** Whether a field of this name is selected anywhere below, so that its value has to be read. */
export function selects({ fieldNodes, fragments }: GraphQLResolveInfo, name: string): boolean {
  const isIn = (selection: SelectionSetNode | undefined): boolean =>
    (selection?.selections ?? []).some((node) => {
      if (node.kind === Kind.FRAGMENT_SPREAD) return isIn(fragments[node.name.value]?.selectionSet)
      return (node.kind === Kind.FIELD && node.name.value === name) || isIn(node.selectionSet)
    })
  return fieldNodes.some(({ selectionSet }) => isIn(selectionSet))
}

/**
 * Returns the items of a list without pages.
 * @throws LIMIT_EXCEEDED if the answer would have too many fields of such lists
 */
export function listed<Item>(items: readonly Item[], { usage }: Context, info: GraphQLResolveInfo): Item[] {
  // Counting walks all fragments, and so is done for longer lists only.
  if (items.length > 10) {
    const fields = info.fieldNodes.reduce((sum, { selectionSet }) => sum + fieldsIn(selectionSet, info), 0)
    usage.onList?.(items.length * Math.max(1, fields))
  }
  return [...items]
}
