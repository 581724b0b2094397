import { createRegistry, type Registry } from '@toolyard/core'
import { type Caller, createHandler, type Scope } from '@toolyard/graphql'
import { afterEach, beforeEach, expect, it } from 'vitest'

let registry: Registry
beforeEach(async () => {
  registry = await createRegistry()
})
afterEach(() => registry.close())

async function ask(caller: Caller | undefined): Promise<unknown> {
  const handler = createHandler(registry, caller === undefined ? {} : { authenticate: () => caller })
  const response = await handler(
    new Request('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ viewer { tenant keyId scopes } }' }),
    }),
  )
  return response.json()
}

const withScopes = (...scopes: Scope[]): Caller => ({
  tenant: 'team-a',
  id: 'key_1',
  scopes: new Set(scopes),
  expiresAt: null,
})

it('viewer answers the tenant, key and scopes of the caller, whatever they are', async () => {
  expect(await ask(withScopes('run', 'read'))).toMatchObject({
    data: { viewer: { tenant: 'team-a', keyId: 'key_1', scopes: ['read', 'run'] } },
  })
  expect(await ask(withScopes('run'))).toMatchObject({
    data: { viewer: { tenant: 'team-a', keyId: 'key_1', scopes: ['run'] } },
  })
})

it('viewer has no key if the API needs none', async () => {
  expect(await ask(undefined)).toMatchObject({
    data: { viewer: { tenant: 'default', keyId: null, scopes: ['read', 'run', 'write', 'admin'] } },
  })
})

it('viewer is refused to a caller without any scope', async () => {
  expect(await ask(withScopes())).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
})
