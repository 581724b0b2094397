import type { CheckedAuth } from '@toolyard/core'
import { toServerIdPath } from './auth-mutations.ts'
import { builder } from './builder.ts'
import { listed, unbounded } from './long-fields.ts'
import { resultType } from './user-errors.ts'

const CheckMcpAuthInput = builder.inputType('CheckMcpAuthInput', {
  description: [
    'Reads the metadata of the authorization server that the server uses, within 10 seconds, and compares the scopes. Sends',
    'no token, and stores nothing.',
  ].join('\n'),
  fields: (t) => ({ serverId: t.id({ required: true }) }),
})
const CheckMcpAuthPayload = builder.objectRef<CheckedAuth>('CheckMcpAuthPayload').implement({
  fields: (t) => ({
    issuer: t.field({
      type: 'URL',
      description: 'The authorization server, whose metadata names it so',
      resolve: ({ issuer }) => issuer,
    }),
    metadataMs: t.int({
      description: 'Time to read the metadata',
      resolve: ({ metadataMs }) => Math.round(metadataMs),
    }),
    missingScopes: t.stringList({
      ...unbounded,
      description: 'Scopes that are configured, or that the server asked for, and that were not granted',
      resolve: ({ missingScopes }, _, context, info) => listed(missingScopes, context, info),
    }),
    isRenewable: t.exposeBoolean('isRenewable', {
      description: 'Whether the access token is renewed without the owner',
    }),
  }),
})
const check = resultType('CheckMcpAuth', CheckMcpAuthPayload, ['InputError', 'McpError'])

builder.mutationField('checkMcpAuth', (t) =>
  t.field({
    type: check.union,
    nullable: true,
    args: { input: t.arg({ type: CheckMcpAuthInput, required: true }) },
    resolve: (_, { input }, { registry }) =>
      check.settle(() => registry.servers.checkAuth(input.serverId), toServerIdPath),
  }),
)
