import { anonymous, type Caller, scopes } from '../access/caller.ts'
import { builder } from './builder.ts'

const Viewer = builder.objectRef<Caller>('Viewer').implement({
  description: 'The caller of this operation, and what it may do',
  fields: (t) => ({
    tenant: t.exposeString('tenant', { description: 'The tenant whose servers, tools and jobs the caller sees' }),
    keyId: t.string({
      nullable: true,
      description: 'Id of its key; null if the API needs none',
      resolve: ({ id }) => (id === anonymous.id ? null : id),
    }),
    scopes: t.stringList({
      description: 'Its scopes, some of `read`, `run`, `write` and `admin`',
      resolve: ({ scopes: held }) => scopes.filter((scope) => held.has(scope)),
    }),
  }),
})

builder.queryField('viewer', (t) => t.field({ type: Viewer, resolve: (_, _args, { caller }) => caller }))
