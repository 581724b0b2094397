import type { AuthAnswer, OAuthInput } from '@toolyard/core'
import { visit } from '../fixtures/oauth/visit.ts'
import { quotingForms } from './hostile-endpoint.ts'
import { type OAuthWorld, redirectUri } from './oauth-world.ts'

export interface Begun {
  readonly authorizationUrl: string
  readonly state: string
}

/** A way to the registry. What it answers and rejects with is seen there; an operation that fails answers undefined. */
export interface OAuthApi {
  create(name: string, serverUrl: string, oauth: OAuthInput): Promise<string>
  begin(id: string, redirectUri: string): Promise<Begun | undefined>
  complete(answer: AuthAnswer): Promise<void>
  refresh(id: string): Promise<void>
  run(server: string, tool: string): Promise<void>
  disconnect(id: string): Promise<void>
  /** Reads all that there is to read of the server. */
  look(id: string): Promise<void>
}

/** Lets the owner consent. */
async function consent(world: OAuthWorld, begun: Begun | undefined): Promise<AuthAnswer | undefined> {
  if (!begun) return undefined
  world.states.add(begun.state)
  const { code, iss, state = '' } = await visit(begun.authorizationUrl, { redirectUri })
  return { code, iss, state }
}

/** Callbacks that are refused, and what a token endpoint says that quotes all it gets. */
async function failToConnect(api: OAuthApi, world: OAuthWorld, id: string): Promise<void> {
  const { metadata } = world.authorizationServer.settings
  const answer = await consent(world, await api.begin(id, redirectUri))
  if (!answer) return
  await api.complete({ ...answer, iss: `https://attacker.example/${answer.code}` })
  await api.complete({ ...answer, state: `${answer.state}a` })
  await api.complete({ state: answer.state, iss: answer.iss, error: answer.code })
  for (const form of quotingForms) {
    world.hostile.form = form
    metadata.tokenEndpoint = world.hostile.url
    metadata.overrides = { revocation_endpoint: world.hostile.url }
    const quoted = await consent(world, await api.begin(id, redirectUri))
    if (quoted) await api.complete(quoted)
    await api.look(id)
  }
  await api.disconnect(id)
  metadata.tokenEndpoint = null
  metadata.overrides = {}
}

/** Refusals of a server and an authorization server that quote the tokens. */
async function failToRenew(
  api: OAuthApi,
  world: OAuthWorld,
  { name, id, since }: { readonly name: string; readonly id: string; readonly since: number },
): Promise<void> {
  const { authorizationServer, server } = world
  const { challenge } = server.settings
  const quoted = () => authorizationServer.secrets.join(' ')
  const sent = server.requests.slice(since).flatMap(({ authorization }) => authorization?.split(' ')[1] ?? [])
  challenge.scope = { scope: [...new Set(sent)].join(' ') }
  await api.run(name, 'admin')
  challenge.scope = 'needed'
  for (const status of [500, 429, 200, 400]) {
    const members = { error: 'invalid_grant', error_description: quoted(), scope: quoted() }
    authorizationServer.fault = { status, body: JSON.stringify(members) }
    authorizationServer.expireAccessTokens()
    await api.run(name, 'echo')
    await api.look(id)
  }
  authorizationServer.fault = null
}

/** Every flow of OAuth, with all that can fail on its way. */
export async function oauthSession(api: OAuthApi, world: OAuthWorld): Promise<void> {
  const { authorizationServer, server, configs } = world
  for (const [kind, oauth] of Object.entries(configs)) {
    const name = `OAuth ${kind}`
    const since = server.requests.length
    const id = await api.create(name, server.url, oauth)
    await api.refresh(id)
    await failToConnect(api, world, id)
    const answer = await consent(world, await api.begin(id, redirectUri))
    if (answer) await api.complete(answer)
    await api.refresh(id)
    await api.run(name, 'echo')
    authorizationServer.expireAccessTokens()
    await api.run(name, 'echo')
    await failToRenew(api, world, { name, id, since })
    await api.look(id)
    await api.disconnect(id)
  }
  authorizationServer.faults.register = { status: 201, body: world.registration }
  const id = await api.create('OAuth registered', server.url, {})
  const registered = 'http://127.0.0.1:39998/callback'
  const begun = await api.begin(id, registered)
  if (begun) {
    world.states.add(begun.state)
    await api.complete({ state: begun.state, code: 'a-code', iss: authorizationServer.issuer })
  }
  delete authorizationServer.faults.register
  await api.look(id)
}
