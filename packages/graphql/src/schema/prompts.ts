import type {
  Completion,
  PromptRef as CorePromptRef,
  McpPrompt,
  McpPromptArgument,
  McpPromptMessage,
  RenderedPrompt,
} from '@toolyard/core'
import { RegistryError } from '@toolyard/core'
import { builder } from './builder.ts'
import { type Connection, given, pageCost } from './connections.ts'
import { McpPromptFilter, toPromptFilter } from './filters.ts'
import { listed, long } from './long-fields.ts'
import { Node } from './node.ts'
import { McpPromptConnection, McpPromptType } from './refs.ts'
import { requestCost } from './resources.ts'
import { toCallerContext, VariableInput } from './server-inputs.ts'
import { Content } from './tool-results.ts'
import { resultType } from './user-errors.ts'

const Argument = builder.objectRef<McpPromptArgument>('McpPromptArgument').implement({
  fields: (t) => ({
    name: t.exposeString('name', long),
    title: t.exposeString('title', { ...long, nullable: true }),
    description: t.exposeString('description', { ...long, nullable: true }),
    required: t.exposeBoolean('required'),
  }),
})

McpPromptType.implement({
  interfaces: [Node],
  fields: (t) => ({
    arguments: t.field({
      type: [Argument],
      resolve: (prompt, _, context, info) => listed(prompt.arguments, context, info),
    }),
  }),
})

const QualifiedPromptInput = builder.inputType('QualifiedPromptInput', {
  fields: (t) => ({ server: t.string({ required: true }), prompt: t.string({ required: true }) }),
})
const McpPromptRef = builder.inputType('McpPromptRef', {
  isOneOf: true,
  fields: (t) => ({ id: t.id(), qualified: t.field({ type: QualifiedPromptInput }) }),
})

function toPromptRef({ id, qualified }: typeof McpPromptRef.$inferInput): CorePromptRef {
  return qualified ? { server: qualified.server, prompt: qualified.prompt } : { id: id ?? '' }
}

const GetMcpPromptInput = builder.inputType('GetMcpPromptInput', {
  description: '`args` are strings by the names of the arguments. `agentId` and `variables` as in RunMcpToolInput',
  fields: (t) => ({
    prompt: t.field({ type: McpPromptRef, required: true }),
    args: t.field({ type: 'JSONObject' }),
    timeoutMs: t.int(),
    agentId: t.string(),
    variables: t.field({ type: [VariableInput] }),
  }),
})
const roles = { user: 'USER', assistant: 'ASSISTANT' } as const
const Message = builder.objectRef<McpPromptMessage>('McpPromptMessage').implement({
  fields: (t) => ({
    role: t.field({
      type: builder.enumType('McpRole', { values: ['USER', 'ASSISTANT'] as const }),
      resolve: ({ role }) => roles[role],
    }),
    content: t.field({ type: Content, resolve: ({ content }) => content }),
  }),
})
const GetMcpPromptPayload = builder.objectRef<RenderedPrompt>('GetMcpPromptPayload').implement({
  fields: (t) => ({
    description: t.exposeString('description', { ...long, nullable: true }),
    messages: t.field({
      type: [Message],
      resolve: ({ messages }, _, context, info) => listed(messages, context, info),
    }),
    meta: t.field({ ...long, type: 'JSONObject', nullable: true, resolve: ({ meta }) => meta }),
  }),
})
const prompt = resultType('GetMcpPrompt', GetMcpPromptPayload, ['InputError', 'ToolArgsError', 'McpError'])

const CompleteMcpArgumentInput = builder.inputType('CompleteMcpArgumentInput', {
  description: 'Values of an argument of a prompt, or of a variable of a template; `context` has those of others',
  fields: (t) => ({
    prompt: t.field({ type: McpPromptRef }),
    templateId: t.id(),
    argument: t.string({ required: true }),
    value: t.string({ required: true }),
    context: t.field({ type: 'JSONObject' }),
  }),
})
const CompleteMcpArgumentPayload = builder.objectRef<Completion>('CompleteMcpArgumentPayload').implement({
  fields: (t) => ({
    values: t.stringList({ ...long, resolve: ({ values }, _, context, info) => listed(values, context, info) }),
    total: t.int({
      nullable: true,
      // Int has 32 bits.
      resolve: ({ total }) => (total !== null && total < 2 ** 31 ? total : null),
    }),
    hasMore: t.exposeBoolean('hasMore'),
  }),
})
const completion = resultType('CompleteMcpArgument', CompleteMcpArgumentPayload, ['InputError', 'McpError'])

/** The path in the mutation's input of what the registry calls the server of a prompt, or a template. */
function toInputPath([first = '', ...rest]: readonly string[]): readonly string[] {
  if (first === 'server') return ['prompt']
  return first === 'template' ? ['templateId'] : [first, ...rest]
}

builder.queryFields((t) => ({
  mcpPrompt: t.field({
    type: McpPromptType,
    nullable: true,
    args: { by: t.arg({ type: McpPromptRef, required: true }) },
    resolve: async (_, { by }, { registry }) => (await registry.prompts.get(toPromptRef(by))) ?? null,
  }),
  mcpPrompts: t.field({
    type: McpPromptConnection,
    complexity: pageCost,
    args: { first: t.arg.int(), after: t.arg.string(), filter: t.arg({ type: McpPromptFilter }) },
    resolve: async (_, { filter: input, ...args }, { registry }): Promise<Connection<McpPrompt>> => {
      const filter = toPromptFilter(input)
      const page = await registry.prompts.list({ ...given(args), filter })
      return { ...page, totalCount: () => registry.prompts.count(filter) }
    },
  }),
  getMcpPrompt: t.field({
    type: prompt.union,
    nullable: true,
    complexity: requestCost,
    description: 'Asks the server, now. Never over GET',
    args: { input: t.arg({ type: GetMcpPromptInput, required: true }) },
    resolve: (_, { input }, { registry, caller, exchange }) =>
      prompt.settle(
        () =>
          // The registry refuses arguments that are no strings, with their pointers.
          registry.prompts.render(toPromptRef(input.prompt), (input.args ?? {}) as Readonly<Record<string, string>>, {
            ...toCallerContext(input),
            ...given({ timeoutMs: input.timeoutMs }),
            actor: caller.id,
            signal: exchange.signal,
          }),
        toInputPath,
      ),
  }),
  completeMcpArgument: t.field({
    type: completion.union,
    nullable: true,
    complexity: requestCost,
    description: 'Asks the server, now. Never over GET',
    args: { input: t.arg({ type: CompleteMcpArgumentInput, required: true }) },
    resolve: (_, { input }, { registry, caller, exchange }) =>
      completion.settle(() => {
        const { argument, value, templateId } = input
        // As above.
        const context = (input.context ?? {}) as Readonly<Record<string, string>>
        const options = { actor: caller.id, signal: exchange.signal }
        const asked = { argument, value, context }
        if (input.prompt && templateId == null) {
          return registry.prompts.complete(toPromptRef(input.prompt), asked, options)
        }
        if (templateId != null && !input.prompt) {
          return registry.resources.templates.complete({ id: templateId }, asked, options)
        }
        const message = 'prompt: expected either prompt or templateId'
        throw new RegistryError('INVALID_INPUT', message, { path: ['prompt'] })
      }, toInputPath),
  }),
}))
