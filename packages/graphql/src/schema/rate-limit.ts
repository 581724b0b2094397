import type { BucketLevel } from '@toolyard/core/budgets/token-buckets'
import { builder } from './builder.ts'

const RateLimit = builder.objectRef<BucketLevel & { readonly cost: number }>('RateLimit').implement({
  fields: (t) => ({
    cost: t.exposeInt('cost', { description: 'of this operation' }),
    limit: t.exposeInt('limit', { description: 'what may be asked for at once' }),
    remaining: t.exposeInt('remaining'),
    resetAt: t.field({
      type: 'DateTime',
      description: 'when all of it is there again, if nothing more is asked',
      resolve: ({ resetAt }) => resetAt,
    }),
  }),
})

builder.queryField('rateLimit', (t) =>
  t.field({
    type: RateLimit,
    nullable: true,
    description: 'What the caller may still ask for, in cost; null where there is no such limit.',
    resolve: (_, _args, { usage: { cost, level } }) => (level ? { cost, ...level() } : null),
  }),
)
