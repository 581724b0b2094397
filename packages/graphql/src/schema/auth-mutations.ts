import { type BegunAuth, type McpServer, RegistryError } from '@toolyard/core'
import type { BrowserBinding } from '../access/bind-browser.ts'
import type { Context } from '../context/context.ts'
import { builder } from './builder.ts'
import { given } from './connections.ts'
import { McpServerUnion } from './refs.ts'
import { resultType } from './user-errors.ts'

/** The registry's name of a server's id in these inputs. */
export const toServerIdPath = (path: readonly string[]) => (path[0] === 'id' ? ['serverId', ...path.slice(1)] : path)

const BeginMcpAuthInput = builder.inputType('BeginMcpAuthInput', {
  description: [
    'Begins to connect a server by OAuth. `redirectUri` omitted: the callback of this server, /oauth/callback, which needs',
    'the cookie that the answer sets in the browser, and so HTTP. `scopes` are asked for beside those of the server.',
  ].join('\n'),
  fields: (t) => ({
    serverId: t.id({ required: true }),
    redirectUri: t.field({ type: 'URL' }),
    scopes: t.stringList(),
  }),
})
const BeginMcpAuthPayload = builder.objectRef<BegunAuth>('BeginMcpAuthPayload').implement({
  fields: (t) => ({
    authorizationUrl: t.field({
      type: 'URL',
      description: "To be opened in the browser of the server's owner",
      resolve: ({ authorizationUrl }) => authorizationUrl,
    }),
    state: t.exposeString('state', { description: 'A secret that comes back to the redirect URI' }),
    expiresAt: t.field({ type: 'DateTime', resolve: ({ expiresAt }) => expiresAt }),
  }),
})
const begin = resultType('BeginMcpAuth', BeginMcpAuthPayload, ['InputError', 'McpError'])

/** @throws INVALID_INPUT if the client cannot get the cookie that the callback needs */
function bound(redirectUri: string | null | undefined, context: Context): BrowserBinding | undefined {
  const { bindBrowser, caller, exchange } = context
  if (redirectUri != null || !bindBrowser) return undefined
  if (exchange.header && exchange.setCookie)
    return bindBrowser({ tenant: caller.tenant, header: (name) => exchange.header?.(name) })
  const message =
    'redirectUri: expected a URI over a WebSocket, which cannot set the cookie that the callback of this server needs; name one, or ask over HTTP'
  throw new RegistryError('INVALID_INPUT', message, { path: ['redirectUri'] })
}

builder.mutationField('beginMcpAuth', (t) =>
  t.field({
    type: begin.union,
    nullable: true,
    args: { input: t.arg({ type: BeginMcpAuthInput, required: true }) },
    resolve: (_, { input }, context) =>
      begin.settle(async () => {
        const { serverId, scopes } = input
        const { registry, caller, exchange } = context
        const binding = bound(input.redirectUri, context)
        const { redirectUri = input.redirectUri, browser } = binding ?? {}
        const options = { ...given({ redirectUri, scopes, browser }), actor: caller.id }
        const begun = await registry.servers.beginAuth(serverId, options)
        if (binding) exchange.setCookie?.(binding.cookieFor(begun))
        return begun
      }, toServerIdPath),
  }),
)

const CompleteMcpAuthInput = builder.inputType('CompleteMcpAuthInput', {
  description: [
    'What came to the redirect URI: a code, or an error. Only the key that began may complete, within 10 minutes, once.',
    '`errorDescription` is accepted and never repeated: it is foreign text.',
  ].join('\n'),
  fields: (t) => ({
    state: t.string({ required: true }),
    code: t.string(),
    iss: t.string(),
    error: t.string(),
    errorDescription: t.string(),
  }),
})
const CompleteMcpAuthPayload = builder.objectRef<{ server: McpServer }>('CompleteMcpAuthPayload').implement({
  fields: (t) => ({ server: t.field({ type: McpServerUnion, resolve: ({ server }) => server }) }),
})
const complete = resultType('CompleteMcpAuth', CompleteMcpAuthPayload, ['InputError', 'McpError'])

builder.mutationField('completeMcpAuth', (t) =>
  t.field({
    type: complete.union,
    nullable: true,
    args: { input: t.arg({ type: CompleteMcpAuthInput, required: true }) },
    resolve: (_, { input }, { registry, caller }) =>
      complete.settle(async () => {
        const { state, code, iss, error } = input
        const answer = { state, ...given({ code, iss, error }) }
        return { server: await registry.servers.completeAuth(answer, { actor: caller.id }) }
      }),
  }),
)

const DisconnectMcpAuthInput = builder.inputType('DisconnectMcpAuthInput', {
  description: 'Drops the tokens of a server, and revokes them if its authorization server can (RFC 7009).',
  fields: (t) => ({ serverId: t.id({ required: true }) }),
})

builder.mutationField('disconnectMcpAuth', (t) =>
  t.field({
    type: complete.union,
    nullable: true,
    args: { input: t.arg({ type: DisconnectMcpAuthInput, required: true }) },
    resolve: (_, { input }, { registry, caller }) =>
      complete.settle(async () => {
        return { server: await registry.servers.disconnectAuth(input.serverId, { actor: caller.id }) }
      }, toServerIdPath),
  }),
)
