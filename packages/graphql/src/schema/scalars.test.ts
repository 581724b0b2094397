import { parseValue } from 'graphql'
import { describe, expect, it } from 'vitest'
import { dateTime } from './date-time.ts'
import { json, jsonObject } from './json-scalars.ts'

describe('DateTime', () => {
  it.each([
    ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000Z'],
    ['2026-01-31t12:00:00.5+02:00', '2026-01-31T10:00:00.500Z'],
    ['0001-01-01T00:00:00-23:59', '0001-01-01T23:59:00.000Z'],
  ])('takes %s', (text, iso) => {
    expect(dateTime.parseValue(text).toISOString()).toBe(iso)
    expect(dateTime.parseLiteral(parseValue(JSON.stringify(text))).toISOString()).toBe(iso)
  })

  it.each([
    ...['2025-02-29T00:00:00Z', '2026-04-31T00:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01T24:00:00Z'],
    ...['2026-01-01T00:00:60Z', '2026-01-01T00:00:00', '2026-01-01', '2026-01-01 00:00:00Z', '', 'now'],
    ...['2026-01-01T00:00:00|02:00', '2026-01-01T00:00:00.Z', '+12026-01-01T00:00:00Z'],
  ])('refuses "%s"', (text) => {
    expect(() => dateTime.parseValue(text)).toThrow('invalid date-time-string')
    expect(() => dateTime.parseLiteral(parseValue(JSON.stringify(text)))).toThrow('invalid date-time-string')
  })

  it('refuses what is not a text, and an invalid Date in an answer', () => {
    expect(() => dateTime.parseValue(1)).toThrow('non string')
    expect(() => dateTime.parseLiteral(parseValue('1'))).toThrow('non string')
    expect(() => dateTime.serialize(new Date(Number.NaN))).toThrow('invalid Date')
  })
})

describe('JSON and JSONObject', () => {
  it('are literals of every kind, with the values of variables', () => {
    const literal = parseValue('{ a: [1, 2.5, "b", true, null, ENUM], c: { d: $e, __proto__: 1 }, f: $g }')
    const value = json.parseLiteral(literal, { e: 'f' })
    expect(JSON.stringify(value)).toBe('{"a":[1,2.5,"b",true,null,null],"c":{"d":"f","__proto__":1}}')
    expect(jsonObject.parseLiteral(literal, { e: 'f' })).toEqual(value)
  })

  it.each(['[]', 'null', '"a"', '1'])('JSONObject refuses %s', (text) => {
    expect(() => jsonObject.parseValue(JSON.parse(text))).toThrow('non-object')
    expect(() => jsonObject.parseLiteral(parseValue(text))).toThrow('non-object')
  })
})
