import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRegistryError } from '../base/errors.ts'
import { idKind, parseTenantId } from '../base/ids.ts'
import { isJsonObject } from '../base/json.ts'
import { createBudgetMeter } from '../budgets/budget-meter.ts'
import { resolveBudgets } from '../budgets/resolve-budgets.ts'
import { createNetworkPolicy } from '../policy/network-policy.ts'
import { toExecutionResult } from '../runs/result.ts'
import { parseCreateInput, parseUpdateInput } from '../servers/input.ts'
import { parseRetryAfter } from '../sessions/http/http-errors.ts'
import { checkDefinition } from '../tools/definition.ts'
import { decodeKey, decodeSeq } from './cursors.ts'

const meter = createBudgetMeter(resolveBudgets({}))

/** Texts that parsers of ids, cursors and hosts stumble over. */
const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '\u0000',
    '..',
    '%00',
    'mcps_',
    '[',
    '{"a":',
    '\ud800',
    '127.0.0.1\u3002',
  ),
)
const json = fc.jsonValue({ maxDepth: 5, noUnicodeString: false, stringUnit: 'binary' })
/** JSON that looks as if it were what is expected, with anything in it. */
const shaped = (members: readonly string[]) =>
  fc.dictionary(fc.oneof(fc.constantFrom(...members), oddText), fc.oneof(json, oddText), { maxKeys: 8 })

/** Runs it; what it throws must be an error for the caller. */
function refusedOr(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if (!isRegistryError(error, 'INVALID_INPUT')) throw error
  }
}

describe('whatever comes from outside', () => {
  it('as a definition is taken, or rejected by name and with a reason; what is taken is taken again', () => {
    const definition = shaped(['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations', 'icons'])
    fc.assert(
      fc.property(
        fc.oneof(
          json,
          definition,
          definition.map((each) => ({ ...each, name: 'a', inputSchema: {} })),
        ),
        (raw) => {
          const check = checkDefinition(JSON.parse(JSON.stringify(raw)), 0, meter)
          if (!check.ok) {
            expect(check.name.length + check.reason.length).toBeGreaterThan(0)
            return
          }
          const again = checkDefinition(JSON.parse(check.definitionText), 0, meter)
          expect(again).toMatchObject({ ok: true, definitionText: check.definitionText })
        },
      ),
    )
  })

  it('as the answer of a tool becomes a result, whose texts keep to their limit, or is PROTOCOL_ERROR', async () => {
    const members = ['type', 'text', 'data', 'mimeType', 'uri', 'name', 'resource', 'annotations', '_meta', 'icons']
    const block = fc.oneof(json, shaped(members))
    const answer = fc.record(
      { content: fc.oneof(json, fc.array(block)), structuredContent: json, isError: json, _meta: json },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(answer, fc.integer({ min: 1, max: 40 }), async (raw, limit) => {
        const parsed: unknown = JSON.parse(JSON.stringify(raw))
        if (!isJsonObject(parsed)) return
        const read = async () => toExecutionResult(parsed, [], limit, 'f')
        const result = await read().catch((error: unknown) => {
          if (!isRegistryError(error, 'PROTOCOL_ERROR')) throw error
        })
        if (!result) return
        const { content, structuredContent, status } = result
        const texts = content.flatMap((each) => (each.type === 'text' ? [each.text] : [])).join('')
        expect(texts.length).toBeLessThanOrEqual(limit)
        expect(JSON.stringify(structuredContent).length).toBeLessThanOrEqual(Math.max(limit, 4))
        expect(['SUCCESS', 'ERROR']).toContain(status)
      }),
    )
  })

  it('as an input for a server is taken, or INVALID_INPUT', () => {
    const oauth = shaped([
      'grant',
      'clientId',
      'clientSecret',
      'privateKey',
      'scopes',
      'issuer',
      'assertion',
      'idp',
      'dpop',
    ])
    const http = fc.record({
      transport: fc.constant('sse'),
      serverUrl: fc.constant('http://a/'),
      auth: fc.oneof(json, fc.record({ oauth: fc.oneof(json, oauth), token: json }, { requiredKeys: [] })),
    })
    const members = ['transport', 'command', 'args', 'env', 'cwd', 'serverUrl', 'auth', 'headers', 'setEnv']
    const config = fc.oneof(shaped(members), http)
    const input = fc.record(
      { name: fc.oneof(json, oddText), config: fc.oneof(json, config), labels: json, timeouts: json },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(json, input), (raw) => {
        refusedOr(() => parseCreateInput(raw))
        refusedOr(() => parseUpdateInput(raw))
      }),
    )
  })

  it('as an id, a tenant, a cursor, a host or a time to wait is read, or refused', () => {
    fc.assert(
      fc.property(oddText, (text) => {
        const kinds = [undefined, 'server', 'tool', 'resource', 'resourceTemplate', 'prompt', 'refresh', 'run']
        expect(kinds).toContain(idKind(text))
        expect([undefined, text]).toContain(parseTenantId(text))
        for (const cursor of [text, Buffer.from(text).toString('base64url')]) {
          refusedOr(() => decodeSeq('servers', cursor))
          refusedOr(() => decodeKey('servers:NAME', cursor, 'after'))
        }
        refusedOr(() => createNetworkPolicy([text]))
        const wait = parseRetryAfter(text, 0)
        expect(wait === undefined || wait >= 0).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
