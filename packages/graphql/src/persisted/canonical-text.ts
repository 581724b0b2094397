import { type DocumentNode, Kind, print, type SelectionNode, visit } from 'graphql'

/** Whether the field is a bare `__typename`, as client libraries add it for their caches. */
function isAdded(node: SelectionNode): boolean {
  if (node.kind !== Kind.FIELD || node.name.value !== '__typename') return false
  return !node.alias && !node.arguments?.length && !node.directives?.length && !node.selectionSet
}

/**
 * Prints a document without the differences that client tools make: whitespace, comments, the notation of strings, the
 * order of definitions, and `__typename` beside other selections.
 */
export function canonicalText(document: DocumentNode): string {
  const { definitions } = visit(document, {
    SelectionSet(node) {
      const kept = node.selections.filter((selection) => !isAdded(selection))
      if (kept.length === node.selections.length) return undefined
      return { ...node, selections: kept.length > 0 ? kept : node.selections.slice(0, 1) }
    },
    StringValue: (node) => (node.block ? { ...node, block: false } : undefined),
  })
  return definitions.map(print).toSorted().join('\n')
}
