import { startScripted } from '../../../fixtures/mcp/scripted-http.ts'
import { type Attack, atATime } from '../attack.ts'

const depth = 28

function doubling(keyword: 'allOf' | 'anyOf' | 'oneOf'): object {
  const refs = (n: number) => ({ [keyword]: [{ $ref: `#/$defs/a${n}` }, { $ref: `#/$defs/a${n}` }] })
  const levels = Array.from({ length: depth }, (_, n) => [`a${n}`, n === depth - 1 ? { type: 'object' } : refs(n + 1)])
  return { type: 'object', $defs: Object.fromEntries(levels), ...refs(0) }
}

const tools = (['allOf', 'anyOf', 'oneOf'] as const).map((name) => ({ name, inputSchema: doubling(name) }))

/** Schemas of 2 kB that take 2 to the 28 steps to check. */
export const attack: Attack = async (attacker, signal) => {
  await using server = await startScripted((asked) => {
    if (asked.method === 'tools/list') asked.result({ tools })
    return asked.method === 'tools/list'
  })
  const id = await attacker.addServer('doubling', { streamableHttp: { serverUrl: server.url } })
  await attacker.refresh(id)
  await attacker.begin()
  await atATime(signal, tools.length, async (n) => {
    await attacker.run('doubling', tools[n]?.name ?? 'allOf', { a: { b: [1, 2, 3] } })
    await attacker.ask(`{ mcpTools(first: 10) { nodes { name functionDefinition } } }`)
  })
}
