import type { AuditAction, AuditEvent, AuditFilter } from '@toolyard/core'
import { publicCode } from '../errors/public-code.ts'
import { builder } from './builder.ts'
import { type Connection, connectionType, given, pageCost } from './connections.ts'
import { DateTimeFilter } from './filters.ts'
import { ErrorCodeEnum } from './user-errors.ts'

const AuditActionEnum = builder.enumType('AuditAction', {
  values: [
    'SERVER_CREATED',
    'SERVER_UPDATED',
    'SERVER_DELETED',
    'TOOL_UPDATED',
    'TOOL_APPROVED',
    'TOOL_RUN',
    'KEY_ADDED',
    'KEY_REVOKED',
    'ACCESS',
    'OPERATION',
  ] as const satisfies AuditAction[],
})

const AuditEventType = builder.objectRef<AuditEvent>('AuditEvent').implement({
  description: [
    'Who changed what, or was refused it. What was run or refreshed is in `toolRuns` and `latestRefresh`, each with its `actor`;',
    'TOOL_RUN is here only where it was refused.',
  ].join('\n'),
  fields: (t) => ({
    id: t.exposeID('id'),
    at: t.field({ type: 'DateTime', resolve: ({ at }) => at }),
    count: t.exposeInt('count', {
      description: 'of equal refusals that this one record stands for: from the fourth on those of a minute are summed',
    }),
    firstAt: t.field({ type: 'DateTime', description: 'of these the first', resolve: ({ firstAt }) => firstAt }),
    lastAt: t.field({ type: 'DateTime', description: 'of these the last', resolve: ({ lastAt }) => lastAt }),
    actor: t.exposeString('actor', { nullable: true, description: 'the id of a key' }),
    action: t.field({ type: AuditActionEnum, resolve: ({ action }) => action }),
    refusedWith: t.field({
      type: ErrorCodeEnum,
      nullable: true,
      description: 'null for what was done',
      resolve: ({ refusedWith }) => refusedWith && publicCode(refusedWith),
    }),
    targetId: t.exposeID('targetId', { nullable: true }),
    targetName: t.exposeString('targetName', { nullable: true }),
    fields: t.stringList({
      description: 'which members were changed or asked for, by name',
      resolve: ({ fields }) => [...fields],
    }),
  }),
})
const AuditEventConnection = connectionType<AuditEvent>('AuditEvent', () => AuditEventType)

const AuditEventFilter = builder.inputType('AuditEventFilter', {
  fields: (t) => ({
    actor: t.string(),
    action: t.field({ type: [AuditActionEnum] }),
    targetId: t.id(),
    refused: t.boolean(),
    at: t.field({ type: DateTimeFilter }),
  }),
})

function toFilter(input: typeof AuditEventFilter.$inferInput | null | undefined): AuditFilter {
  const { at, ...rest } = input ?? {}
  return given({ ...given(rest), at: at && given({ gte: at.gte?.getTime(), lt: at.lt?.getTime() }) })
}

builder.queryField('auditEvents', (t) =>
  t.field({
    type: AuditEventConnection,
    complexity: pageCost,
    description: 'The newest first. Needs the scope `admin`.',
    args: {
      first: t.arg.int(),
      after: t.arg.string(),
      last: t.arg.int(),
      before: t.arg.string(),
      filter: t.arg({ type: AuditEventFilter }),
    },
    resolve: async (_, { filter: input, ...args }, { registry }): Promise<Connection<AuditEvent>> => {
      const filter = toFilter(input)
      const page = await registry.audit.list({ ...given(args), filter })
      return { ...page, totalCount: () => registry.audit.count(filter) }
    },
  }),
)
