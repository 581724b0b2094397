import type {
  ToolRef as CoreToolRef,
  JsonObject,
  McpIcon,
  McpTool,
  McpToolAnnotations,
  McpToolQuarantine,
  ToolSchemaHealth,
  ToolWarning,
} from '@toolyard/core'
import { functionDefinition } from '@toolyard/core'
import { slices } from '@toolyard/core/internal/slices'
import { builder } from './builder.ts'
import { type Connection, emptyPage, given, pageCost } from './connections.ts'
import { McpToolFilter, McpToolOrder, ToolApprovalPolicyEnum, toToolFilter } from './filters.ts'
import { listed, long, selects } from './long-fields.ts'
import { Node } from './node.ts'
import { McpServerUnion, McpToolChangeType, McpToolConnection, McpToolType, ToolRunConnection } from './refs.ts'

export const SchemaHealth = builder.objectRef<ToolSchemaHealth>('ToolSchemaHealth').implement({
  description: 'Whether model APIs accept the input schema: also with strict decoding, only without it, or not at all',
  fields: (t) => ({
    status: t.field({
      type: builder.enumType('ToolSchemaHealthStatus', {
        values: ['STRICT_COMPLIANT', 'NON_STRICT_ONLY', 'INVALID'] as const,
      }),
      resolve: ({ status }) => status,
    }),
    reasons: t.stringList({ ...long, resolve: ({ reasons }, _, context, info) => listed(reasons, context, info) }),
  }),
})
export const Warning = builder.objectRef<ToolWarning>('ToolWarning').implement({
  description: 'A finding that a person should review before a model sees the definition',
  fields: (t) => ({
    code: t.field({
      type: builder.enumType('ToolWarningCode', {
        description: [
          'HIDDEN_TEXT: invisible characters, such as tags, zero width spaces, bidi controls and variation selectors, which',
          'models read nevertheless. CONTROL_CHARACTERS: control characters of terminals, and noncharacters.',
        ].join('\n'),
        values: ['HIDDEN_TEXT', 'CONTROL_CHARACTERS'] as const,
      }),
      resolve: ({ code }) => code,
    }),
    pointer: t.exposeString('pointer', {
      description: 'A JSON Pointer into the definition, as in /inputSchema/properties/q/description',
    }),
    message: t.exposeString('message'),
  }),
})
const Annotations = builder.objectRef<McpToolAnnotations>('McpToolAnnotations').implement({
  fields: (t) => ({
    readOnlyHint: t.exposeBoolean('readOnlyHint', { nullable: true }),
    destructiveHint: t.exposeBoolean('destructiveHint', { nullable: true }),
    idempotentHint: t.exposeBoolean('idempotentHint', { nullable: true }),
    openWorldHint: t.exposeBoolean('openWorldHint', { nullable: true }),
  }),
})
export const Icon = builder.objectRef<McpIcon>('McpIcon').implement({
  fields: (t) => ({
    src: t.field({ ...long, type: 'URL', resolve: ({ src }) => src }),
    mimeType: t.string({ nullable: true, resolve: ({ mimeType }) => mimeType ?? null }),
    sizes: t.stringList({
      ...long,
      nullable: true,
      resolve: ({ sizes }, _, context, info) => (sizes ? listed(sizes, context, info) : null),
    }),
  }),
})

export const RecordPolicyEnum = builder.enumType('RecordPolicy', {
  description: 'The recorded part of args or results: everything, names and lengths without the values, or nothing',
  values: ['KEEP', 'REDACT', 'DROP'] as const,
})

const ModelApi = builder.enumType('ModelApi', {
  description: 'OPENAI: the Responses API. ANTHROPIC: the Messages API. GEMINI: function declarations',
  values: ['OPENAI', 'ANTHROPIC', 'GEMINI'] as const,
})

const Quarantine = builder.objectRef<McpToolQuarantine>('McpToolQuarantine').implement({
  description: 'A definition that waits for approveMcpTool',
  fields: (t) => ({
    kind: t.field({
      type: builder.enumType('McpToolQuarantineKind', {
        description: 'NEW: the tool cannot be run. CHANGED: it is shown and run with the definition in force',
        values: ['NEW', 'CHANGED'] as const,
      }),
      resolve: ({ kind }) => kind,
    }),
    definition: t.field({
      ...long,
      type: 'JSONObject',
      description: 'The definition as the server lists it',
      // A definition is parsed JSON; its type is narrower than JsonObject.
      resolve: ({ definition }) => definition as unknown as JsonObject,
    }),
    digest: t.exposeString('digest', {
      description: 'The digest for approveMcpTool: SHA-256 of the canonical form of the whole `definition`',
    }),
    changes: t.field({
      type: [McpToolChangeType],
      description: 'Changes from the definition in force to this one; empty for NEW',
      resolve: ({ changes }, _, context, info) => listed(changes, context, info),
    }),
    warnings: t.field({
      type: [Warning],
      description: 'The first 20 warnings of `definition`',
      resolve: ({ warnings }) => [...warnings],
    }),
  }),
})

const HeldHints = builder
  .objectRef<{ readonly digest: string }>('McpToolHeldHints')
  .implement({ fields: (t) => ({ digest: t.exposeString('digest') }) })

McpToolType.implement({
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name'),
    qualifiedName: t.exposeString('qualifiedName', {
      description: 'Server-prefixed name, unique in the registry, safe for model APIs',
    }),
    title: t.exposeString('title', { ...long, nullable: true }),
    description: t.exposeString('description', { ...long, nullable: true }),
    inputSchema: t.field({ ...long, type: 'JSONObject', resolve: ({ inputSchema }) => inputSchema }),
    outputSchema: t.field({ ...long, type: 'JSONObject', nullable: true, resolve: ({ outputSchema }) => outputSchema }),
    annotations: t.field({ type: Annotations, resolve: ({ annotations }) => annotations }),
    icons: t.field({ type: [Icon], resolve: ({ icons }, _, context, info) => listed(icons, context, info) }),
    enabled: t.exposeBoolean('enabled'),
    tags: t.stringList({ resolve: ({ tags }) => [...tags] }),
    returnCharLimit: t.exposeInt('returnCharLimit', {
      description: 'Longer results are cut, and have `truncated: true`',
    }),
    recordArgs: t.field({ type: RecordPolicyEnum, resolve: ({ recordArgs }) => recordArgs }),
    recordResults: t.field({ type: RecordPolicyEnum, resolve: ({ recordResults }) => recordResults }),
    approvalPolicy: t.field({
      type: ToolApprovalPolicyEnum,
      nullable: true,
      description: 'Null: that of the server',
      resolve: ({ approvalPolicy }) => approvalPolicy,
    }),
    heldHints: t.field({
      type: HeldHints,
      nullable: true,
      description:
        'Set if a refresh loosened `readOnlyHint` or `destructiveHint`: the policy DESTRUCTIVE applies as before, until approveMcpTool accepts this digest',
      resolve: (tool) => slices.run(() => tool.heldHints),
    }),
    quarantine: t.field({
      type: Quarantine,
      nullable: true,
      resolve: (tool) => slices.run(() => tool.quarantine),
    }),
    firstSeenAt: t.field({ type: 'DateTime', resolve: ({ firstSeenAt }) => firstSeenAt }),
    updatedAt: t.field({ type: 'DateTime', resolve: ({ updatedAt }) => updatedAt }),
    removedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ removedAt }) => removedAt }),
  }),
})

/** What is worked out from the definition, in turns with other work. */
builder.objectFields(McpToolType, (t) => ({
  schemaDigest: t.string({
    description: 'SHA-256 of the canonical name, description, schemas and annotations',
    resolve: (tool) => slices.run(() => tool.schemaDigest),
  }),
  schemaHealth: t.field({
    type: SchemaHealth,
    resolve: (tool) => slices.run(() => tool.schemaHealth),
  }),
  warnings: t.field({
    type: [Warning],
    description:
      'The first 20 findings that a person should review before a model sees this definition, such as hidden text',
    resolve: (tool) => slices.run(() => [...tool.warnings]),
  }),
  functionDefinition: t.field({
    ...long,
    type: 'JSONObject',
    description: 'The definition in the format of a model API',
    args: {
      api: t.arg({ type: ModelApi, required: true }),
      hiddenText: t.arg.boolean({
        defaultValue: false,
        description: 'Whether it keeps text that a person cannot see (`warnings`)',
      }),
    },
    resolve: (tool, { api, hiddenText }) =>
      slices.run(() => functionDefinition(tool, api, { hiddenText: hiddenText === true })),
  }),
}))

builder.objectFields(McpToolType, (t) => ({
  server: t.field({
    type: McpServerUnion,
    resolve: async ({ serverId }, _, { loaders }) => {
      const server = await loaders.server.load(serverId)
      if (!server) throw new Error(`The server ${serverId} was deleted while its tool was being read`)
      return server
    },
  }),
  runs: t.field({
    type: ToolRunConnection,
    complexity: pageCost,
    args: { first: t.arg.int(), after: t.arg.string() },
    resolve: async ({ id }, args, { loaders }, info) => {
      const options = { ...given(args), results: selects(info, 'result') }
      const page = (await loaders.runsOfTool.load({ parentId: id, options })) ?? emptyPage
      return {
        ...page,
        totalCount: async () => (await loaders.runCountOfTool.load({ parentId: id, options: {} })) ?? 0,
      }
    },
  }),
}))

const QualifiedToolInput = builder.inputType('QualifiedToolInput', {
  fields: (t) => ({ server: t.string({ required: true }), tool: t.string({ required: true }) }),
})
export const ToolRefInput = builder.inputType('ToolRef', {
  isOneOf: true,
  fields: (t) => ({ id: t.id(), qualified: t.field({ type: QualifiedToolInput }) }),
})

export function toToolRef({ id, qualified }: typeof ToolRefInput.$inferInput): CoreToolRef {
  return qualified ? { server: qualified.server, tool: qualified.tool } : { id: id ?? '' }
}

builder.queryFields((t) => ({
  mcpTool: t.field({
    type: McpToolType,
    nullable: true,
    args: { by: t.arg({ type: ToolRefInput, required: true }) },
    resolve: async (_, { by }, { registry }) => (await registry.tools.get(toToolRef(by))) ?? null,
  }),
  mcpTools: t.field({
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
    resolve: async (_, { filter: input, ...args }, { registry }): Promise<Connection<McpTool>> => {
      const filter = toToolFilter(input)
      const page = await registry.tools.list({ ...given(args), filter })
      return { ...page, totalCount: () => registry.tools.count(filter) }
    },
  }),
  searchMcpTools: t.field({
    type: McpToolConnection,
    description:
      'The tools that match the words best, by name, title, description, properties and server. If no tool has all of the words, those with some.',
    complexity: pageCost,
    args: {
      query: t.arg.string({ required: true, description: 'At most 1,000 characters' }),
      first: t.arg.int({ defaultValue: 10 }),
      after: t.arg.string(),
      filter: t.arg({ type: McpToolFilter }),
    },
    resolve: async (_, { query, filter: input, ...args }, { registry }): Promise<Connection<McpTool>> => {
      const filter = toToolFilter(input)
      const page = await registry.tools.search(query, { ...given(args), filter })
      return { ...page, totalCount: () => registry.tools.searchCount(query, filter) }
    },
  }),
}))
