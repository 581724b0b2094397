import { type ConcreteRequest, commitMutation, fetchQuery as readQuery, requestSubscription } from 'relay-runtime'

/** A document as Relay's compiler writes it, with the parts that the runtime needs to fill its store. */
function compiled(
  operationKind: 'query' | 'mutation' | 'subscription',
  text: string,
  selections: unknown[],
): ConcreteRequest {
  const params = { id: null, cacheID: text, name: 'Asked', metadata: {}, operationKind, text }
  const argumentDefinitions: unknown[] = []
  const parts = { argumentDefinitions, selections, name: 'Asked' }
  const fragment = { ...parts, kind: 'Fragment', type: 'Query', abstractKey: null, metadata: null }
  // The compiler's output has no types of its own.
  return { kind: 'Request', params, fragment, operation: { ...parts, kind: 'Operation' } } as unknown as ConcreteRequest
}
const scalar = (name: string) => ({ kind: 'ScalarField', name, alias: null, args: null, storageKey: null })
const linked = (name: string, plural: boolean, concreteType: string | null, selections: unknown[]) => ({
  ...{ kind: 'LinkedField', name, alias: null, args: null, storageKey: null },
  ...{ concreteType, plural, selections },
})
/** A fragment on an interface: the answer's `__is…` says whether the object is one, so no list of possible types is needed. */
const onServer = {
  kind: 'InlineFragment',
  type: 'McpServerBase',
  abstractKey: '__isMcpServerBase',
  selections: [scalar('id'), scalar('name')],
}

const list = `{ mcpServers(first: 1) { nodes {
  __typename ... on McpServerBase { __isMcpServerBase: __typename id name } ... on Node { id }
} } }`
const nodes = linked('nodes', true, null, [scalar('__typename'), onServer])
const listed = await readQuery(
  environment,
  compiled('query', list, [linked('mcpServers', false, 'McpServerConnection', [nodes])]),
  {},
).toPromise()
if (!JSON.stringify(listed).includes('everything')) throw new Error(JSON.stringify(listed))
const stored = environment.getStore().getSource().get(id)
if (stored?.name !== 'everything') throw new Error(`The store has ${JSON.stringify(stored)}`)

const feed = `subscription ($after: Cursor) {
  mcpServerEvents(after: $after, heartbeatMs: 1000) {
    __typename
    ... on McpServerUpdated { cursor server { __typename ... on McpServerBase { __isMcpServerBase: __typename id name } } }
    ... on Heartbeat { cursor }
  }
}`
const updated = {
  kind: 'InlineFragment',
  type: 'McpServerUpdated',
  abstractKey: null,
  selections: [scalar('cursor'), linked('server', false, null, [scalar('__typename'), onServer])],
}
const heard = Promise.withResolvers<void>()
const renamed = Promise.withResolvers<void>()
const subscription = requestSubscription(environment, {
  subscription: compiled('subscription', feed, [
    linked('mcpServerEvents', false, null, [scalar('__typename'), updated]),
  ]),
  variables: {},
  onNext: () => {
    heard.resolve()
    if (environment.getStore().getSource().get(id)?.name === 'renamed') renamed.resolve()
  },
  onError: (error) => {
    heard.reject(error)
    renamed.reject(error)
  },
})
await heard.promise

const rename = `mutation { updateMcpServer(input: { id: "${id}", name: "renamed" }) { __typename } }`
commitMutation(environment, {
  mutation: compiled('mutation', rename, [linked('updateMcpServer', false, null, [scalar('__typename')])]),
  variables: {},
  onError: renamed.reject,
})
// The event changes the server in the store, wherever a component shows it.
await renamed.promise
subscription.dispose()
await sockets.close()
await apiRegistry.close()
await apiSockets.close()
apiServer.close()
