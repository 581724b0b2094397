import { type McpResourceUpdate, RegistryError } from '@toolyard/core'
import { builder } from './builder.ts'
import { McpServerUnion } from './refs.ts'
import { requestCost } from './resources.ts'

const ResourceUpdate = builder.objectRef<McpResourceUpdate>('McpResourceUpdate').implement({
  description: 'A resource was updated, or may have been: read it anew',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', resolve: ({ at }) => at }),
    server: t.field({
      type: McpServerUnion,
      resolve: async ({ serverId }, _, { loaders }) => {
        const server = await loaders.server.load(serverId)
        if (!server) throw new RegistryError('NOT_FOUND', `No server has the id ${serverId}`)
        return server
      },
    }),
    uri: t.exposeString('uri'),
  }),
})

builder.subscriptionField('mcpResourceUpdates', (t) =>
  t.field({
    type: ResourceUpdate,
    complexity: requestCost,
    description:
      'Tells of each resource once its server notifies of it, then of each update, and whenever some may have been missed. One upstream subscription however many follow; it ends with the last of them',
    args: { serverId: t.arg.id({ required: true }), uris: t.arg.stringList({ required: true }) },
    subscribe: (_, { serverId, uris }, { registry, caller }) =>
      registry.resources.updates({ serverId, uris, actor: caller.id }),
    resolve: (update: McpResourceUpdate) => update,
  }),
)
