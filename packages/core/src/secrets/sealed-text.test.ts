import { createSecretKey, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openText, parseSealedText, sealText } from './sealed-text.ts'

const newKey = () => createSecretKey(randomBytes(32))
const key = newKey()
const open = (text: string, context: string, with_ = key) => {
  const parsed = parseSealedText(text)
  return parsed && openText(parsed, with_, context)?.toString()
}
const anyText = fc.string({ unit: 'binary', maxLength: 300 })

describe('a sealed text', () => {
  it('opens to what was sealed, and says nothing of it', () => {
    fc.assert(
      fc.property(anyText, anyText, (plaintext, context) => {
        const sealed = sealText(plaintext, key, 'k1', context)
        expect(open(sealed, context)).toBe(Buffer.from(plaintext).toString())
        expect(sealed).toMatch(/^v1\.k1\.[A-Za-z0-9_-]+$/)
        expect(sealText(plaintext, key, 'k1', context)).not.toBe(sealed)
      }),
    )
  })

  it('does not open in another context, with another key, or under the name of another key', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (plaintext, context, other) => {
        fc.pre(Buffer.from(context).toString() !== Buffer.from(other).toString())
        const sealed = sealText(plaintext, key, 'k1', context)
        expect(open(sealed, other)).toBeUndefined()
        expect(open(sealed, context, newKey())).toBeUndefined()
        expect(open(sealed.replace('v1.k1.', 'v1.k2.'), context)).toBeUndefined()
      }),
    )
  })

  it('does not open with any of its bits changed, nor cut, nor longer', () => {
    const sealed = sealText('a secret', key, 'k1', 'here')
    const payload = Buffer.from(sealed.slice('v1.k1.'.length), 'base64url')
    const withPayload = (bytes: Buffer) => open(`v1.k1.${bytes.toString('base64url')}`, 'here')
    expect(withPayload(payload)).toBe('a secret')
    for (let bit = 0; bit < payload.length * 8; bit += 1) {
      const changed = Buffer.from(payload)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(withPayload(changed), `bit ${bit}`).toBeUndefined()
    }
    for (let length = 0; length < payload.length; length += 1) {
      expect(withPayload(payload.subarray(0, length)), `length ${length}`).toBeUndefined()
    }
    expect(withPayload(Buffer.concat([payload, Buffer.from([0])]))).toBeUndefined()
  })

  it('is told from every other text', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.stringMatching(/^v1\.[\w.-]{0,80}$/)), (text) => {
        const parsed = parseSealedText(text)
        if (parsed) expect(`v1.${parsed.keyId}.${parsed.payload.toString('base64url')}`).toBe(text)
      }),
    )
    const sealed = sealText('a', key, 'k1', '')
    for (const other of [
      '',
      'v1',
      `v2${sealed.slice(2)}`,
      `${sealed}=`,
      `${sealed}\n`,
      ` ${sealed}`,
      sealed.replace('k1', ''),
    ]) {
      expect(parseSealedText(other), other).toBeUndefined()
    }
  })
})
