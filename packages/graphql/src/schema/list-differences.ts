import type { ListDifference } from '@toolyard/core'
import { builder } from './builder.ts'
import { longListCost } from './connections.ts'
import { listed, unbounded } from './long-fields.ts'
import { Rejected } from './rejected.ts'
import { McpErrorType, toMcpError } from './user-errors.ts'

const capped = 'As many as a refresh has room for'

export const McpListDifference = builder.objectRef<ListDifference>('McpListDifference').implement({
  description: 'The changes of a list: URIs of resources, URI templates, or names of prompts',
  fields: (t) => ({
    added: t.field({
      ...unbounded,
      type: ['String'],
      description: capped,
      resolve: ({ added }, _, context, info) => listed(added, context, info),
    }),
    updated: t.field({
      ...unbounded,
      type: ['String'],
      description: capped,
      resolve: ({ updated }, _, context, info) => listed(updated, context, info),
    }),
    deleted: t.field({
      ...unbounded,
      type: ['String'],
      description: capped,
      resolve: ({ deleted }, _, context, info) => listed(deleted, context, info),
    }),
    addedCount: t.exposeInt('addedCount'),
    updatedCount: t.exposeInt('updatedCount'),
    deletedCount: t.exposeInt('deletedCount'),
    unchangedCount: t.exposeInt('unchangedCount'),
    rejected: t.field({
      type: [Rejected],
      complexity: longListCost,
      resolve: ({ rejected }, _, context, info) => listed(rejected, context, info),
    }),
    error: t.field({
      type: McpErrorType,
      nullable: true,
      description: 'Why the list could not be read or stored; what is stored of it stays as it was',
      resolve: ({ error }) => toMcpError(error),
    }),
  }),
})
