const asked = await fetch('http://127.0.0.1:4000/graphql', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: '{ registryInfo { version } }' }),
})
const answered = await asked.text()
if (!answered.includes('"version"')) throw new Error(answered)

const { createWebSocketClient } = await import('@toolyard/graphql/client')
const overWebSocket = createWebSocketClient({ url: 'http://127.0.0.1:4000/graphql' })
await overWebSocket.request('{ registryInfo { version } }', {})
await overWebSocket.close()

await registry.close()
await sockets.close()
server.closeAllConnections()
server.close()
