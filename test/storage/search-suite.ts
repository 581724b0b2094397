import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultTenant, parseTenantId, type ServerId } from '../../packages/core/src/base/ids.ts'
import type { ToolFilter } from '../../packages/core/src/model/filters.ts'
import type { Rank } from '../../packages/core/src/model/rank.ts'
import type { ToolDefinition, ToolRecord } from '../../packages/core/src/model/tool.ts'
import type { SearchMatch } from '../../packages/core/src/model/tool-search.ts'
import { parseSearch } from '../../packages/core/src/search/tool-search.ts'
import { memoryStorage } from '../../packages/core/src/storage/memory/memory-storage.ts'
import type { FoundTool, Storage, StorageAdapter, TenantStorage } from '../../packages/core/src/storage/storage.ts'
import type { Write } from '../../packages/core/src/storage/write.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'
import { server, tool } from './records.ts'

const otherTenant = parseTenantId('other') ?? defaultTenant

interface Asked {
  readonly match?: SearchMatch
  readonly filter?: ToolFilter
  readonly limit?: number
  readonly beyond?: Rank
}

function find(storage: TenantStorage, text: string, { match = 'ALL', filter = {}, limit = 100, beyond }: Asked = {}) {
  return storage.tools.search({ query: parseSearch(text), match, filter }, limit, beyond)
}

const nameOf = ({ tool: { definition } }: FoundTool) => definition.name

function toolOf(serverId: ServerId, definition: Partial<ToolDefinition> & { readonly name: string }): ToolRecord {
  return tool(serverId, definition.name, { definition: { inputSchema: { type: 'object' }, ...definition } })
}

function redefinition({ id }: ToolRecord, definition: ToolDefinition) {
  return { id, definition, definitionText: JSON.stringify(definition), quarantine: null }
}

const words = fc.constantFrom(
  'read',
  'readFile',
  'file',
  'files',
  'fil',
  'r',
  'GitHub',
  'github',
  'git',
  'hub',
  'Ändern',
)
const text = fc.array(words, { maxLength: 5 }).map((list) => list.join(' '))
const definitions = fc.record({
  name: fc.array(words, { minLength: 1, maxLength: 3 }).map((list) => list.join('_')),
  title: text,
  description: text,
  properties: fc.array(words, { maxLength: 3 }),
})

/** What a search must find, whatever the storage is made of. */
export function describeSearch(name: string, makeAdapter: () => StorageAdapter): void {
  describe(`a search of ${name}`, () => {
    let opened: Storage
    let storage: TenantStorage
    const one = server({ name: 'Example server' })
    beforeEach(async () => {
      opened = await makeAdapter().open()
      storage = opened.tenant(defaultTenant)
      await storage.commit([{ kind: 'insertServer', server: one }])
    })
    afterEach(() => opened.close())

    const insert = async (...added: readonly (Partial<ToolDefinition> & { readonly name: string })[]) => {
      const tools = added.map((definition) => toolOf(one.id, definition))
      await storage.commit([{ kind: 'insertTools', tools }])
      return tools
    }
    const names = async (query: string, asked?: Asked) => (await find(storage, query, asked)).map(nameOf)

    it.each([
      'read file',
      'file read',
      'FILE',
      'readfile',
      'read_file',
      'readFile',
      'rea',
      'file rea',
      'réad',
      'ReadFi',
    ])('for "%s" finds read_file and readFile', async (query) => {
      await insert({ name: 'read_file' }, { name: 'readFile' }, { name: 'list.folders' }, { name: 'write' })
      expect((await names(query)).sort()).toEqual(['readFile', 'read_file'])
    })

    it('finds words that a name holds apart by any sign, and all of them', async () => {
      await insert({ name: 'a.b-c/dE' }, { name: 'getHTTPResponse' }, { name: 'lire_données' })
      for (const query of ['b', 'c d', 'e', 'abcde']) expect(await names(query)).toEqual(['a.b-c/dE'])
      for (const query of ['http', 'response get']) expect(await names(query)).toEqual(['getHTTPResponse'])
      for (const query of ['donnees', 'DONNÉES', 'donne']) expect(await names(query)).toEqual(['lire_données'])
      expect(await names('b response')).toEqual([])
    })

    it('finds GitHub by github, and github by GitHub', async () => {
      await insert(
        { name: 'a', description: 'Of GitHub' },
        { name: 'b', description: 'of github' },
        { name: 'c_git_hub' },
      )
      expect((await names('GitHub')).sort()).toEqual(['a', 'b', 'c_git_hub'])
      expect((await names('github')).sort()).toEqual(['a', 'b'])
    })

    it('ranks the name before title, properties, server and description, and an exact name first', async () => {
      const other = server({ name: 'issue tracker' })
      await storage.commit([
        { kind: 'insertServer', server: other },
        { kind: 'insertTools', tools: [toolOf(other.id, { name: 'of_server' })] },
      ])
      await insert(
        { name: 'described', description: 'An issue issue issue' },
        { name: 'with_property', inputSchema: { properties: { issueNumber: {} } } },
        { name: 'titled', title: 'The issue' },
        { name: 'annotated', annotations: { title: 'The issue' } },
        { name: 'some_issue_of_mine' },
        { name: 'close_issue' },
        { name: 'close_issues' },
        { name: 'Issue' },
        { name: 'issue' },
      )
      const found = await find(storage, 'issue')
      expect(found.map(nameOf)).toEqual([
        'issue',
        'Issue',
        'close_issue',
        'some_issue_of_mine',
        'close_issues',
        'annotated',
        'titled',
        'of_server',
        'with_property',
        'described',
      ])
      expect(found.every(({ score }, index) => score > 0 && score <= (found[index - 1]?.score ?? score))).toBe(true)
    })

    it('with any of the words ranks first what has more of them', async () => {
      await insert({ name: 'read' }, { name: 'read_file' }, { name: 'write' })
      expect(await names('read a file please')).toEqual([])
      expect(await names('read a file please', { match: 'ANY' })).toEqual(['read_file', 'read'])
    })

    it('pages forwards in a stable order, ties by name and id', async () => {
      const tools = await insert(
        ...Array.from({ length: 25 }, (_, n) => ({ name: `find_${'abcde'[n % 5]}${n % 2}${n}` })),
      )
      const same = server()
      const twin = toolOf(same.id, { name: 'find_a00' })
      await storage.commit([
        { kind: 'insertServer', server: same },
        { kind: 'insertTools', tools: [twin] },
      ])
      const seen: FoundTool[] = []
      for (;;) {
        const last = seen.at(-1)
        const beyond = last && { score: last.score, name: nameOf(last), id: last.tool.id }
        const page = await find(storage, 'find', { limit: 7, ...(beyond ? { beyond } : {}) })
        if (page.length === 0) break
        seen.push(...page)
      }
      expect(seen).toEqual(await find(storage, 'find'))
      expect(new Set(seen.map((each) => each.tool.id))).toEqual(new Set([...tools, twin].map(({ id }) => id)))
    })

    it('leaves out removed tools unless asked, and applies every filter', async () => {
      const [reads, writes, gone] = await insert(
        { name: 'file_a', annotations: { readOnlyHint: true } },
        { name: 'file_b' },
        { name: 'file_c' },
      )
      const ids = [reads, writes, gone].map((each) => each?.id ?? tool(one.id, '').id)
      await storage.commit([
        { kind: 'removeTools', toolIds: ids.slice(2), at: 9 },
        {
          kind: 'setTool',
          toolId: ids[1] ?? tool(one.id, '').id,
          settings: {
            enabled: false,
            tags: [],
            returnCharLimit: null,
            recordArgs: null,
            recordResults: null,
            approvalPolicy: null,
          },
          at: 9,
        },
      ])
      const cases: [ToolFilter, string[]][] = [
        [{}, ['file_a', 'file_b']],
        [{ includeRemoved: true }, ['file_a', 'file_b', 'file_c']],
        [{ readOnly: true }, ['file_a']],
        [{ destructive: true }, ['file_b']],
        [{ enabled: false }, ['file_b']],
        [{ quarantined: true }, []],
        [{ name: { contains: '_b' } }, ['file_b']],
        [{ serverId: [one.id] }, ['file_a', 'file_b']],
        [{ serverId: [server().id] }, []],
        [{ serverId: [] }, []],
        // From outside any text may come.
        [{ serverId: ['" OR (' as ServerId] }, []],
        [{ serverId: ["'" as ServerId, one.id] }, ['file_a', 'file_b']],
      ]
      for (const [filter, expected] of cases) {
        expect(await names('file', { filter })).toEqual(expected)
        expect(await storage.tools.searchCount({ query: parseSearch('file'), match: 'ALL', filter })).toBe(
          expected.length,
        )
      }
    })

    it('of one tenant finds nothing of another, and scores alike whatever the other has', async () => {
      await insert({ name: 'read_file' })
      const before = await find(storage, 'read')
      const other = opened.tenant(otherTenant)
      expect(await find(other, 'read')).toEqual([])
      const its = server({ name: 'read' })
      const tools = Array.from({ length: 20 }, () => toolOf(its.id, { name: `read_${tool(its.id, '').id}` }))
      await other.commit([
        { kind: 'insertServer', server: its },
        { kind: 'insertTools', tools },
      ])
      expect(await find(storage, 'read')).toEqual(before)
      expect(await find(storage, 'read', { filter: { serverId: [its.id] } })).toEqual([])
      expect(await find(other, 'read')).toHaveLength(20)
      // What they are indexed with is no word.
      for (const query of ['default', 'other', 'mcps', '@default', `#${its.id}`, its.id, '_read', '=readfile'])
        expect((await find(storage, query)).filter(({ tool: { serverId } }) => serverId !== one.id)).toEqual([])
      expect(await names('mcps')).toEqual([])
      expect(await names('default')).toEqual([])
    })

    it('sees at once what is added, changed, approved, removed, renamed and deleted', async () => {
      const [first] = await insert({ name: 'first', description: 'old' })
      if (!first) throw new Error('Nothing was inserted')
      expect(await names('old')).toEqual(['first'])
      const changed = { ...first.definition, description: 'new' }
      await storage.commit([{ kind: 'redefineTools', tools: [redefinition(first, changed)], at: 2 }])
      expect([await names('old'), await names('new')]).toEqual([[], ['first']])

      const waiting = { ...first.definition, description: 'waiting' }
      const definitionText = JSON.stringify(waiting)
      const quarantine = { kind: 'CHANGED', definitionText } as const
      await storage.commit([{ kind: 'redefineTools', tools: [{ ...redefinition(first, changed), quarantine }], at: 3 }])
      expect([await names('new'), await names('waiting')]).toEqual([['first'], []])
      await storage.commit([{ kind: 'approveTool', toolId: first.id, definition: waiting, definitionText, at: 4 }])
      expect([await names('new'), await names('waiting')]).toEqual([[], ['first']])

      const updated = { ...one, name: 'another', revision: 2 }
      await storage.commit([{ kind: 'updateServer', server: updated, ifRevision: 1 }])
      expect([await names('example first'), await names('another first')]).toEqual([[], ['first']])

      await storage.commit([{ kind: 'removeTools', toolIds: [first.id], at: 5 }])
      expect(await names('first')).toEqual([])
      await storage.commit([{ kind: 'redefineTools', tools: [redefinition(first, waiting)], at: 6 }])
      expect(await names('first')).toEqual(['first'])

      await storage.commit([{ kind: 'deleteServer', serverId: one.id }])
      expect(await names('first', { filter: { includeRemoved: true } })).toEqual([])
      const again = server({ name: 'again' })
      await storage.commit([
        { kind: 'insertServer', server: again },
        { kind: 'insertTools', tools: [toolOf(again.id, { name: 'second' })] },
      ])
      expect([await names('first'), await names('second')]).toEqual([[], ['second']])
      const query = parseSearch('first')
      expect(await storage.tools.searchCount({ query, match: 'ALL', filter: { includeRemoved: true } })).toBe(0)
    })

    it('finds nothing of a commit that failed', async () => {
      const planted = toolOf(one.id, { name: 'planted' })
      const failing = storage.commit([
        { kind: 'insertTools', tools: [planted] },
        { kind: 'updateServer', server: { ...one, name: 'renamed' }, ifRevision: 7 },
      ])
      await expect(failing).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
      expect([await names('planted'), await names('renamed')]).toEqual([[], []])
    })

    it('finds all while many search and many write', async () => {
      const tools = Array.from({ length: 30 }, (_, n) => toolOf(one.id, { name: `tool_${n}` }))
      await Promise.all(
        tools.map(async (each) => {
          await storage.commit([{ kind: 'insertTools', tools: [each] }])
          expect(await names(each.definition.name)).toContain(each.definition.name)
        }),
      )
      expect(await names('tool')).toHaveLength(30)
    })

    it('takes text of any kind', async () => {
      await insert({ name: 'near_and_or_not', description: '日本語 текст' })
      const odd = [
        'AND',
        'NEAR(',
        'NOT',
        'or',
        '"near"',
        'near*',
        "near' & '",
        'near\0and',
        '{near} : and',
        '^near',
        'ТЕКСТ',
      ]
      for (const query of odd) expect(await names(query)).toEqual(['near_and_or_not'])
      const query = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc
          .array(
            fc.constantFrom(...odd, '"', '*', '(', ')', ':', '-', '\\', '%', '?', '$1', "'", '!', '|', '&', '<->'),
            {
              maxLength: 12,
            },
          )
          .map((parts) => parts.join(' ')),
      )
      await fc.assert(
        fc.asyncProperty(query, fc.constantFrom('ALL' as const, 'ANY' as const), async (any, match) => {
          const parsed = parseSearch(any)
          if (parsed.terms.length === 0) return
          const found = await find(storage, any, { match })
          expect(await storage.tools.searchCount({ query: parsed, match, filter: {} })).toBe(found.length)
        }),
        { numRuns: propertyRuns(100) },
      )
      const most = Array.from({ length: 200 }, (_, n) => `w${n}`).join(' ')
      expect(await names(most, { match: 'ANY' })).toEqual([])
    })

    it('takes definitions of any kind', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: 'binary', maxLength: 20 }),
          fc.array(fc.string({ unit: 'binary' })),
          async (odd, keys) => {
            const properties = Object.fromEntries(keys.map((key) => [key, {}]))
            const id = tool(one.id, '').id
            // A name holds no U+0000, and PostgreSQL takes well-formed text alone.
            const definition = {
              name: `findable ${id} ${odd.replaceAll('\0', '').toWellFormed()}`,
              inputSchema: { properties },
              description: odd.repeat(50),
            }
            await insert(definition)
            expect(await names(id)).toHaveLength(1)
          },
        ),
        { numRuns: propertyRuns(20) },
      )
      const long = 'x'.repeat(500)
      await insert({ name: `${long} end`, description: `${'w '.repeat(200_000)} ${long.repeat(1_000)}` })
      expect(await names(long)).toEqual([`${long} end`])
      expect(await names('x'.repeat(20))).toEqual([`${long} end`])
    })

    it('answers every search, page and count as the memory storage does', async () => {
      const servers = ['git', 'read files', 'GitHub'].map((each) => server({ name: each }))
      const model = (await memoryStorage().open()).tenant(defaultTenant)
      for (const each of [storage, model]) {
        await each.commit(servers.map((record) => ({ kind: 'insertServer', server: record })))
      }
      let made = 0
      const asked = fc.record({
        query: fc.array(words, { minLength: 1, maxLength: 4 }).map((list) => list.join(' ')),
        match: fc.constantFrom('ALL' as const, 'ANY' as const),
        limit: fc.integer({ min: 1, max: 5 }),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(definitions, { maxLength: 4 }), fc.nat(2), asked, async (added, owner, shape) => {
          const serverId = servers[owner]?.id ?? one.id
          const tools = added.map(({ properties, ...rest }) => {
            made += 1
            const inputSchema = { properties: Object.fromEntries(properties.map((each) => [each, {}])) }
            return toolOf(serverId, { ...rest, name: `${rest.name}/${made}`, inputSchema })
          })
          const [first, ...others] = tools
          const writes: Write[] = [
            ...(others.length > 0 ? [{ kind: 'insertTools', tools: others } as const] : []),
            ...(first ? [{ kind: 'insertTools', tools: [first] } as const] : []),
            ...(first && made % 3 === 0 ? [{ kind: 'removeTools', toolIds: [first.id], at: 9 } as const] : []),
          ]
          for (const each of [storage, model]) await each.commit(writes)
          const { query, match, limit } = shape
          const page = await find(storage, query, { match, limit })
          expect(page).toEqual(await find(model, query, { match, limit }))
          const last = page.at(-1)
          if (last) {
            const beyond = { score: last.score, name: nameOf(last), id: last.tool.id }
            expect(await find(storage, query, { match, limit, beyond })).toEqual(
              await find(model, query, { match, limit, beyond }),
            )
          }
          const search = { query: parseSearch(query), match, filter: { serverId: [serverId] } }
          expect(await storage.tools.searchCount(search)).toBe(await model.tools.searchCount(search))
        }),
        { numRuns: propertyRuns(60) },
      )
    })

    it('of a word that thousands have still ranks names first, and counts all', async () => {
      const many = Array.from({ length: 2_500 }, (_, n) => ({ name: `tool${n}`, description: 'common word' }))
      await insert(...many)
      await insert({ name: 'common' }, { name: 'word_common', description: 'x' }, { name: 'commonWord' })
      expect((await names('common word', { limit: 3 })).sort()).toEqual(['commonWord', 'tool0', 'word_common'].sort())
      expect((await names('common word', { limit: 2 }))[0]).toBe('commonWord')
      expect((await names('common', { limit: 3 }))[0]).toBe('common')
      const query = parseSearch('common')
      expect(await storage.tools.searchCount({ query, match: 'ALL', filter: {} })).toBe(2_503)
    })
  })
}
