import type {
  ResourceRef as CoreResourceRef,
  FilledTemplate,
  McpResource,
  McpResourceTemplate,
  ResourceContents,
  TemplateValues,
} from '@toolyard/core'
import { RegistryError } from '@toolyard/core'
import { builder } from './builder.ts'
import { type Connection, given, pageCost } from './connections.ts'
import { McpResourceFilter, toResourceFilter } from './filters.ts'
import { listed, long } from './long-fields.ts'
import { Node } from './node.ts'
import {
  McpResourceConnection,
  McpResourceTemplateConnection,
  McpResourceTemplateType,
  McpResourceType,
} from './refs.ts'
import { toCallerContext, VariableInput } from './server-inputs.ts'
import { Embedded } from './tool-results.ts'
import { resultType } from './user-errors.ts'

/** Cost of a field that asks a server. */
export const requestCost = 10

McpResourceType.implement({
  description: 'What its server lists; `readMcpResource` asks for the content',
  interfaces: [Node],
  fields: (t) => ({
    uri: t.exposeString('uri', long),
    mimeType: t.exposeString('mimeType', { nullable: true }),
    size: t.exposeFloat('size', { nullable: true, description: 'Bytes, as its server says' }),
    annotations: t.field({
      ...long,
      type: 'JSONObject',
      nullable: true,
      resolve: ({ annotations }) => annotations,
    }),
  }),
})

McpResourceTemplateType.implement({
  description: 'RFC 6570',
  interfaces: [Node],
  fields: (t) => ({
    uriTemplate: t.exposeString('uriTemplate', long),
    mimeType: t.exposeString('mimeType', { nullable: true }),
    annotations: t.field({
      ...long,
      type: 'JSONObject',
      nullable: true,
      resolve: ({ annotations }) => annotations,
    }),
  }),
})

const QualifiedResourceInput = builder.inputType('QualifiedResourceInput', {
  fields: (t) => ({ server: t.string({ required: true }), uri: t.string({ required: true }) }),
})
const McpResourceRef = builder.inputType('McpResourceRef', {
  isOneOf: true,
  fields: (t) => ({ id: t.id(), qualified: t.field({ type: QualifiedResourceInput }) }),
})

function toResourceRef({ id, qualified }: typeof McpResourceRef.$inferInput): CoreResourceRef {
  return qualified ? { server: qualified.server, uri: qualified.uri } : { id: id ?? '' }
}

const ExpandTemplateInput = builder.inputType('ExpandTemplateInput', {
  description:
    'A template by its id, and a value for each of its variables: a string, a list of strings, a map of strings, or null, which leaves the variable out',
  fields: (t) => ({ id: t.id({ required: true }), values: t.field({ type: 'JSONObject', required: true }) }),
})

const ReadMcpResourceInput = builder.inputType('ReadMcpResourceInput', {
  description:
    'Either a resource, listed or not, by its URI; or a template with what fills it in. `agentId` and `variables` as in RunMcpToolInput',
  fields: (t) => ({
    resource: t.field({ type: McpResourceRef }),
    template: t.field({ type: ExpandTemplateInput }),
    timeoutMs: t.int(),
    fresh: t.boolean({ description: 'Asks the server even if an earlier answer is still fresh' }),
    agentId: t.string(),
    variables: t.field({ type: [VariableInput] }),
  }),
})

type ReadInput = typeof ReadMcpResourceInput.$inferInput

/** @throws INVALID_INPUT unless it is one of the two */
function toReadTarget({ resource, template }: ReadInput): CoreResourceRef | FilledTemplate {
  if (resource && !template) return toResourceRef(resource)
  // The registry refuses values that are no strings, lists or maps, with their paths.
  if (template && !resource) return { template: { id: template.id }, values: template.values as TemplateValues }
  throw new RegistryError('INVALID_INPUT', 'resource: expected either resource or template', { path: ['resource'] })
}

/** The path in the input of what the registry calls a URI, a server, a template and its values. */
function toReadPath([first = '', ...rest]: readonly string[], { resource, template }: ReadInput): readonly string[] {
  if (template && (first === 'template' || first === 'values'))
    return first === 'values' ? ['template', first, ...rest] : ['template', 'id']
  if (template && (first === 'uri' || first === 'server')) return ['template']
  if (first === 'uri') return resource?.qualified ? ['resource', 'qualified', 'uri'] : ['resource']
  return first === 'server' ? ['resource'] : [first, ...rest]
}

const ReadMcpResourcePayload = builder.objectRef<ResourceContents>('ReadMcpResourcePayload').implement({
  fields: (t) => ({
    contents: t.field({
      type: [Embedded],
      resolve: ({ contents }, _, context, info) => listed(contents, context, info),
    }),
    freshUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when the server says that it stays as it is, for this caller',
      resolve: ({ freshUntil }) => freshUntil,
    }),
    meta: t.field({ ...long, type: 'JSONObject', nullable: true, resolve: ({ meta }) => meta }),
  }),
})
const read = resultType('ReadMcpResource', ReadMcpResourcePayload, ['InputError', 'McpError'])

builder.queryFields((t) => ({
  mcpResource: t.field({
    type: McpResourceType,
    nullable: true,
    args: { by: t.arg({ type: McpResourceRef, required: true }) },
    resolve: async (_, { by }, { registry }) => (await registry.resources.get(toResourceRef(by))) ?? null,
  }),
  mcpResources: t.field({
    type: McpResourceConnection,
    complexity: pageCost,
    args: { first: t.arg.int(), after: t.arg.string(), filter: t.arg({ type: McpResourceFilter }) },
    resolve: async (_, { filter: input, ...args }, { registry }): Promise<Connection<McpResource>> => {
      const filter = toResourceFilter(input)
      const page = await registry.resources.list({ ...given(args), filter })
      return { ...page, totalCount: () => registry.resources.count(filter) }
    },
  }),
  mcpResourceTemplates: t.field({
    type: McpResourceTemplateConnection,
    complexity: pageCost,
    args: { first: t.arg.int(), after: t.arg.string(), filter: t.arg({ type: McpResourceFilter }) },
    resolve: async (_, { filter: input, ...args }, { registry }): Promise<Connection<McpResourceTemplate>> => {
      const { templates } = registry.resources
      const filter = toResourceFilter(input)
      const page = await templates.list({ ...given(args), filter })
      return { ...page, totalCount: () => templates.count(filter) }
    },
  }),
  readMcpResource: t.field({
    type: read.union,
    nullable: true,
    complexity: requestCost,
    description:
      'Asks the server, unless it said of an answer to the same read, for the same caller, that it is still fresh. Never over GET',
    args: { input: t.arg({ type: ReadMcpResourceInput, required: true }) },
    resolve: (_, { input }, { registry, caller, exchange }) =>
      read.settle(
        async () =>
          await registry.resources.read(toReadTarget(input), {
            ...toCallerContext(input),
            ...given({ timeoutMs: input.timeoutMs, fresh: input.fresh }),
            actor: caller.id,
            signal: exchange.signal,
          }),
        (path) => toReadPath(path, input),
      ),
  }),
}))
