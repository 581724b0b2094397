import { describe, expect, it } from 'vitest'
import { splitCommand } from './split-command.ts'

describe('a command line', () => {
  it.each([
    ['npx -y a-server', 'npx', ['-y', 'a-server']],
    ['  npx   -y\t a-server ', 'npx', ['-y', 'a-server']],
    ['$ uvx mcp-server-git', 'uvx', ['mcp-server-git']],
    [`node "my server.js" --name='a "b"'`, 'node', ['my server.js', '--name=a "b"']],
    [`a\\ b c\\"d ""`, 'a b', ['c"d', '']],
    [
      String.raw`"C:\Program Files\node.exe" C:\server.js`,
      String.raw`C:\Program Files\node.exe`,
      [String.raw`C:\server.js`],
    ],
    ['run A=1', 'run', ['A=1']],
  ])('%s is split', (text, command, args) => {
    expect(splitCommand(text)).toEqual({ env: [], command, args })
  })

  it('may begin with variables', () => {
    expect(splitCommand('TOKEN=abc MODE="x y" npx server')).toEqual({
      env: [
        { name: 'TOKEN', value: 'abc' },
        { name: 'MODE', value: 'x y' },
      ],
      command: 'npx',
      args: ['server'],
    })
  })

  it.each(['', 'npx', '/usr/bin/server', '"/opt/my server/run"', 'npx "half', 'A=1'])('%s stays as it is', (text) => {
    expect(splitCommand(text)).toBeUndefined()
  })
})
