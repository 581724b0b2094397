import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../base/json.ts'
import { classify, type ProbeAnswer, type Verdict } from './classify.ts'

const legacyVersions = ['2025-11-25', '2025-06-18']
const overHttp = (answer: ProbeAnswer) => classify(answer, { transport: 'http', legacyVersions })
const overStdio = (answer: ProbeAnswer) => classify(answer, { transport: 'stdio', legacyVersions })

const discover = (supportedVersions: JsonValue, rest: JsonObject = {}): ProbeAnswer => ({
  kind: 'RESULT',
  result: { resultType: 'complete', supportedVersions, capabilities: { tools: {} }, ...rest },
})
const rpc = (code: number, data?: JsonValue, status?: number): ProbeAnswer => ({
  kind: 'RPC_ERROR',
  code,
  message: 'no',
  data,
  status,
})
const legacy: Verdict = { kind: 'LEGACY', versions: [] }

describe('over HTTP', () => {
  it.each<[string, ProbeAnswer, Verdict | { kind: string }]>([
    ['a DiscoverResult with a common version', discover(['2026-07-28', '2025-11-25']), { kind: 'MODERN' }],
    ['a DiscoverResult without a result type', discover(['2026-07-28'], { resultType: null }), { kind: 'LEGACY' }],
    ['a DiscoverResult of old versions alone', discover(['2025-11-25']), { kind: 'LEGACY', versions: ['2025-11-25'] }],
    [
      'a DiscoverResult of unknown versions',
      discover(['2031-01-01']),
      { kind: 'INCOMPATIBLE', versions: ['2031-01-01'] },
    ],
    ['a question that could not be authorized', { kind: 'UNAUTHORIZED' }, { kind: 'AUTHORIZE' }],
    ['versions that are no strings', discover([7, null]), legacy],
    ['versions that are no list', discover('2026-07-28'), legacy],
    ['a result that is no DiscoverResult', { kind: 'RESULT', result: { tools: [] } }, legacy],
    ['−32022 with a common modern version', rpc(-32022, { supported: ['2026-07-28'] }, 400), { kind: 'ASK_AGAIN' }],
    [
      '−32022 with old versions alone',
      rpc(-32022, { supported: ['2025-06-18'] }),
      { kind: 'LEGACY', versions: ['2025-06-18'] },
    ],
    [
      '−32022 with unknown versions',
      rpc(-32022, { supported: ['2031-01-01'] }, 400),
      { kind: 'INCOMPATIBLE', versions: ['2031-01-01'] },
    ],
    ['−32022 without a list', rpc(-32022, 'none', 400), legacy],
    ['−32020', rpc(-32020, undefined, 400), { kind: 'MODERN_ERROR', code: -32020, message: 'no' }],
    ['−32021', rpc(-32021, undefined, 400), { kind: 'MODERN_ERROR', code: -32021, message: 'no' }],
    ['−32601 with HTTP 200', rpc(-32601), legacy],
    ['−32602 with HTTP 400', rpc(-32602, undefined, 400), legacy],
    ['−32000 with HTTP 400', rpc(-32000, undefined, 400), legacy],
    ['HTTP 400', { kind: 'STATUS', status: 400 }, legacy],
    ['HTTP 404', { kind: 'STATUS', status: 404 }, legacy],
    ['HTTP 405', { kind: 'STATUS', status: 405 }, legacy],
    ['HTTP 406', { kind: 'STATUS', status: 406 }, legacy],
    ['HTTP 200 with HTML', { kind: 'NO_ANSWER' }, legacy],
    ['HTTP 401', { kind: 'STATUS', status: 401 }, { kind: 'AUTHORIZE' }],
    ['HTTP 403 with a JSON-RPC error', rpc(-32000, undefined, 403), { kind: 'AUTHORIZE' }],
    ['HTTP 429', { kind: 'STATUS', status: 429 }, { kind: 'UNKNOWN' }],
    ['HTTP 500', { kind: 'STATUS', status: 500 }, { kind: 'UNKNOWN' }],
    ['HTTP 503 with a JSON-RPC error', rpc(-32603, undefined, 503), { kind: 'UNKNOWN' }],
    ['nothing', { kind: 'SILENCE' }, { kind: 'UNKNOWN' }],
  ])('%s', (_answer, answer, verdict) => {
    expect(overHttp(answer)).toMatchObject(verdict)
  })
})

describe('over stdio', () => {
  it('takes a DiscoverResult or a modern error for modern, and anything else for legacy', () => {
    expect(overStdio(discover(['2026-07-28']))).toMatchObject({ kind: 'MODERN' })
    expect(overStdio(rpc(-32022, { supported: ['2026-07-28'] }))).toEqual({ kind: 'ASK_AGAIN' })
    fc.assert(
      fc.property(fc.integer({ min: -40_000, max: 40_000 }), fc.jsonValue(), (code, data) => {
        fc.pre(code > -32020 || code < -32022)
        expect(overStdio(rpc(code, JSON.parse(JSON.stringify(data)) as JsonValue))).toEqual(legacy)
      }),
    )
    expect(overStdio({ kind: 'SILENCE' })).toEqual(legacy)
    expect(overStdio({ kind: 'NO_ANSWER' })).toEqual(legacy)
  })
})

it('takes modern for what names a modern version alone, whatever a server answers', () => {
  const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as JsonValue)
  const answer = fc.oneof(
    fc.record({
      kind: fc.constant('RESULT' as const),
      result: fc.dictionary(
        fc.constantFrom('supportedVersions', 'capabilities', 'resultType', '_meta', 'instructions'),
        json,
      ),
    }),
    fc.record({
      kind: fc.constant('RPC_ERROR' as const),
      code: fc.integer(),
      message: fc.string(),
      data: json,
      status: fc.option(fc.integer({ min: 100, max: 599 }), { nil: undefined }),
    }),
    fc.record({ kind: fc.constant('STATUS' as const), status: fc.integer({ min: 300, max: 599 }) }),
    fc.constant({ kind: 'NO_ANSWER' as const }),
    fc.constant({ kind: 'SILENCE' as const }),
  )
  fc.assert(
    fc.property(answer, fc.constantFrom('http' as const, 'stdio' as const), (given, transport) => {
      const verdict = classify(given, { transport, legacyVersions })
      const names = JSON.stringify(given).includes('2026-07-28')
      expect(verdict.kind === 'MODERN' && !names).toBe(false)
      if (transport === 'stdio') expect(['AUTHORIZE', 'UNKNOWN']).not.toContain(verdict.kind)
    }),
  )
})
