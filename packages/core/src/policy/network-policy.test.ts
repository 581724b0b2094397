import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRegistryError } from '../base/errors.ts'
import { createNetworkPolicy } from './network-policy.ts'

const isAllowed = (rules: readonly string[], host: string) => {
  try {
    createNetworkPolicy(rules).assertHost(host)
    return true
  } catch (error) {
    if (!isRegistryError(error, 'URL_BLOCKED')) throw error
    return false
  }
}
/** As a URL has it, which is how hosts come: in all of the forms that WHATWG's parser knows. */
const hostOf = (host: string) => new URL(`http://${host}/`).hostname

const inner = [
  '127.0.0.1',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '127.1',
  '0',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '100.100.100.200',
  '169.254.169.254',
  '168.63.129.16',
  '192.0.0.192',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:0:127.0.0.1]',
  '[::127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b:1::1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[fe80::1]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
  '[2001:db8::1]',
  '[100::1]',
  'localhost',
  'LOCALHOST.',
  'a.localhost',
  'metadata.google.internal',
  'metadata',
]

describe('the policy public', () => {
  it.each(inner)('refuses %s', (host) => {
    expect(isAllowed(['public'], hostOf(host))).toBe(false)
  })

  it.each(['8.8.8.8', '1.1.1.1', '[2606:4700:4700::1111]', '[64:ff9b::808:808]', '[::ffff:8.8.8.8]', 'example.com'])(
    'lets %s be reached',
    (host) => {
      expect(isAllowed(['public'], hostOf(host))).toBe(true)
    },
  )

  it('keeps of what a name resolved to what is public, and refuses a name with nothing left', () => {
    const policy = createNetworkPolicy(['public'])
    const [ours, theirs] = [{ address: '10.0.0.1' }, { address: '8.8.8.8' }]
    expect(policy.allowed('a.example', [ours, theirs])).toEqual([theirs])
    expect(() => policy.allowed('a.example', [ours])).toThrow('a.example is blocked by the network policy')
  })
})

describe('what is added to a policy', () => {
  it('lets ranges, addresses and names be reached, and nothing beside them', () => {
    const rules = ['public', '10.1.0.0/16', '192.168.1.5', 'fd00::/8', 'localhost', 'db.internal']
    for (const host of ['10.1.2.3', '192.168.1.5', '[::ffff:10.1.2.3]', '[fd12::1]', 'localhost', 'LocalHost.']) {
      expect(isAllowed(rules, hostOf(host)), host).toBe(true)
    }
    for (const host of ['10.2.0.1', '192.168.1.6', '127.0.0.1', 'a.localhost']) {
      expect(isAllowed(rules, hostOf(host)), host).toBe(false)
    }
    const policy = createNetworkPolicy(rules)
    expect(policy.allowed('db.internal', [{ address: '127.0.0.1' }])).toHaveLength(1)
  })

  it('is all that may be reached where public is not among it; * is everything', () => {
    expect(isAllowed(['10.0.0.0/8'], '8.8.8.8')).toBe(false)
    expect(() => createNetworkPolicy([]).allowed('example.com', [{ address: '8.8.8.8' }])).toThrow('example.com')
    for (const host of inner) expect(isAllowed(['*'], hostOf(host))).toBe(true)
  })

  it('is refused if it is any other text, and says what came', () => {
    for (const rule of ['', '10.0.0.0/33', '300.1.1.1', 'a b', 'http://a', '10.1']) {
      expect(() => createNetworkPolicy([rule])).toThrow(`got "${rule}"`)
    }
  })

  it('never lets an IPv4 address in by another notation', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const plain = isAllowed(['public'], hostOf(address))
        for (const form of [`[::ffff:${address}]`, `[64:ff9b::${address}]`]) {
          expect(isAllowed(['public'], hostOf(form))).toBe(plain)
        }
        const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
        expect(isAllowed(['public'], hostOf(String(number)))).toBe(plain)
      }),
    )
  })
})
