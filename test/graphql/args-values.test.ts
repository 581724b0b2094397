import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRegistry, type Registry } from '@toolyard/core'
import {
  createHandler,
  createNodeListener,
  type GraphQLHandler,
  useWebSocket,
  type WebSocketBridge,
} from '@toolyard/graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { registered } from '../fixtures/mcp/registered.ts'
import { type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'

const properties = { verbose: { type: 'boolean' }, when: { type: 'string', format: 'date-time' } }

let mcp: ScriptedServer
let registry: Registry
let handler: GraphQLHandler
let server: Server
let bridge: WebSocketBridge
let url: string
beforeAll(async () => {
  mcp = await startScripted((asked) => {
    if (asked.method !== 'tools/list') return false
    asked.result({ tools: [{ name: 'echo', inputSchema: { type: 'object', properties } }] })
    return true
  })
  registry = await createRegistry()
  await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: mcp.url })
  handler = createHandler(registry)
  server = createServer(createNodeListener(handler)).listen(0, '127.0.0.1')
  bridge = useWebSocket(handler, { server })
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
})
afterAll(async () => {
  await bridge.close()
  await registry.close()
  await mcp[Symbol.asyncDispose]()
  server.close()
  server.closeAllConnections()
})

const tool = 'tool: { qualified: { server: "a", tool: "echo" } }'
const fields = '{ __typename ... on RunMcpToolPayload { run { result { funcReturn } } } }'
const byVariable = `mutation ($args: JSONObject) { runMcpTool(input: { ${tool}, args: $args }) ${fields} }`
const byVariableOfJson = (args: string) => `{"query":${JSON.stringify(byVariable)},"variables":{"args":${args}}}`
const post = (body: string) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body })

async function overSocket(payload: string): Promise<string> {
  const socket = new WebSocket(url.replace('http:', 'ws:'), 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send('{"type":"connection_init"}')
  await once(socket, 'message')
  socket.send(`{"id":"1","type":"subscribe","payload":${payload}}`)
  const [answer] = await once(socket, 'message')
  socket.close()
  return String(answer)
}

const literal = (args: string) =>
  JSON.stringify({ query: `mutation { runMcpTool(input: { ${tool}, args: ${args} }) ${fields} }` })
const byDefault = (args: string) => JSON.stringify({ query: byVariable.replace('JSONObject', `JSONObject = ${args}`) })
const overHttp = async (body: string) => (await fetch(url, post(body))).text()
const entrances: Readonly<Record<string, (number: string) => Promise<string>>> = {
  'a variable': (number) => overHttp(byVariableOfJson(`{"n":[${number}]}`)),
  'a variable of a long body': (number) =>
    overHttp(byVariableOfJson(`{"pad":"${'x'.repeat(200_000)}","n":[${number}]}`)),
  'a variable to the handler alone': async (number) =>
    (await handler(new Request('http://localhost/graphql', post(byVariableOfJson(`{"n":[${number}]}`))))).text(),
  'a variable over WebSocket': (number) => overSocket(byVariableOfJson(`{"n":[${number}]}`)),
  'a literal': (number) => overHttp(literal(`{ n: [${number}] }`)),
  'a literal over WebSocket': (number) => overSocket(literal(`{ n: [${number}] }`)),
  'a default of a variable': (number) => overHttp(byDefault(`{ n: [${number}] }`)),
}

describe.each(Object.entries(entrances))('a number in %s', (_, ask) => {
  it('that is kept is sent to the server', async () => {
    expect(await ask('9007199254740992')).toContain('"n":[9007199254740992]')
  })

  it.each(['9007199254740993', '-12345678901234567890', '1e999'])(
    '%s, which would be rounded, is refused with the value',
    async (number) => {
      const calls = mcp.count('tools/call')
      const answer = await ask(number)
      expect(answer).toContain(`the number ${number} would be rounded`)
      expect(answer).toContain('"INVALID_INPUT"')
      expect(mcp.count('tools/call')).toBe(calls)
    },
  )
})

it('a number in the variables of a URL is refused too, and digits in a text are taken', async () => {
  const query = encodeURIComponent('query ($id: ID!) { node(id: $id) { id } }')
  const get = async (variables: string) => {
    const response = await fetch(`${url}?query=${query}&variables=${encodeURIComponent(variables)}`)
    return { status: response.status, text: await response.text() }
  }
  expect(await get('{"id":9007199254740993}')).toMatchObject({
    text: expect.stringContaining('9007199254740993 would be'),
  })
  expect(await get('{"id":"9007199254740993"}')).toEqual({ status: 200, text: expect.stringContaining('"node":null') })
})

it.each([
  ['a literal', (args: string) => overHttp(literal(args.replaceAll(/"(\w+)":/g, '$1:')))],
  ['a variable', (args: string) => overHttp(byVariableOfJson(args))],
])('a null for what is optional, and what lacks its format, are taken in %s and sent as they are', async (_, ask) => {
  expect(await ask('{"verbose":null,"when":"soon"}')).toContain('"funcReturn":{"verbose":null,"when":"soon"}')
  expect(await ask('{"verbose":"no"}')).toContain('ToolArgsError')
})
