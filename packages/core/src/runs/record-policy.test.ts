import { expect, it } from 'vitest'
import type { ContentBlock, ToolExecutionResult } from '../model/job.ts'
import { recordedResult } from './record-policy.ts'

it('what is said beside a block is redacted with it', () => {
  const remarks = { annotations: { audience: ['user'], priority: 1 }, meta: { secret: 's' } }
  const content: readonly ContentBlock[] = [
    { type: 'text', text: 's', ...remarks },
    { type: 'image', mimeType: 'image/png', data: 's', ...remarks },
    { type: 'audio', mimeType: 'audio/wav', data: 's', ...remarks },
    { type: 'resource_link', uri: 's', name: 's', description: 's', size: 1, icons: [{ src: 's' }], ...remarks },
    { type: 'resource', uri: 's', text: 's', ...remarks },
  ]
  const result: ToolExecutionResult = {
    status: 'SUCCESS',
    funcReturn: null,
    stdout: [],
    stderr: [],
    structuredContent: null,
    content,
    meta: null,
    truncated: false,
    configFingerprint: 'f',
  }
  const mark = '[redacted]'
  const redacted = { annotations: { audience: [mark], priority: mark }, meta: { secret: mark } }
  expect(recordedResult(result, 'REDACT')?.content).toEqual([
    { type: 'text', text: mark, ...redacted },
    { type: 'image', mimeType: 'image/png', data: '', ...redacted },
    { type: 'audio', mimeType: 'audio/wav', data: '', ...redacted },
    { type: 'resource_link', uri: mark, name: mark, ...redacted },
    { type: 'resource', uri: mark, ...redacted },
  ])
  expect(recordedResult(result, 'KEEP')).toBe(result)
})
