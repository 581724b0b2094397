import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { type Asked, echoTool, type Script, startScripted } from '../fixtures/mcp/scripted-http.ts'

/** May be called twice, as it says. */
const repeatable = { ...echoTool, annotations: { readOnlyHint: true } }

/** The answers of the server to one call after the other; what is not named gets a sound one. */
function answeringCalls(answers: readonly ((asked: Asked) => void)[]): Script {
  let calls = 0
  return (asked) => {
    if (asked.method === 'tools/list') {
      asked.result({ tools: [repeatable] })
      return true
    }
    const answer = asked.method === 'tools/call' ? answers[calls++] : undefined
    answer?.(asked)
    return answer !== undefined
  }
}

/** It came, and nothing says whether it took effect. */
const loses = ({ request }: Asked) => void request.socket.destroy()
const refuses = ({ id, response }: Asked) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32602, message: 'not a second time' } }))
}
const isBusy = ({ response }: Asked) => void response.writeHead(503, { 'retry-after': '60' }).end()

describe('a call that was lost and is made once more', () => {
  it.each([
    ['is refused', refuses],
    ['finds the server busy', isBusy],
  ])('is reported as lost where the second one %s: the first may have taken effect', async (_, second) => {
    await using server = await startScripted(answeringCalls([loses, second]))
    await using registry = await createRegistry()
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    const run = await registry.tools.run({ server: 'a', tool: 'echo' })
    expect(run).toMatchObject({ status: 'OUTCOME_UNKNOWN', error: { code: 'CONNECT_FAILED' } })
    expect(server.count('tools/call')).toBe(2)
  })

  it('is reported as lost if the second one never leaves, since the server is dead', async () => {
    const server = await startScripted(
      answeringCalls([
        (asked) => {
          // The end of the server comes before the end of the call.
          const gone = server[Symbol.asyncDispose]()
          asked.request.socket.destroy()
          void gone
        },
      ]),
    )
    await using registry = await createRegistry()
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    const run = await registry.tools.run({ server: 'a', tool: 'echo' })
    expect(run).toMatchObject({ status: 'OUTCOME_UNKNOWN' })
    expect(server.count('tools/call')).toBe(1)
  })

  it('is answered by the second one, and not called a third time where that is lost as well', async () => {
    await using sound = await startScripted(answeringCalls([loses]))
    await using lossy = await startScripted(answeringCalls([loses, loses, loses]))
    await using registry = await createRegistry()
    await registered(registry, 'sound', { transport: 'streamableHttp', serverUrl: sound.url })
    await registered(registry, 'lossy', { transport: 'streamableHttp', serverUrl: lossy.url })
    expect(await registry.tools.run({ server: 'sound', tool: 'echo' })).toMatchObject({ status: 'SUCCEEDED' })
    expect(await registry.tools.run({ server: 'lossy', tool: 'echo' })).toMatchObject({ status: 'OUTCOME_UNKNOWN' })
    expect([sound.count('tools/call'), lossy.count('tools/call')]).toEqual([2, 2])
  })
})
