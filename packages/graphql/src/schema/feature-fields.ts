import type { McpPrompt, McpResource, McpResourceTemplate } from '@toolyard/core'
import { slices } from '@toolyard/core/internal/slices'
import type { Context } from '../context/context.ts'
import { builder } from './builder.ts'
import { listed, long } from './long-fields.ts'
import { McpPromptType, McpResourceTemplateType, McpResourceType, McpServerUnion } from './refs.ts'
import { Icon } from './tools.ts'

async function serverOf({ serverId }: McpResource | McpResourceTemplate | McpPrompt, _: object, { loaders }: Context) {
  const server = await loaders.server.load(serverId)
  if (!server) throw new Error(`The server ${serverId} was deleted while what it lists was being read`)
  return server
}

// What resources, templates and prompts have in common.
for (const type of [McpResourceType, McpResourceTemplateType, McpPromptType]) {
  builder.objectFields(type, (t) => ({
    name: t.exposeString('name'),
    title: t.exposeString('title', { ...long, nullable: true }),
    description: t.exposeString('description', { ...long, nullable: true }),
    icons: t.field({ type: [Icon], resolve: ({ icons }, _, context, info) => listed(icons, context, info) }),
    meta: t.field({
      ...long,
      type: 'JSONObject',
      nullable: true,
      description: '`_meta`, as the server sent it',
      resolve: ({ meta }) => meta,
    }),
    digest: t.string({
      description: 'SHA-256 of the canonical form of the whole definition',
      resolve: (feature) => slices.run(() => feature.digest),
    }),
    firstSeenAt: t.field({ type: 'DateTime', resolve: ({ firstSeenAt }) => firstSeenAt }),
    updatedAt: t.field({ type: 'DateTime', resolve: ({ updatedAt }) => updatedAt }),
    removedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ removedAt }) => removedAt }),
    server: t.field({ type: McpServerUnion, resolve: serverOf }),
  }))
}
