import { DEFAULT_INHERITED_ENV_VARS } from '@modelcontextprotocol/sdk/client/stdio.js'
import { McpError, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { RegistryError } from '../../base/errors.ts'
import { StreamCut } from '../http/stream-cut.ts'
import { supportedProtocolVersions } from '../protocol-versions.ts'
import { inheritedVariables } from '../stdio/environment.ts'
import { fromSdk } from './sdk-errors.ts'

describe('what is known without loading the SDK', () => {
  it('are the revisions that it can speak', () => {
    expect(supportedProtocolVersions).toEqual(SUPPORTED_PROTOCOL_VERSIONS)
  })

  it('are the variables that its children inherit', () => {
    expect(inheritedVariables).toEqual(DEFAULT_INHERITED_ENV_VARS)
  })
})

describe('an error of the SDK', () => {
  it("is the server's, in the server's words", () => {
    const data = { supported: ['2026-07-28'] }
    expect(fromSdk(new McpError(-32022, 'no', data))).toMatchObject({
      name: 'RpcError',
      code: -32022,
      message: 'no',
      data,
    })
  })

  it('is the fault that a transport has put in its place', () => {
    const cut = new StreamCut(undefined)
    const broken = new RegistryError('PROTOCOL_ERROR', 'x')
    expect(fromSdk(new McpError(-32000, 'x', cut))).toBe(cut)
    expect(fromSdk(new McpError(-32603, 'x', broken))).toBe(broken)
  })

  it('of another kind stays as it is', () => {
    const other = new Error('x')
    expect(fromSdk(other)).toBe(other)
  })
})
