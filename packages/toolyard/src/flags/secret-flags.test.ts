import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UsageError } from '../base/command-error.ts'
import type { ProgramProcess } from '../command/command.ts'
import { createOutput } from '../output/output.ts'
import { createSecretReader, namedText } from './secret-flags.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterEach(() => rm(folder, { recursive: true }))

function reader(input = '') {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough().setEncoding('utf8')]
  stdin.end(input)
  const process: ProgramProcess = { env: {}, stdin, stdout, stderr, exitWith: () => undefined }
  const output = createOutput({ stdout, stderr, isJson: false })
  const secrets = createSecretReader({ process, output, signal: new AbortController().signal })
  return { secrets, notes: () => String(stderr.read() ?? '') }
}

describe('the value of a flag that may be a secret', () => {
  it('is taken as it is, with one note for each flag that does not quote it', async () => {
    const { secrets, notes } = reader()
    expect(await secrets.value('--token', 'secret')).toEqual({ literal: 'secret' })
    const named = [
      { name: 'A', text: 'secret' },
      { name: 'B', text: '@secret' },
    ]
    expect(await secrets.named('--env', named)).toEqual([
      { name: 'A', value: { literal: 'secret' } },
      { name: 'B', value: { literal: '@secret' } },
    ])
    const said = notes()
    expect(said.match(/flags are visible to other users/g)).toHaveLength(2)
    expect(said).not.toContain('secret')
  })

  it('is a reference, a file or standard input, without a note', async () => {
    const file = join(folder, 'token')
    await writeFile(file, 'of a file\n')
    const { secrets, notes } = reader('of stdin\r\n')
    expect(await secrets.value('--token', '@env:NAME')).toEqual({ env: 'NAME' })
    expect(await secrets.value('--token', '@provider:a/b')).toEqual({ provider: 'a/b' })
    expect(await secrets.value('--token', `@file:${file}`)).toEqual({ literal: 'of a file' })
    expect(await secrets.value('--token', '-')).toEqual({ literal: 'of stdin' })
    expect(notes()).toBe('')
    await expect(secrets.value('--env', '-')).rejects.toThrow('standard input is read once')
  })

  it('that cannot be read is refused', async () => {
    const { secrets } = reader('x'.repeat(200_000))
    for (const text of ['@file:/dev/zero', `@file:${folder}`, '@file:none', '-']) {
      await expect(secrets.value('--token', text)).rejects.toThrow(UsageError)
    }
  })
})

it('a named value without a name is refused, and not quoted', () => {
  const parse = namedText('--header', ':', "'NAME: VALUE'")
  expect(parse('A:  b', parse('C: -'))).toEqual([
    { name: 'C', text: '-' },
    { name: 'A', text: 'b' },
  ])
  for (const text of ['secret', ': secret']) expect(() => parse(text)).toThrow("--header: expected 'NAME: VALUE'")
})
