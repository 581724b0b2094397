import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type OperationTypeNode,
  type SelectionSetNode,
} from 'graphql'
import { type Caller, type Scope, scopes } from './caller.ts'

/** The scope that a caller needs; any one of several. */
type Need = Scope | readonly Scope[]
type RootScopes = Readonly<Record<`${OperationTypeNode}`, Readonly<Record<string, Need>>>>

/** The scope of each root field. A schema with another set of root fields is not served. */
export const rootScopes: RootScopes = {
  query: {
    auditEvents: 'admin',
    completeMcpArgument: 'run',
    exportMcpServers: 'read',
    getMcpPrompt: 'run',
    mcpPrompt: 'read',
    mcpPrompts: 'read',
    mcpResource: 'read',
    mcpResources: 'read',
    mcpResourceTemplates: 'read',
    mcpServer: 'read',
    mcpServerRefresh: 'read',
    mcpServers: 'read',
    mcpTool: 'read',
    mcpTools: 'read',
    node: 'read',
    nodes: 'read',
    rateLimit: 'read',
    readMcpResource: 'run',
    registryInfo: 'read',
    searchMcp: 'read',
    searchMcpTools: 'read',
    toolRun: 'read',
    toolRuns: 'read',
    // Any key may ask what it may do.
    viewer: scopes,
  },
  mutation: {
    // With `run` alone, for runs that the key has started.
    answerToolRunInput: ['run', 'write'],
    approveMcpTool: 'write',
    beginMcpAuth: 'write',
    // Callers who may start a run or a refresh may cancel it.
    cancelJob: ['run', 'write'],
    // It stores nothing, but reads the metadata of the authorization server.
    checkMcpAuth: 'write',
    completeMcpAuth: 'write',
    createMcpServer: 'write',
    decideToolRun: 'write',
    deleteMcpServer: 'write',
    disconnectMcpAuth: 'write',
    importMcpServers: 'write',
    // It stores nothing, but dials like a refresh: with the server's secrets, and over stdio by starting its command.
    previewMcpServerRefresh: 'write',
    refreshMcpServer: 'write',
    refreshMcpServers: 'write',
    runMcpTool: 'run',
    setMcpTool: 'write',
    updateMcpServer: 'write',
  },
  subscription: {
    mcpResourceUpdates: 'run',
    mcpServerEvents: 'read',
    mcpServerRefreshEvents: 'read',
    toolRunEvents: 'read',
  },
}

/** Fields that ask an MCP server: a page must not cause them with a link, and their answers take as long as a server does. */
const asking: ReadonlySet<string> = new Set([
  'completeMcpArgument',
  'getMcpPrompt',
  'mcpResourceUpdates',
  'readMcpResource',
])

const knownAsking = new WeakMap<OperationDefinitionNode, boolean>()

/** Whether an operation has a field that asks an MCP server. */
export function asksServers(document: DocumentNode, operationName: string | null | undefined): boolean {
  const operation = getOperationAST(document, operationName)
  if (!operation) return false
  const known = knownAsking.get(operation)
  if (known !== undefined) return known
  const asks = rootFieldsOf(document, operationName).some((name) => asking.has(name))
  knownAsking.set(operation, asks)
  return asks
}

/** Throws if a root field of the schema has no scope, or a scope has no root field. */
export function assertRootScopes(schema: GraphQLSchema): void {
  const types = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  }
  const wrong = (['query', 'mutation', 'subscription'] as const).flatMap((operation) => {
    const fields = Object.keys(types[operation]?.getFields() ?? {})
    const scoped = Object.keys(rootScopes[operation])
    const unmatched = [...fields, ...scoped].filter((name) => !fields.includes(name) || !scoped.includes(name))
    return unmatched.map((name) => `${operation}.${name}`)
  })
  if (wrong.length === 0) return
  throw new Error(
    `root-scopes.ts: expected one scope for each root field, and no other; differing: ${wrong.join(', ')}`,
  )
}

/** Finds the needs of all root fields, including those that @skip or @include would leave out. */
function needsOf(operation: OperationDefinitionNode, document: DocumentNode): ReadonlySet<Need> {
  const needs = rootScopes[operation.operation]
  return new Set([...fieldsOf(operation, document)].map((name) => needs[name] ?? 'admin'))
}

/** Finds the names of all root fields but those of introspection. */
function fieldsOf(operation: OperationDefinitionNode, document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>()
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each)
  }

  function visit({ selections }: SelectionSetNode): void {
    for (const node of selections) {
      if (node.kind === Kind.INLINE_FRAGMENT) visit(node.selectionSet)
      else if (node.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(node.name.value)
        // A fragment is walked once.
        fragments.delete(node.name.value)
        if (fragment) visit(fragment.selectionSet)
      } else if (!node.name.value.startsWith('__')) names.add(node.name.value)
    }
  }

  visit(operation.selectionSet)
  return names
}

// Parsed documents are cached, so the same operation comes again.
const knownNeeds = new WeakMap<OperationDefinitionNode, ReadonlySet<Need>>()

/** Returns the names of the root fields that an operation selects and the schema has. */
export function rootFieldsOf(document: DocumentNode, operationName: string | null | undefined): readonly string[] {
  const operation = getOperationAST(document, operationName)
  if (!operation) return []
  const known = rootScopes[operation.operation]
  return [...fieldsOf(operation, document)].filter((name) => name in known)
}

/** Refuses the whole operation if the caller lacks the scope of one of its root fields. */
export function checkScopes(
  { scopes: held }: Caller,
  document: DocumentNode,
  operationName: string | null | undefined,
): readonly GraphQLError[] {
  const operation = getOperationAST(document, operationName)
  // The executor reports a missing operation.
  if (!operation) return []
  const needs = knownNeeds.get(operation) ?? needsOf(operation, document)
  knownNeeds.set(operation, needs)
  const missing = new Set<string>()
  for (const need of needs) {
    const isMet = typeof need === 'string' ? held.has(need) : need.some((scope) => held.has(scope))
    if (!isMet) missing.add(typeof need === 'string' ? need : need.join(' or '))
  }
  if (missing.size === 0) return []
  const message = `The operation needs the scope ${[...missing].sort().join(', and the scope ')}`
  return [new GraphQLError(message, { extensions: { code: 'FORBIDDEN', http: { status: 403 } } })]
}
