import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../../packages/toolyard/console/src/tools/call-code.ts'

const call = {
  server: "it's",
  tool: 'echo',
  args: { message: `quotes ' " \` $HOME \\ \n\u2028` },
  url: 'http://127.0.0.1:4000/graphql',
  hasKey: true,
}

/** The words that a shell makes of a command. */
function wordsOf(command: string): readonly string[] {
  const text = command.replace(/^(curl|TOOLYARD_URL=\S+ toolyard)/, 'printf "%s\\0"')
  const { stdout } = spawnSync('/bin/sh', ['-c', text], { encoding: 'utf8', env: { TOOLYARD_KEY: 'a-key' } })
  return stdout.split('\0').slice(0, -1)
}

describe('a call as code', () => {
  it('reaches curl with all that its args have in them, and the key from the environment', () => {
    const words = wordsOf(codeOf('curl', call))
    expect(words).toContain('authorization: Bearer a-key')
    expect(JSON.parse(words.at(-1) ?? '').variables.input).toEqual({
      tool: { qualified: { server: "it's", tool: 'echo' } },
      args: call.args,
    })
    expect(codeOf('curl', { ...call, hasKey: false })).not.toContain('TOOLYARD_KEY')
  })

  it('reaches the command line with all that its args have in them', () => {
    const words = wordsOf(codeOf('CLI', call))
    expect(words.slice(0, 2)).toEqual(['run', "it's/echo"])
    expect(JSON.parse(words.at(-1) ?? '')).toEqual(call.args)
  })

  it('is a document with its variables, and a program', () => {
    expect(codeOf('GraphQL', call)).toContain('runMcpTool(input: $input)')
    expect(codeOf('TypeScript', call)).toContain('\\u2028')
  })
})
