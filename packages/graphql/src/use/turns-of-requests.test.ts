import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRegistry } from '@toolyard/core'
import { createHandler, createNodeListener, useWebSocket } from '@toolyard/graphql'
import { depsOf, HandlerInternals } from '@toolyard/graphql/internal'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'

/** An API whose requests of the tenant `busy` wait for their turn until they are let go. */
async function startApi() {
  const turns: string[] = []
  const letGo = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const registry = await createRegistry()
  const made = createHandler(registry, {
    authenticate: ({ authorization = '' }) => {
      const tenant = authorization.replace('Bearer ', '')
      return { id: 'a', tenant, scopes: new Set(['read']), expiresAt: null }
    },
  })
  const internals = new HandlerInternals({
    ...depsOf(made),
    takeTenantTurn(tenant) {
      turns.push(tenant)
      if (tenant !== 'busy') return undefined
      asked.resolve()
      return letGo.promise
    },
  })
  const handler = Object.assign(made, { internals })
  const server = createServer(createNodeListener(handler)).listen(0, '127.0.0.1')
  const bridge = useWebSocket(handler, { server })
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    turns,
    asked: asked.promise,
    letGo: letGo.resolve,
    async [Symbol.asyncDispose]() {
      await bridge.close()
      await registry.close()
      server.close()
    },
  }
}

async function overSocket(url: string, tenant: string): Promise<unknown> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${tenant}` } }))
  await once(socket, 'message')
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ __typename }' } }))
  const [next] = await once(socket, 'message')
  socket.terminate()
  return JSON.parse(String(next)).payload
}

const overHttp = (accept: string) => async (url: string, tenant: string) => {
  const headers = { authorization: `Bearer ${tenant}`, 'content-type': 'application/json', accept }
  const answer = await fetch(url, { method: 'POST', headers, body: '{"query":"{ __typename }"}' })
  const text = await answer.text()
  return JSON.parse(/\{.*\}/.exec(text)?.[0] ?? '')
}

it.each([
  ['a POST', overHttp('application/json'), ['free', 'busy', 'free']],
  ['an event stream', overHttp('text/event-stream'), ['free', 'busy', 'free']],
  // The first message of a socket says whose it is.
  ['a WebSocket', overSocket, ['', 'free', '', 'busy', '', 'free']],
])('requests wait for the turn of their tenant, and for no other one’s: %s', async (_, ask, taken) => {
  await using api = await startApi()
  const typename = { data: { __typename: 'Query' } }
  expect(await ask(api.url, 'free')).toMatchObject(typename)
  let isAnswered = false
  const waiting = ask(api.url, 'busy').then((answer) => {
    isAnswered = true
    return answer
  })
  await api.asked
  expect(await ask(api.url, 'free')).toMatchObject(typename)
  expect(isAnswered).toBe(false)
  api.letGo()
  expect(await waiting).toMatchObject(typename)
  expect(api.turns).toEqual(taken)
})
