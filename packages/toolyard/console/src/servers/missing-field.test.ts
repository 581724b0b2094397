import { expect, it } from 'vitest'
import { missingField } from './missing-field.ts'

const stdio = { transport: 'stdio', command: 'npx', serverUrl: '', name: 'files' } as const
const http = { transport: 'sse', command: '', serverUrl: 'https://mcp.example', name: 'files' } as const

it.each([
  [stdio, undefined],
  [http, undefined],
  [
    { ...stdio, command: ' ', name: '' },
    { message: 'Enter a command', path: ['config', 'stdio', 'command'] },
  ],
  [
    { ...http, serverUrl: '' },
    { message: 'Enter a URL', path: ['config', 'sse', 'serverUrl'] },
  ],
  [
    { ...stdio, name: ' ' },
    { message: 'Enter a name', path: ['name'] },
  ],
])('of %j is %j', (draft, missing) => {
  expect(missingField(draft)).toEqual(missing)
})
