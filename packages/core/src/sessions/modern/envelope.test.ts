import { expect, it } from 'vitest'
import { createEnvelopes } from './envelope.ts'

const envelope = createEnvelopes({ clientInfo: { name: 'toolyard', version: '1' } })

it('puts version, identity, capabilities, log level, progress token and trace into `_meta`', () => {
  const { params } = envelope('tools/call', {
    params: { name: 'echo', arguments: {} },
    carrier: { traceparent: '00-1' },
    progressToken: 3,
    logLevel: 'info',
  })
  expect(params).toEqual({
    name: 'echo',
    arguments: {},
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'toolyard', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
      'io.modelcontextprotocol/logLevel': 'info',
      traceparent: '00-1',
      progressToken: 3,
    },
  })
})

it('mirrors method and name, and the version, into headers that args cannot replace', () => {
  const paramHeaders = { 'mcp-method': 'x', 'mcp-param-a': '1' }
  expect(envelope('tools/call', { params: { name: 'größe', arguments: {} }, paramHeaders }).headers).toEqual({
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': '=?base64?Z3LDtsOfZQ==?=',
    'mcp-param-a': '1',
  })
  expect(envelope('tools/list', { params: {} }).headers).not.toHaveProperty('mcp-name')
})
