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
    'SERVER_AUTH_BEGUN',
    'SERVER_CONNECTED',
    'SERVER_DISCONNECTED',
    'TOOL_UPDATED',
    'TOOL_APPROVED',
    'RUN_APPROVED',
    'RUN_REJECTED',
    'RUN_ANSWERED',
    'TOOL_RUN',
    'RESOURCE_READ',
    'RESOURCE_FOLLOWED',
    'PROMPT_RENDERED',
    'KEY_ADDED',
    'KEY_REVOKED',
    'ACCESS',
    'OPERATION',
  ] as const satisfies AuditAction[],
})

const AuditEventType = builder.objectRef<AuditEvent>('AuditEvent').implement({
  description: [
    'A change, or a refused one. Runs and refreshes are in `toolRuns` and `latestRefresh`, each with its `actor`;',
    'TOOL_RUN is recorded here only if it was refused.',
  ].join('\n'),
  fields: (t) => ({
    id: t.exposeID('id'),
    at: t.field({ type: 'DateTime', resolve: ({ at }) => at }),
    count: t.exposeInt('count', {
      description: 'Number of equal refusals in this record: from the fourth on, those of a minute are summed',
    }),
    firstAt: t.field({ type: 'DateTime', description: 'Time of the first of them', resolve: ({ firstAt }) => firstAt }),
    lastAt: t.field({ type: 'DateTime', description: 'Time of the last of them', resolve: ({ lastAt }) => lastAt }),
    actor: t.exposeString('actor', { nullable: true, description: 'Id of the key' }),
    action: t.field({ type: AuditActionEnum, resolve: ({ action }) => action }),
    refusedWith: t.field({
      type: ErrorCodeEnum,
      nullable: true,
      description: 'Code of the refusal; null if the change was made',
      resolve: ({ refusedWith }) => refusedWith && publicCode(refusedWith),
    }),
    targetId: t.exposeID('targetId', { nullable: true }),
    targetName: t.exposeString('targetName', { nullable: true }),
    fields: t.stringList({
      description: 'Names of the members that were changed or requested',
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
    description: 'Newest first. Needs the scope `admin`.',
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
