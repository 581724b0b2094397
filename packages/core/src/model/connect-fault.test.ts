import { describe, expect, it } from 'vitest'
import { packageOf, reachFaultOf, startFaultOf } from './connect-fault.ts'

describe('why a connection failed', () => {
  it.each([
    ['ENOENT', 'COMMAND_NOT_FOUND'],
    ['EACCES', 'COMMAND_NOT_EXECUTABLE'],
    ['EPIPE', 'COMMAND_FAILED'],
    [null, 'COMMAND_FAILED'],
  ])('of a command, by %s', (systemCode, fault) => {
    expect(startFaultOf({ systemCode, httpStatus: null })).toBe(fault)
  })

  it.each([
    ['ECONNREFUSED', 'NOTHING_LISTENS'],
    ['ENOTFOUND', 'HOST_UNKNOWN'],
    ['EAI_AGAIN', 'HOST_UNKNOWN'],
    ['CERT_HAS_EXPIRED', 'CERTIFICATE_REFUSED'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'CERTIFICATE_REFUSED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'CERTIFICATE_REFUSED'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERTIFICATE_REFUSED'],
    ['ECONNRESET', 'CONNECTION_FAILED'],
    [null, 'CONNECTION_FAILED'],
  ])('of a URL, by %s', (systemCode, fault) => {
    expect(reachFaultOf({ systemCode, httpStatus: null })).toBe(fault)
  })

  it('of a URL that answered, whatever its status', () => {
    expect(reachFaultOf({ systemCode: null, httpStatus: 404 })).toBe('NO_MCP_ENDPOINT')
  })
})

describe('the package of a command', () => {
  it('is named as people know it, and as the command otherwise', () => {
    expect(packageOf('npx')).toBe('Node.js')
    expect(packageOf('./own')).toBe('./own')
    expect(packageOf('constructor')).toBe('constructor')
  })
})
