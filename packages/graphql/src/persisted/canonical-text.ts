import { type DocumentNode, Kind, print, type SelectionNode, visit } from 'graphql'

/** As client libraries add it to whatever they keep; what has more to it was asked for by somebody. */
function isAdded(node: SelectionNode): boolean {
  if (node.kind !== Kind.FIELD || node.name.value !== '__typename') return false
  return !node.alias && !node.arguments?.length && !node.directives?.length && !node.selectionSet
}

/**
 * The same text for documents that differ in nothing but whitespace, comments, the notation of strings, the order of their
 * definitions, and `__typename` beside other selections.
 */
export function canonicalText(document: DocumentNode): string {
  const { definitions } = visit(document, {
    SelectionSet(node) {
      const asked = node.selections.filter((selection) => !isAdded(selection))
      if (asked.length === node.selections.length) return undefined
      return { ...node, selections: asked.length > 0 ? asked : node.selections.slice(0, 1) }
    },
    StringValue: (node) => (node.block ? { ...node, block: false } : undefined),
  })
  return definitions.map(print).toSorted().join('\n')
}
