import type { ElicitationAction, PendingInput } from '@toolyard/core'
import { anonymous } from '../access/caller.ts'
import { builder } from './builder.ts'
import { action } from './jobs.ts'
import { long, unbounded } from './long-fields.ts'

type Shown<Kind extends PendingInput['kind']> = Extract<PendingInput, { kind: Kind }>

const expiresAt = 'When the run ends TIMED_OUT, unless it was answered before'

const ElicitationFormRequest = builder.objectRef<Shown<'FORM'>>('ElicitationFormRequest').implement({
  description: 'Values to fill in',
  fields: (t) => ({
    key: t.exposeString('key'),
    message: t.exposeString('message', unbounded),
    requestedSchema: t.field({
      ...long,
      type: 'JSONObject',
      description: 'By the specification an object of texts, numbers, flags and choices, some with a default',
      resolve: ({ requestedSchema }) => requestedSchema,
    }),
    expiresAt: t.field({ type: 'DateTime', nullable: true, description: expiresAt, resolve: (each) => each.expiresAt }),
  }),
})
const ElicitationUrlRequest = builder.objectRef<Shown<'URL'>>('ElicitationUrlRequest').implement({
  description: 'An address to open in a browser. It is http(s), and never fetched here',
  fields: (t) => ({
    key: t.exposeString('key'),
    message: t.exposeString('message', unbounded),
    url: t.field({ type: 'URL', resolve: ({ url }) => url }),
    expiresAt: t.field({ type: 'DateTime', nullable: true, description: expiresAt, resolve: (each) => each.expiresAt }),
  }),
})
const SamplingRequest = builder.objectRef<Shown<'SAMPLING'>>('SamplingRequest').implement({
  description:
    '`params` as the server sent them (messages, systemPrompt, maxTokens, tools …); ACCEPT answers with a CreateMessageResult as `content`',
  fields: (t) => ({
    key: t.exposeString('key'),
    params: t.field({ ...long, type: 'JSONObject', resolve: ({ params }) => params }),
    expiresAt: t.field({ type: 'DateTime', nullable: true, description: expiresAt, resolve: (each) => each.expiresAt }),
  }),
})

const typeNames = {
  FORM: 'ElicitationFormRequest',
  URL: 'ElicitationUrlRequest',
  SAMPLING: 'SamplingRequest',
} as const satisfies Record<PendingInput['kind'], string>

export const InputRequest = builder.unionType('InputRequest', {
  types: [ElicitationFormRequest, ElicitationUrlRequest, SamplingRequest],
  resolveType: ({ kind }) => typeNames[kind],
})

const ElicitationActionEnum = builder.enumType('ElicitationAction', {
  values: ['ACCEPT', 'DECLINE', 'CANCEL'] as const satisfies ElicitationAction[],
})

const InputResponseInput = builder.inputType('InputResponseInput', {
  fields: (t) => ({
    key: t.string({ required: true }),
    action: t.field({ type: ElicitationActionEnum, required: true }),
    content: t.field({
      type: 'JSONObject',
      description:
        'With ACCEPT of a form: its values; members with a default may be left out. With ACCEPT of a sampling: CreateMessageResult. None with the rest',
    }),
  }),
})

const AnswerToolRunInputInput = builder.inputType('AnswerToolRunInputInput', {
  description: [
    'Answers what the server of a run asks for, by the keys of `pendingInput`; what is left out stays asked. Once all is answered, the run',
    'goes on. Content that does not fit is a ToolArgsError, and the run waits on. A key with the scope `run` answers its own runs, one with',
    '`write` those of all.',
  ].join('\n'),
  fields: (t) => ({
    runId: t.id({ required: true }),
    responses: t.field({ type: [InputResponseInput], required: true }),
  }),
})

builder.mutationField('answerToolRunInput', (t) =>
  t.field({
    type: action.union,
    nullable: true,
    args: { input: t.arg({ type: AnswerToolRunInputInput, required: true }) },
    resolve: (_, { input: { runId, responses } }, { registry, caller }) =>
      action.settle(
        async () => {
          // Callers are not told apart without keys.
          const mayAnswerOthers = caller === anonymous || caller.scopes.has('write')
          return { job: await registry.runs.answer(runId, { responses, actor: caller.id, mayAnswerOthers }) }
        },
        ([first = '', ...rest]) => [first === 'id' ? 'runId' : first, ...rest],
      ),
  }),
)
