import type {
  McpServer,
  McpServerInfo,
  McpTimeouts,
  ServerHealth,
  TemplateVariable,
  ToolChangePolicy,
} from '@toolyard/core'
import { McpAuth, SecretEntryType } from './auth.ts'
import { builder } from './builder.ts'
import { type Connection, emptyPage, given, pageCost } from './connections.ts'
import {
  McpInputPolicyEnum,
  McpResourceFilter,
  McpServerFilter,
  McpServerOrder,
  McpServerStatusEnum,
  McpToolFilter,
  McpToolOrder,
  McpTransportEnum,
  ToolApprovalPolicyEnum,
  ToolRunFilter,
  toResourceFilter,
  toRunFilter,
  toServerFilter,
  toToolFilter,
} from './filters.ts'
import { listed, long, selects, unbounded } from './long-fields.ts'
import { Node, serverTypeName } from './node.ts'
import {
  McpPromptConnection,
  McpResourceConnection,
  McpResourceTemplateConnection,
  McpServerConnection,
  McpServerRefresh,
  McpServerRefreshConnection,
  McpServerUnion,
  McpToolConnection,
  SseServer,
  StdioServer,
  StreamableHttpServer,
  ToolRunConnection,
} from './refs.ts'
import { McpErrorType, toMcpError } from './user-errors.ts'

const McpServerInfoType = builder.objectRef<McpServerInfo>('McpServerInfo').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    title: t.string({ nullable: true, resolve: ({ title }) => title ?? null }),
    version: t.exposeString('version'),
    websiteUrl: t.field({ type: 'URL', nullable: true, resolve: ({ websiteUrl }) => websiteUrl ?? null }),
  }),
})
const McpServerHealth = builder.objectRef<ServerHealth>('McpServerHealth').implement({
  fields: (t) => ({
    checkedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ checkedAt }) => (checkedAt === null ? null : new Date(checkedAt)),
    }),
    latencyMs: t.exposeInt('latencyMs', { nullable: true }),
    consecutiveFailures: t.exposeInt('consecutiveFailures'),
    lastError: t.field({ type: McpErrorType, nullable: true, resolve: ({ lastError }) => toMcpError(lastError) }),
  }),
})
const McpTimeoutsType = builder.objectRef<McpTimeouts>('McpTimeouts').implement({
  description: 'Milliseconds',
  fields: (t) => ({
    connectMs: t.exposeInt('connectMs'),
    requestMs: t.exposeInt('requestMs'),
    maxTotalMs: t.exposeInt('maxTotalMs'),
  }),
})
export const ToolChangePolicyEnum = builder.enumType('ToolChangePolicy', {
  description: [
    'Treatment of new and changed tools. ACCEPT accepts them; WARN accepts them and reports them in the feed; QUARANTINE',
    'reports them, and keeps the old definition in force, or none, until approveMcpTool accepts the new one, even if only',
    'hidden text is new (`warnings`).',
  ].join('\n'),
  values: ['ACCEPT', 'WARN', 'QUARANTINE'] as const satisfies ToolChangePolicy[],
})
const McpServerVariable = builder.objectRef<TemplateVariable>('McpServerVariable').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    required: t.boolean({
      description: 'False if its templates have a default',
      resolve: ({ isRequired }) => isRequired,
    }),
  }),
})
const McpProtocolEra = builder.enumType('McpProtocolEra', {
  description: 'LEGACY: revisions with sessions, up to 2025-11-25. MODERN: revisions without, from 2026-07-28 on',
  values: ['LEGACY', 'MODERN'] as const,
})
export const McpProtocolEraPolicy = builder.enumType('McpProtocolEraPolicy', {
  description: 'The era that may be spoken with a server. AUTO asks the server',
  values: ['AUTO', 'LEGACY', 'MODERN'] as const,
})

const McpServerBase = builder.interfaceRef<McpServer>('McpServerBase').implement({
  interfaces: [Node],
  resolveType: serverTypeName,
  fields: (t) => ({
    name: t.exposeString('name'),
    transport: t.field({ type: McpTransportEnum, resolve: ({ transport }) => transport }),
    description: t.exposeString('description', { ...unbounded, nullable: true }),
    enabled: t.exposeBoolean('enabled'),
    labels: t.stringList({ ...unbounded, resolve: ({ labels }, _, context, info) => listed(labels, context, info) }),
    status: t.field({ type: McpServerStatusEnum, resolve: ({ status }) => status }),
    health: t.field({ type: McpServerHealth, resolve: ({ health }) => health }),
    protocolEra: t.field({ type: McpProtocolEra, nullable: true, resolve: ({ protocolEra }) => protocolEra }),
    protocolEraPolicy: t.field({
      type: McpProtocolEraPolicy,
      resolve: ({ protocolEraPolicy }) => protocolEraPolicy,
    }),
    protocolVersion: t.exposeString('protocolVersion', { nullable: true }),
    serverInfo: t.field({ type: McpServerInfoType, nullable: true, resolve: ({ serverInfo }) => serverInfo }),
    instructions: t.exposeString('instructions', { ...long, nullable: true }),
    timeouts: t.field({ type: McpTimeoutsType, resolve: ({ timeouts }) => timeouts }),
    refreshIntervalMs: t.exposeInt('refreshIntervalMs', {
      nullable: true,
      description: 'Interval between automatic refreshes in milliseconds; null: none',
    }),
    toolChangePolicy: t.field({ type: ToolChangePolicyEnum, resolve: ({ toolChangePolicy }) => toolChangePolicy }),
    approvalPolicy: t.field({
      type: ToolApprovalPolicyEnum,
      description: 'Of its tools that have none of their own',
      resolve: ({ approvalPolicy }) => approvalPolicy,
    }),
    inputPolicy: t.field({ type: McpInputPolicyEnum, resolve: ({ inputPolicy }) => inputPolicy }),
    toolsFreshUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when the server says that all its lists stay as they are. Scheduled refreshes wait for it',
      resolve: ({ toolsFreshUntil }) => toolsFreshUntil,
    }),
    variables: t.field({
      type: [McpServerVariable],
      description: 'Variables of the templates in its configuration, for `variables` of a refresh or a run',
      resolve: ({ variables }) => [...variables],
    }),
    revision: t.exposeInt('revision'),
    createdAt: t.field({ type: 'DateTime', resolve: ({ createdAt }) => createdAt }),
    updatedAt: t.field({ type: 'DateTime', resolve: ({ updatedAt }) => updatedAt }),
  }),
})

builder.interfaceFields(McpServerBase, (t) => ({
  latestRefresh: t.field({
    type: McpServerRefresh,
    nullable: true,
    resolve: async ({ id }, _, { loaders }) => (await loaders.latestRefresh.load(id)) ?? null,
  }),
  tools: t.field({
    type: McpToolConnection,
    complexity: pageCost,
    args: {
      first: t.arg.int(),
      after: t.arg.string(),
      last: t.arg.int(),
      before: t.arg.string(),
      filter: t.arg({ type: McpToolFilter }),
      orderBy: t.arg({ type: McpToolOrder }),
    },
    resolve: async ({ id }, { filter, ...args }, { loaders }) => {
      const key = { parentId: id, options: { ...given(args), filter: toToolFilter(filter) } }
      const page = (await loaders.toolsOfServer.load(key)) ?? emptyPage
      const counted = { parentId: id, options: { filter: key.options.filter } }
      return { ...page, totalCount: async () => (await loaders.toolCountOfServer.load(counted)) ?? 0 }
    },
  }),
  resources: t.field({
    type: McpResourceConnection,
    complexity: pageCost,
    args: { first: t.arg.int(), after: t.arg.string(), filter: t.arg({ type: McpResourceFilter }) },
    resolve: async ({ id }, { filter, ...args }, { loaders }) => {
      const key = { parentId: id, options: { ...given(args), filter: toResourceFilter(filter) } }
      const page = (await loaders.resourcesOfServer.load(key)) ?? emptyPage
      const counted = { parentId: id, options: { filter: key.options.filter } }
      return { ...page, totalCount: async () => (await loaders.resourceCountOfServer.load(counted)) ?? 0 }
    },
  }),
  resourceTemplates: t.field({
    type: McpResourceTemplateConnection,
    complexity: pageCost,
    args: { first: t.arg.int(), after: t.arg.string() },
    resolve: async ({ id }, args, { loaders }) => {
      const page = (await loaders.templatesOfServer.load({ parentId: id, options: given(args) })) ?? emptyPage
      const counted = { parentId: id, options: {} }
      return { ...page, totalCount: async () => (await loaders.templateCountOfServer.load(counted)) ?? 0 }
    },
  }),
  prompts: t.field({
    type: McpPromptConnection,
    complexity: pageCost,
    args: { first: t.arg.int(), after: t.arg.string() },
    resolve: async ({ id }, args, { loaders }) => {
      const page = (await loaders.promptsOfServer.load({ parentId: id, options: given(args) })) ?? emptyPage
      const counted = { parentId: id, options: {} }
      return { ...page, totalCount: async () => (await loaders.promptCountOfServer.load(counted)) ?? 0 }
    },
  }),
  refreshes: t.field({
    type: McpServerRefreshConnection,
    complexity: pageCost,
    description: 'The recorded refreshes, the newest first. Old ones are deleted, except the newest of a server',
    args: { first: t.arg.int(), after: t.arg.string() },
    resolve: async ({ id }, args, { loaders }) => {
      const page = (await loaders.refreshesOfServer.load({ parentId: id, options: given(args) })) ?? emptyPage
      return { ...page, totalCount: async () => (await loaders.refreshCountOfServer.load(id)) ?? 0 }
    },
  }),
  runs: t.field({
    type: ToolRunConnection,
    complexity: pageCost,
    args: { first: t.arg.int(), after: t.arg.string(), filter: t.arg({ type: ToolRunFilter }) },
    resolve: async ({ id }, { filter, ...args }, { loaders }, info) => {
      const options = { ...given(args), filter: toRunFilter(filter), results: selects(info, 'result') }
      const key = { parentId: id, options }
      const page = (await loaders.runsOfServer.load(key)) ?? emptyPage
      const counted = { parentId: id, options: { filter: key.options.filter } }
      return { ...page, totalCount: async () => (await loaders.runCountOfServer.load(counted)) ?? 0 }
    },
  }),
}))

StdioServer.implement({
  interfaces: [Node, McpServerBase],
  fields: (t) => ({
    command: t.exposeString('command'),
    args: t.stringList({ ...unbounded, resolve: ({ args }, _, context, info) => listed(args, context, info) }),
    cwd: t.exposeString('cwd', { nullable: true }),
    env: t.field({
      ...unbounded,
      type: [SecretEntryType],
      resolve: ({ env }, _, context, info) => listed(env, context, info),
    }),
  }),
})

for (const server of [SseServer, StreamableHttpServer]) {
  server.implement({
    interfaces: [Node, McpServerBase],
    fields: (t) => ({
      serverUrl: t.field({ type: 'URL', resolve: ({ serverUrl }) => serverUrl }),
      auth: t.field({ type: McpAuth, nullable: true, resolve: ({ auth }) => auth }),
      customHeaders: t.field({
        ...unbounded,
        type: [SecretEntryType],
        resolve: ({ customHeaders }, _, context, info) => listed(customHeaders, context, info),
      }),
    }),
  })
}

const McpServerBy = builder.inputType('McpServerBy', {
  isOneOf: true,
  fields: (t) => ({ id: t.id(), name: t.string() }),
})

builder.queryFields((t) => ({
  mcpServer: t.field({
    type: McpServerUnion,
    nullable: true,
    args: { by: t.arg({ type: McpServerBy, required: true }) },
    resolve: async (_, { by }, { registry, loaders }) => {
      if (by.id != null) return (await loaders.server.load(by.id)) ?? null
      return (await registry.servers.getByName(by.name ?? '')) ?? null
    },
  }),
  mcpServers: t.field({
    type: McpServerConnection,
    complexity: pageCost,
    args: {
      first: t.arg.int(),
      after: t.arg.string(),
      last: t.arg.int(),
      before: t.arg.string(),
      filter: t.arg({ type: McpServerFilter }),
      orderBy: t.arg({ type: McpServerOrder }),
    },
    resolve: async (_, { filter: input, ...args }, { registry }): Promise<Connection<McpServer>> => {
      const filter = toServerFilter(input)
      const page = await registry.servers.list({ ...given(args), filter })
      return { ...page, totalCount: () => registry.servers.count(filter) }
    },
  }),
}))
