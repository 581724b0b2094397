import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeInexact, inexactNumber, isExactNumber, parseExactJson } from './exact-json.ts'
import { parseInPieces } from './json-in-pieces.ts'

describe('a number', () => {
  it.each([
    ...['0', '-1', '9007199254740991', '9007199254740992', '-9007199254740994', '1e21', '1e23', '6.02214076e23'],
    ...['90071992547409920', '1.0', '0.1000000000000000055', '1e-999', '1.5e300'],
  ])('%s is kept', (text) => expect(isExactNumber(text)).toBe(true))

  it.each([
    ...['9007199254740993', '-9007199254740993', '12345678901234567890', '18446744073709551615', '9007199254740993.0'],
    ...['9007199254740993e1', '900719925474099.3e1', '1e999', '-1e400', '9007199254740992.5'],
  ])('%s is not', (text) => expect(isExactNumber(text)).toBe(false))

  it('is kept if its bigint is', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (value) => {
        if (isExactNumber(String(value))) expect(BigInt(JSON.stringify(Number(value)))).toBe(value)
        else expect(Number.isSafeInteger(Number(value))).toBe(false)
      }),
    )
  })

  it('that JavaScript wrote is kept', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(isExactNumber(JSON.stringify(value))).toBe(true)
      }),
    )
  })
})

describe('a JSON text', () => {
  it('is searched outside of its texts', () => {
    const long = '9007199254740993'
    expect(inexactNumber(`{"${long}":"a\\"${long}\\\\","b":[1,${long}]}`)).toBe(long)
    expect(inexactNumber(`{"${long}":"a\\"${long}\\\\","b":"\\\\\\"${long}"}`)).toBeUndefined()
    expect(inexactNumber(`["1e999",[[-1e999]]]`)).toBe('-1e999')
    expect(inexactNumber(`["never ends ${long}`)).toBeUndefined()
    expect(() => parseExactJson(`[${long}]`)).toThrow(
      'the number 9007199254740993 would be rounded to 9007199254740992',
    )
    expect(parseExactJson(`["${long}"]`)).toEqual([long])
  })

  it.each(['9007199254740993', ' -9007199254740993 ', '{"a":1e999}', '{"a" : 12.5e400}', '[1,\n9007199254740993.0]'])(
    'has it wherever a number may stand: %j',
    (json) => expect(inexactNumber(json)).toMatch(/^-?(9007199254740993(\.0)?|1e999|12\.5e400)$/),
  )

  it('is searched in the time that it takes to read it', { timeout: 2_000 }, () => {
    for (const part of ['1', '\\"', '"', '\\', '1e', ' 1', ',1.1', ':1e', '"1e5",', '0.'])
      expect(inexactNumber(`"1e1${part.repeat(100_000)}`)).toBeUndefined()
    expect(inexactNumber(`[${'1'.repeat(100_000)}]`)).toHaveLength(100_000)
    expect(describeInexact('1'.repeat(1_000_000)).length).toBeLessThan(200)
  })

  it.each([10, 40_000])('of %d numbers is refused in pieces too', async (count) => {
    const options = { maxValues: 1_000_000, maxDepth: 10, tooMany: () => new Error('too many'), isExact: true }
    const list = Array(count).fill('9007199254740992').join(',')
    await expect(parseInPieces(Buffer.from(`{"a":[${list},9007199254740993]}`), options)).rejects.toThrow(
      '9007199254740993',
    )
    await expect(parseInPieces(Buffer.from(`{"a":[${list}]}`), options)).resolves.toBeDefined()
  })
})
