import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ownOperations } from '../../packages/toolyard/src/serve/persisted-operations.ts'
import { toolyard as toolyardHere } from '../fixtures/process/command-line.ts'
import { type Programs, startPrograms } from '../fixtures/process/serving.ts'

let programs: Programs
beforeAll(async () => {
  programs = await startPrograms()
})
afterEach(() => programs.kill())
afterAll(() => programs[Symbol.asyncDispose]())

async function file(name: string, content: unknown): Promise<string> {
  const path = join(programs.folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

async function ask(url: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json()
}

const version = { data: { registryInfo: { version: expect.any(String) } } }
const apollo = (operations: readonly object[]) => ({
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations,
})

describe('toolyard serve --persisted-operations', () => {
  it('knows the operations of the file by their ids, and says which of them do not fit', async () => {
    const path = await file('map.json', {
      'sha256:ab': 'query Version { registryInfo { version } }',
      old: 'query Old { registryInfo { gone } nothing }',
    })
    const { url, stderr } = await programs.serveHere(['--persisted-operations', path])
    expect(await ask(url, { documentId: 'ab' })).toMatchObject(version)
    expect(await ask(url, { query: '{ registryInfo { version } }' })).toMatchObject(version)
    const lines = stderr()
      .split('\n')
      .filter((line) => line.includes('does not fit the schema'))
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 40, id: 'old', operation: 'Old', reason: 'Cannot query field "gone" on type "RegistryInfo".' },
    ])
  })

  it('executes nothing else with --only-persisted, but for what its own clients ask', async () => {
    const operations = [
      { id: 'ab', name: 'Version', type: 'query', body: 'query Version { registryInfo { version } }' },
    ]
    const path = await file('apollo.json', apollo(operations))
    const env = { TOOLYARD_PERSISTED_OPERATIONS: path, TOOLYARD_ONLY_PERSISTED: 'true' }
    const { url, base } = await programs.serveHere([], env)
    expect(await ask(url, { documentId: 'sha256:ab' })).toMatchObject(version)
    const refused = { errors: [{ extensions: { code: 'OPERATION_NOT_PERSISTED' } }] }
    expect(await ask(url, { query: '{ registryInfo { version } }' })).toMatchObject(refused)
    const [[id, own] = []] = Object.entries(ownOperations()).filter(([, text]) => text.startsWith('query Reached'))
    for (const body of [{ documentId: id }, { query: own }]) {
      expect(await ask(url, body)).toMatchObject({ data: { __typename: 'Query' } })
    }
    expect(await (await fetch(base, { headers: { accept: 'text/html' } })).text()).not.toContain('GraphiQL')
    expect(await toolyardHere(['list'], { TOOLYARD_URL: base })).toMatchObject({ code: 0, stderr: '' })
  })

  it.each([
    ['no JSON', '{ "a": \n', 'expected JSON, got none: SyntaxError'],
    ['a list', [], 'expected { id: document }, or a persisted query manifest of Apollo, got a list'],
    ['a number for a document', { a: 5 }, '["a"]: expected a GraphQL document, got 5'],
    ['another version of Apollo', { ...apollo([]), version: 2 }, 'version: expected 1, got 2'],
    [
      'an operation without its body',
      apollo([{ id: 'a' }]),
      'operations[0].body: expected a GraphQL document, got nothing',
    ],
    [
      'a document that does not parse',
      { 'sha256:ab': 'query {\n ??? }' },
      'persisted operation "sha256:ab": expected a GraphQL document, got at line 2, column 2: Syntax Error',
    ],
    [
      'two documents under one id',
      { 'sha256:ab': '{ a }', ab: '{ b }' },
      'persisted operation "ab": expected one document, got another one',
    ],
  ])('ends with 2 and one line for %s', async (_, content, problem) => {
    const path = await file('bad.json', content)
    const { code, stderr } = await toolyardHere(['serve', '--persisted-operations', path], {
      TOOLYARD_DATABASE_URL: 'sqlite::memory:',
    })
    expect(code).toBe(2)
    expect(stderr).toContain(`TOOLYARD_PERSISTED_OPERATIONS is "${path}": ${problem}`)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('ends with 2 where the file cannot be read', async () => {
    const { code, stderr } = await toolyardHere(['serve', '--persisted-operations', programs.folder])
    expect(code).toBe(2)
    expect(stderr).toContain('cannot be read (EISDIR)')
  })
})
