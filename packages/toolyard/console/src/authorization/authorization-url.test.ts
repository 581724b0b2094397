import { describe, expect, it } from 'vitest'
import { obstacleTo } from './authorization-url.ts'

const here = 'https://console.example'
const sent = (back: string) => `https://auth.example/authorize?redirect_uri=${encodeURIComponent(back)}`

describe('the address of an authorization server', () => {
  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'nothing of the kind'])(
    'is not opened: %s',
    (url) => expect(obstacleTo(url, here)).toMatch(/not a web page/),
  )

  it('is opened if the browser comes back to the same address, or to one that is not named', () => {
    expect(obstacleTo(sent(`${here}/oauth/callback`), here)).toBeUndefined()
    expect(obstacleTo('http://127.0.0.1:9000/authorize', here)).toBeUndefined()
  })

  it('is not opened if the browser comes back to another address', () => {
    expect(obstacleTo(sent('https://other.example/oauth/callback'), here)).toMatch(/at https:\/\/other\.example,/)
  })
})
