import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRegistry } from '@toolyard/core'
import { createHandler, createNodeListener, useWebSocket } from '@toolyard/graphql'

const apiRegistry = await createRegistry()
const apiHandler = createHandler(apiRegistry)
const apiServer = createServer(createNodeListener(apiHandler))
const apiSockets = useWebSocket(apiHandler, { server: apiServer })
apiServer.listen(4000, '127.0.0.1')
await once(apiServer, 'listening')
const { id } = await apiRegistry.servers.create({
  name: 'everything',
  config: { transport: 'stdio', command: 'npx', args: ['-y', '@modelcontextprotocol/server-everything'] },
  refresh: false,
})
await (await apiRegistry.servers.refresh(id)).result()
