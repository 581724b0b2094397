import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql'
import type { Context } from '../context/context.ts'

/** What a field costs that is often long: text and JSON that callers and MCP servers send. */
export const longFieldCost = 10

/** The options of a field that is short as a rule, and has no limit. */
export const unbounded = { extensions: { isLong: true } } as const

/** The options of a field that is often long. A query that asks for either waits until there is room for its answer. */
export const long = { complexity: longFieldCost, ...unbounded } as const

function fieldsIn(selection: SelectionSetNode | undefined, { fragments }: GraphQLResolveInfo): number {
  const walk = (below: SelectionSetNode | undefined): number =>
    (below?.selections ?? []).reduce((sum, node) => {
      if (node.kind !== Kind.FRAGMENT_SPREAD) return sum + (node.kind === Kind.FIELD ? 1 : 0) + walk(node.selectionSet)
      return sum + walk(fragments[node.name.value]?.selectionSet)
    }, 0)
  return walk(selection)
}

/** Whether a field of this name is asked for anywhere below: what nothing asks for need not be read. */
export function selects({ fieldNodes, fragments }: GraphQLResolveInfo, name: string): boolean {
  const isIn = (selection: SelectionSetNode | undefined): boolean =>
    (selection?.selections ?? []).some((node) => {
      if (node.kind === Kind.FRAGMENT_SPREAD) return isIn(fragments[node.name.value]?.selectionSet)
      return (node.kind === Kind.FIELD && node.name.value === name) || isIn(node.selectionSet)
    })
  return fieldNodes.some(({ selectionSet }) => isIn(selectionSet))
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
