import { once } from 'node:events'
import { createServer } from 'node:http'
import { parse } from 'graphql'
import { expect, it } from 'vitest'
import { createFetcher, type EventBudget } from '../../packages/graphql/src/http/graphiql-fetcher.ts'

const watch = 'subscription Watch { servers { name } }'

/** An event stream in pieces that end anywhere, with a comment, as proxies send it. */
const pieces = [
  ':\n\nevent: next\nda',
  'ta: "one"\n',
  '\nevent: next\ndata: "two"\n\nevent: ne',
  'xt\ndata: "three"\n\n',
]

/** Follows a subscription of a server that sends the pieces. Resolves to what GraphiQL shows, each time. */
async function follow(budget: EventBudget, isRefused = false): Promise<readonly unknown[]> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers.accept} ${request.headers.authorization}`)
    if (isRefused)
      return response.writeHead(401, { 'content-type': 'application/json' }).end('{"errors":[{"message":"no key"}]}')
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    for (const piece of pieces) response.write(piece)
    response.end('event: complete\n\n')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected the address of a TCP server')
  const fetcher = createFetcher(`http://127.0.0.1:${address.port}/graphql`, budget)
  const subscription = fetcher(
    { query: watch },
    { documentAST: parse(watch), headers: { authorization: 'Bearer typed' } },
  )
  if (!('subscribe' in subscription)) throw new Error('expected what can be subscribed to')
  const shown: unknown[] = []
  const { promise, resolve: complete, reject: error } = Promise.withResolvers<void>()
  subscription.subscribe({ next: (result) => void shown.push(result), error, complete })
  await promise
  server.close()
  expect(asked).toEqual(['POST text/event-stream Bearer typed'])
  return shown
}

it('GraphiQL shows all events of a subscription, the newest first', async () => {
  expect(await follow({ events: 100, characters: 100_000 })).toEqual([
    { events: ['one'] },
    { events: ['two', 'one'] },
    { events: ['three', 'two', 'one'] },
  ])
})

it('GraphiQL shows the newest events alone if there are many, and says how many it left out', async () => {
  const shown = await follow({ events: 2, characters: 100_000 })
  expect(shown.at(-1)).toEqual({ events: ['three', 'two'], earlierEvents: 1 })
})

it('GraphiQL shows the newest event alone if events are long', async () => {
  const shown = await follow({ events: 100, characters: 6 })
  expect(shown.at(-1)).toEqual({ events: ['three'], earlierEvents: 2 })
})

it('GraphiQL shows why a subscription was refused', async () => {
  expect(await follow({ events: 100, characters: 100_000 }, true)).toEqual([{ errors: [{ message: 'no key' }] }])
})
