import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLField,
  GraphQLID,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLString,
  getArgumentValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
  typeFromAST,
  visit,
} from 'graphql'

export type Field = GraphQLField<unknown, unknown>

/** How a value of a field is completed (GraphQL specification, section 6.4.3). */
export type Shape = { readonly isNonNull: boolean } & (
  | { readonly kind: 'LEAF'; readonly type: GraphQLLeafType; readonly isText: boolean }
  | { readonly kind: 'LIST'; readonly item: Shape }
  | { readonly kind: 'OBJECT'; readonly type: GraphQLObjectType; readonly selection: Selection }
  | { readonly kind: 'ABSTRACT'; readonly type: GraphQLAbstractType; readonly selection: Selection }
)

/** A field that is selected on one object type. */
export interface PlannedField {
  readonly responseName: string
  readonly nodes: readonly [FieldNode, ...FieldNode[]]
  readonly parentType: GraphQLObjectType
  readonly definition: Field
  readonly shape: Shape
  /** The property that the field exposes: it is read without a resolver. */
  readonly property: string | undefined
  /** Undefined if the arguments depend on the request. */
  readonly args: Readonly<Record<string, unknown>> | undefined
}

/** The fields that some selection sets select together, on each object type. */
export interface Selection {
  on(type: GraphQLObjectType): readonly PlannedField[]
}

/** An operation as it is executed, whatever its variables are. */
export interface OperationPlan {
  readonly schema: GraphQLSchema
  readonly operation: OperationDefinitionNode
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>
  readonly rootType: GraphQLObjectType
  readonly root: Selection
}

/** Whether what is selected depends on variables or on the schema itself, or has a name that objects give a meaning. */
function isDynamic(document: DocumentNode): boolean {
  let found = false
  visit(document, {
    Directive() {
      found = true
    },
    Field({ name, alias }) {
      if (name.value === '__schema' || name.value === '__type' || alias?.value === '__proto__') found = true
    },
  })
  return found
}

type Scope = Pick<OperationPlan, 'schema' | 'fragments'>
type Collected = Map<string, [FieldNode, ...FieldNode[]]>

function applies({ schema }: Scope, condition: FragmentDefinitionNode['typeCondition'], type: GraphQLObjectType) {
  const on = typeFromAST(schema, condition)
  return on === type || (isAbstractType(on) && schema.isSubType(on, type))
}

/** Collects fields by their response names (GraphQL specification, section 6.3.2). */
function collect(
  scope: Scope,
  { selections }: SelectionSetNode,
  type: GraphQLObjectType,
  fields: Collected,
  visited: Set<string>,
): void {
  for (const node of selections) {
    if (node.kind === Kind.FIELD) {
      const name = (node.alias ?? node.name).value
      const others = fields.get(name)
      if (others) others.push(node)
      else fields.set(name, [node])
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      if (!node.typeCondition || applies(scope, node.typeCondition, type))
        collect(scope, node.selectionSet, type, fields, visited)
    } else if (!visited.has(node.name.value)) {
      visited.add(node.name.value)
      const fragment = scope.fragments[node.name.value]
      if (fragment && applies(scope, fragment.typeCondition, type))
        collect(scope, fragment.selectionSet, type, fields, visited)
    }
  }
}

class PlannedSelection implements Selection {
  readonly #scope: Scope
  readonly #sets: readonly SelectionSetNode[]
  readonly #planned = new Map<GraphQLObjectType, readonly PlannedField[]>()

  constructor(scope: Scope, sets: readonly SelectionSetNode[]) {
    this.#scope = scope
    this.#sets = sets
  }

  on(type: GraphQLObjectType): readonly PlannedField[] {
    const known = this.#planned.get(type)
    if (known) return known
    const collected: Collected = new Map()
    const visited = new Set<string>()
    for (const set of this.#sets) collect(this.#scope, set, type, collected, visited)
    const fields = [...collected].flatMap(([name, nodes]) => planField(this.#scope, type, name, nodes))
    this.#planned.set(type, fields)
    return fields
  }
}

function shapeOf(scope: Scope, type: GraphQLOutputType, nodes: PlannedField['nodes'], isNonNull = false): Shape {
  if (isNonNullType(type)) return shapeOf(scope, type.ofType, nodes, true)
  if (isListType(type)) return { kind: 'LIST', item: shapeOf(scope, type.ofType, nodes), isNonNull }
  if (isLeafType(type)) return { kind: 'LEAF', type, isText: type === GraphQLString || type === GraphQLID, isNonNull }
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
  const selection = new PlannedSelection(scope, sets)
  return isAbstractType(type)
    ? { kind: 'ABSTRACT', type, selection, isNonNull }
    : { kind: 'OBJECT', type, selection, isNonNull }
}

function planField(
  scope: Scope,
  parentType: GraphQLObjectType,
  responseName: string,
  nodes: PlannedField['nodes'],
): PlannedField[] {
  const [node] = nodes
  const name = node.name.value
  const definition = name === TypeNameMetaFieldDef.name ? TypeNameMetaFieldDef : parentType.getFields()[name]
  if (!definition) return []
  const shape = shapeOf(scope, definition.type, nodes)
  const isFixed = (node.arguments ?? []).length === 0
  const args = isFixed ? Object.freeze(getArgumentValues(definition, node)) : undefined
  // Set by the schema's builder for fields whose resolver reads one property.
  const exposed = definition.extensions.pothosExposedField
  const property = typeof exposed === 'string' ? exposed : undefined
  return [{ responseName, nodes, parentType, definition, shape, property, args }]
}

/**
 * Plans an operation of a valid document. Returns undefined if it has directives or introspects the schema: then what it
 * selects is known only when it is executed.
 */
export function planOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): OperationPlan | undefined {
  const rootType = schema.getRootType(operation.operation)
  if (!rootType || isDynamic(document)) return undefined
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null)
  for (const node of document.definitions) if (node.kind === Kind.FRAGMENT_DEFINITION) fragments[node.name.value] = node
  const root = new PlannedSelection({ schema, fragments }, [operation.selectionSet])
  return { schema, operation, fragments, rootType, root }
}
