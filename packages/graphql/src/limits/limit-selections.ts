import {
  type FragmentDefinitionNode,
  type GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql'
import type { LimitMeter, LimitName } from './limit-meter.ts'

/** Deepest introspection: GraphiQL's query is nested 15 deep, with types in types nine times. */
const maxIntrospectionDepth = 20

interface Extent {
  readonly depth: number
  readonly introspectionDepth: number
  readonly aliases: number
}

const nothing: Extent = { depth: 0, introspectionDepth: 0, aliases: 0 }

/** Creates a function that measures an operation with its fragments; each fragment is walked once. */
function createMeasure(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  const known = new Map<string, Extent>()

  function measureFragment(name: string): Extent {
    const measured = known.get(name)
    if (measured) return measured
    const fragment = fragments.get(name)
    // Other rules refuse a fragment that spreads itself or is missing.
    known.set(name, nothing)
    const extent = fragment ? measureSelection(fragment.selectionSet) : nothing
    known.set(name, extent)
    return extent
  }

  function measureSelection(selection: SelectionSetNode | undefined): Extent {
    let { depth, introspectionDepth, aliases } = nothing
    for (const node of selection?.selections ?? []) {
      const below =
        node.kind === Kind.FRAGMENT_SPREAD ? measureFragment(node.name.value) : measureSelection(node.selectionSet)
      const isField = node.kind === Kind.FIELD
      const isIntrospection = isField && (node.name.value === '__schema' || node.name.value === '__type')
      if (isIntrospection) introspectionDepth = Math.max(introspectionDepth, below.depth + 1)
      else depth = Math.max(depth, below.depth + (isField ? 1 : 0))
      introspectionDepth = Math.max(introspectionDepth, below.introspectionDepth)
      aliases += below.aliases + (isField && node.alias ? 1 : 0)
    }
    return { depth, introspectionDepth, aliases }
  }

  return (operation: OperationDefinitionNode) => measureSelection(operation.selectionSet)
}

/** Refuses documents that select more than the limits allow. */
export function limitSelections({ limits, atMost, documentError }: LimitMeter): ValidationRule {
  const { maxDepth, maxAliases, maxDirectives } = limits

  function beyond(name: LimitName, what: string, got: number): GraphQLError {
    return documentError(name, `The operation has ${what}: expected ${atMost(name)}, got ${got}`)
  }

  return (context) => {
    let directives = 0
    return {
      Directive() {
        directives += 1
      },
      Document: {
        leave({ definitions }) {
          if (directives > maxDirectives)
            context.reportError(beyond('maxDirectives', 'too many directives', directives))
          const fragments = new Map(
            definitions.flatMap((each) =>
              each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [],
            ),
          )
          const extentOf = createMeasure(fragments)
          for (const definition of definitions) {
            if (definition.kind !== Kind.OPERATION_DEFINITION) continue
            const { depth, introspectionDepth, aliases } = extentOf(definition)
            if (depth > maxDepth) context.reportError(beyond('maxDepth', 'fields nested too deep', depth))
            if (aliases > maxAliases) context.reportError(beyond('maxAliases', 'too many aliases', aliases))
            if (introspectionDepth > maxIntrospectionDepth) {
              const message = `The operation has introspection nested too deep: expected at most ${maxIntrospectionDepth}, got ${introspectionDepth}`
              context.reportError(documentError('maxDepth', message))
            }
          }
        },
      },
    }
  }
}
