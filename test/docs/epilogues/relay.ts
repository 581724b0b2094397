const network = environment.getNetwork()
const request = { id: null, cacheID: 'x', name: 'Asked', metadata: {} }
const list = '{ mcpServers(first: 1) { nodes { ... on McpServerBase { id } } } }'
const listed = await network.execute({ ...request, operationKind: 'query', text: list }, {}, {}).toPromise()
if (!JSON.stringify(listed).includes(id)) throw new Error(JSON.stringify(listed))

const feed = `subscription ($after: Cursor) {
  mcpServerEvents(after: $after, heartbeatMs: 1000) { __typename ... on Heartbeat { cursor } }
}`
const heard = Promise.withResolvers<void>()
const subscription = network
  .execute({ ...request, operationKind: 'subscription', text: feed }, {}, {})
  .subscribe({ next: () => heard.resolve(), error: heard.reject })
await heard.promise
subscription.unsubscribe()
await sockets.close()
await apiRegistry.close()
await apiSockets.close()
apiServer.close()
