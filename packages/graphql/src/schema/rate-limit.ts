import type { BucketLevel } from '@toolyard/core/internal/token-buckets'
import { builder } from './builder.ts'

const RateLimit = builder.objectRef<BucketLevel & { readonly cost: number }>('RateLimit').implement({
  fields: (t) => ({
    cost: t.exposeInt('cost', { description: 'Cost of this operation' }),
    limit: t.exposeInt('limit', { description: 'Cost that can be spent at once' }),
    remaining: t.exposeInt('remaining'),
    resetAt: t.field({
      type: 'DateTime',
      description: 'Time at which the limit is restored, without further operations',
      resolve: ({ resetAt }) => resetAt,
    }),
  }),
})

builder.queryField('rateLimit', (t) =>
  t.field({
    type: RateLimit,
    nullable: true,
    description: 'The cost that the caller may still spend; null without a rate limit.',
    resolve: (_, _args, { usage: { cost, level } }) => (level ? { cost, ...level() } : null),
  }),
)
