import { describe, expect, it } from 'vitest'
import { failureAdvice } from './failure-advice.ts'

const failure = (code: string, part: { readonly systemCode?: string; readonly httpStatus?: number } = {}) => ({
  code,
  systemCode: part.systemCode ?? null,
  httpStatus: part.httpStatus ?? null,
})

describe('the advice for a failure of a server', () => {
  it.each([
    [failure('CONNECT_FAILED', { systemCode: 'ENOENT' }), 'npx', /Install Node.js/, 'EDIT_COMMAND'],
    [failure('CONNECT_FAILED', { systemCode: 'ENOENT' }), './own', /Install .\/own/, 'EDIT_COMMAND'],
    [failure('CONNECT_FAILED', { systemCode: 'EACCES' }), 'a', /chmod/, 'EDIT_COMMAND'],
    [failure('CONNECT_FAILED'), 'a', /last lines/, 'EDIT_COMMAND'],
    [failure('CONNECT_FAILED', { httpStatus: 404 }), undefined, /path of the URL/, 'EDIT_URL'],
    [failure('CONNECT_FAILED', { systemCode: 'ECONNREFUSED' }), undefined, /Start the server/, 'EDIT_URL'],
    [failure('CONNECT_FAILED', { systemCode: 'ENOTFOUND' }), undefined, /spelling/, 'EDIT_URL'],
    [failure('CONNECT_FAILED', { systemCode: 'CERT_HAS_EXPIRED' }), undefined, /NODE_EXTRA_CA_CERTS/, 'EDIT_URL'],
    [failure('AUTH_REQUIRED'), undefined, /token/, 'SET_TOKEN'],
    [failure('TIMEOUT'), 'npx', /Advanced/, 'EDIT'],
    [failure('STDIO_NOT_ALLOWED'), 'rm', /TOOLYARD_STDIO/, 'EDIT_COMMAND'],
    [failure('URL_BLOCKED'), undefined, /TOOLYARD_NETWORK/, 'EDIT_URL'],
    [failure('A_LATER_CODE'), undefined, /Try again/, 'EDIT'],
  ])('%o of %s', (of, command, words, action) => {
    const { advice, actions } = failureAdvice(of, command)
    expect(advice).toMatch(words)
    expect(actions[0]).toBe(action)
    expect(actions.at(-1)).toBe('TRY_AGAIN')
  })
})
