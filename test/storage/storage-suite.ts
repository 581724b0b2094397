import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RegistryError, toJobError } from '../../packages/core/src/base/errors.ts'
import { createNodeId, defaultTenant, parseTenantId, type ServerId } from '../../packages/core/src/base/ids.ts'
import type { AuditRecord } from '../../packages/core/src/model/audit-event.ts'
import { toConfigText } from '../../packages/core/src/model/config-secrets.ts'
import type { AuditFilter, PageQuery, ToolFilter } from '../../packages/core/src/model/filters.ts'
import type { RunRecord } from '../../packages/core/src/model/job.ts'
import { Sealed } from '../../packages/core/src/model/secret.ts'
import type { SecretValue } from '../../packages/core/src/model/secret-value.ts'
import type { ToolRecord } from '../../packages/core/src/model/tool.ts'
import { memoryStorage } from '../../packages/core/src/storage/memory/memory-storage.ts'
import type {
  Storage,
  StorageAdapter,
  StoredDefinition,
  TenantStorage,
} from '../../packages/core/src/storage/storage.ts'
import type { AbandonedEnds, Write } from '../../packages/core/src/storage/write.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'
import { refresh, run, server, tool } from './records.ts'

const otherTenant = parseTenantId('other') ?? defaultTenant

async function definitionsOf(storage: TenantStorage, serverId: ServerId): Promise<readonly StoredDefinition[]> {
  const all: StoredDefinition[] = []
  for await (const page of storage.tools.definitionsOf(serverId)) all.push(...page)
  return all
}

/** What every storage must do, whatever it is made of. */
export function describeStorage(name: string, makeAdapter: () => StorageAdapter): void {
  describe(name, () => {
    let opened: Storage
    let storage: TenantStorage
    beforeEach(async () => {
      opened = await makeAdapter().open()
      storage = opened.tenant(defaultTenant)
    })
    afterEach(() => opened.close())

    const names = (rows: readonly { name: string }[]) => rows.map((row) => row.name)

    describe('of two tenants', () => {
      const one = server({ refreshIntervalMs: 5_000 })
      const owned = tool(one.id, 'echo')
      const job = refresh(one.id, { status: 'RUNNING' })
      const call = run(owned, { idempotencyKey: 'k', createdAt: 7 })
      const updated = { type: 'McpServerUpdated', serverId: one.id } as const
      let other: TenantStorage
      beforeEach(async () => {
        other = opened.tenant(otherTenant)
        await storage.commit([
          { kind: 'insertServer', server: one },
          { kind: 'insertTools', tools: [owned] },
          { kind: 'insertRefresh', refresh: job },
          { kind: 'insertRun', run: call },
          { kind: 'appendJobEvents', jobId: call.id, at: 1, events: [{ type: 'ToolRunStarted' }] },
          { kind: 'appendServerEvents', at: 1, events: [updated], keep: 5 },
        ])
      })

      it('neither finds anything of the other, whatever it asks by', async () => {
        expect(await other.servers.get(one.id)).toBeUndefined()
        expect(await other.servers.getByName(one.name)).toBeUndefined()
        expect(await other.servers.getMany([one.id])).toEqual([])
        expect(await other.servers.namesOf([one.id])).toEqual(new Map())
        expect(await other.servers.page({ filter: {}, sort: 'NAME', direction: 'ASC', limit: 9 })).toEqual([])
        expect(await other.servers.count({})).toBe(0)
        expect(await other.tools.get(owned.id)).toBeUndefined()
        expect(await other.tools.getByName(one.id, 'echo')).toBeUndefined()
        expect(await other.tools.getMany([owned.id])).toEqual([])
        expect(await definitionsOf(other, one.id)).toEqual([])
        const tools = { filter: {}, sort: 'NAME', direction: 'ASC', limit: 9 } as const
        expect(await other.tools.page(tools)).toEqual([])
        expect(await other.tools.page({ ...tools, filter: { serverId: [one.id] } })).toEqual([])
        expect(await other.tools.count({})).toBe(0)
        expect(await other.tools.pageByServer([one.id], tools)).toEqual(new Map())
        expect(await other.tools.countByServer([one.id], {})).toEqual(new Map())
        expect(await other.refreshes.get(job.id)).toBeUndefined()
        expect(await other.refreshes.getMany([job.id])).toEqual([])
        expect(await other.refreshes.latestByServer([one.id])).toEqual(new Map())
        const refreshes = { filter: {}, sort: 'CREATED_AT', direction: 'DESC', limit: 9 } as const
        expect(await other.refreshes.pageByServer([one.id], refreshes)).toEqual(new Map())
        expect(await other.refreshes.pageByServer([one.id, server().id], refreshes)).toEqual(new Map())
        expect(await other.refreshes.countByServer([one.id])).toEqual(new Map())
        expect(await other.refreshes.beyondBytes(one.id, 0)).toEqual([])
        expect(await other.runs.get(call.id)).toBeUndefined()
        expect(await other.runs.getMany([call.id])).toEqual([])
        expect(await other.runs.getByIdempotencyKey('k')).toBeUndefined()
        const runs = { filter: {}, sort: 'CREATED_AT', direction: 'ASC', limit: 9 } as const
        expect(await other.runs.page(runs)).toEqual([])
        expect(await other.runs.page({ ...runs, filter: { toolId: [owned.id] } })).toEqual([])
        expect(await other.runs.count({})).toBe(0)
        expect(await other.runs.pageByServer([one.id], runs)).toEqual(new Map())
        expect(await other.runs.countByServer([one.id], {})).toEqual(new Map())
        expect(await other.runs.pageByTool([owned.id], runs)).toEqual(new Map())
        expect(await other.runs.countByTool([owned.id], {})).toEqual(new Map())
        expect(await other.log.jobEvents(call.id, 0, 9)).toEqual([])
        expect(await other.log.lastJobSeqs([call.id])).toEqual(new Map())
        expect(await other.log.serverEvents(0, 9)).toEqual({ events: [], oldest: 0, last: 0 })
        expect(await other.log.serverEvents(0, 9, one.id)).toEqual({ events: [], oldest: 0, last: 0 })
        expect(await other.log.lastServerSeq()).toBe(0)
      })

      const ownChanged = JSON.stringify({ ...owned.definition, description: 'changed' })
      it.each<[string, Write]>([
        ['updates', { kind: 'updateServer', server: { ...one, name: 'stolen' }, ifRevision: one.revision }],
        ['tells the state of', { kind: 'setServerState', serverId: one.id, state: { ...one.state, status: 'ERROR' } }],
        ['deletes', { kind: 'deleteServer', serverId: one.id }],
        [
          'redefines a tool of',
          { kind: 'redefineTools', tools: [{ id: owned.id, definitionText: ownChanged, quarantine: null }], at: 9 },
        ],
        ['removes a tool of', { kind: 'removeTools', toolIds: [owned.id], at: 9 }],
        [
          'sets a tool of',
          { kind: 'setTool', toolId: owned.id, settings: { ...owned.settings, enabled: false }, at: 9 },
        ],
        ['adds a tool to', { kind: 'insertTools', tools: [tool(one.id, 'planted')] }],
        ['ends a refresh of', { kind: 'updateRefresh', refresh: { ...job, status: 'FAILED' } }],
        ['ends a run of', { kind: 'updateRun', run: { ...call, status: 'FAILED' } }],
      ])('neither %s the other', async (_, write) => {
        await expect(other.commit([write])).rejects.toMatchObject({ code: 'NOT_FOUND' })
        expect(await storage.servers.get(one.id)).toEqual(one)
        expect(await storage.tools.get(owned.id)).toEqual(owned)
        expect(await storage.tools.count({ includeRemoved: true })).toBe(1)
        expect(await storage.refreshes.get(job.id)).toEqual(job)
        expect(await storage.runs.get(call.id)).toEqual(call)
      })

      it('neither removes the jobs of the other, or writes to their logs', async () => {
        await other.commit([{ kind: 'deleteJobs', ids: [call.id, job.id] }])
        expect(await storage.runs.get(call.id)).toEqual(call)
        expect(await storage.refreshes.get(job.id)).toEqual(job)
        expect(await storage.log.jobEvents(call.id, 0, 9)).toHaveLength(1)
      })

      it('neither forgets tools or events of the audit of the other, or is charged with what it has', async () => {
        const event: AuditRecord = {
          id: 'audt_a' as AuditRecord['id'],
          at: 1,
          count: 1,
          firstAt: 1,
          lastAt: 1,
          actor: null,
          action: 'SERVER_CREATED',
          refusedWith: null,
          targetId: null,
          targetName: null,
          fields: [],
        }
        await storage.commit([
          { kind: 'removeTools', toolIds: [owned.id], at: 9 },
          { kind: 'appendAudit', event },
        ])
        await other.commit([
          { kind: 'forgetTools', toolIds: [owned.id] },
          { kind: 'recountTools', serverId: one.id },
          { kind: 'deleteAudit', events: [event] },
          { kind: 'assertQuota', quota: 'serversPerTenant', atMost: 0 },
          { kind: 'assertQuota', quota: 'toolsPerTenant', atMost: 0 },
        ])
        expect(await storage.tools.count({ includeRemoved: true })).toBe(1)
        expect(await storage.audit.count({})).toBe(1)
        const its: AuditRecord = { ...event, at: 2 }
        await other.commit([{ kind: 'appendAudit', event: its }])
        expect(await opened.crossTenant.oldestRemovedTools(10, 9)).toEqual([
          { tenantId: defaultTenant, record: { id: owned.id, serverId: one.id } },
        ])
        expect(await opened.crossTenant.oldestAudit(9, 9)).toEqual([
          { tenantId: defaultTenant, record: { id: event.id, at: 1 } },
          { tenantId: otherTenant, record: { id: event.id, at: 2 } },
        ])
        expect(await opened.crossTenant.oldestAudit(2, 9)).toHaveLength(1)
        expect(await opened.crossTenant.oldestAudit(9, 1)).toHaveLength(1)
        await opened.commit([{ kind: 'deleteAudit', tenantId: otherTenant, events: [its, its] }])
        expect(await other.audit.count({})).toBe(0)
        expect(await storage.audit.count({})).toBe(1)
      })

      it('both may have the same names and keys, and count their own events', async () => {
        const same = server({ name: one.name })
        const its = run(tool(same.id, 'echo'), { idempotencyKey: 'k' })
        await other.commit([
          { kind: 'insertServer', server: same },
          { kind: 'insertRun', run: its },
          { kind: 'appendServerEvents', at: 2, events: [{ type: 'McpServerCreated', serverId: same.id }], keep: 5 },
        ])
        expect(await other.servers.getByName(one.name)).toEqual(same)
        expect(await storage.servers.getByName(one.name)).toEqual(one)
        expect(await other.runs.getByIdempotencyKey('k')).toEqual(its)
        expect(await storage.runs.getByIdempotencyKey('k')).toEqual(call)
        expect(await other.log.lastServerSeq()).toBe(1)
        expect((await storage.log.serverEvents(0, 9)).events.map(({ event }) => event)).toEqual([updated])
      })

      it('crossTenant sees what both have, and whose it is', async () => {
        const its = run(tool(server().id, 'a'), { status: 'RUNNING', createdAt: 8, idempotencyKey: 'l' })
        await other.commit([{ kind: 'insertRun', run: its }])
        expect(await opened.crossTenant.tenants()).toEqual([defaultTenant])
        expect(await opened.crossTenant.scheduledServers()).toEqual([{ tenantId: defaultTenant, record: one }])
        const oldest = await opened.crossTenant.oldestRuns(undefined, 9)
        expect(oldest.map(({ tenantId, id, newer }) => [tenantId, id, newer])).toEqual([
          [defaultTenant, call.id, 1],
          [otherTenant, its.id, 0],
        ])
        await opened.commit([
          { kind: 'deleteJobs', tenantId: defaultTenant, ids: [call.id] },
          { kind: 'deleteJobs', tenantId: otherTenant, ids: [its.id] },
        ])
        expect(await opened.crossTenant.oldestRuns(undefined, 9)).toEqual([])
      })
    })

    it('gives back what was stored', async () => {
      const one = server({ description: 'd', labels: ['a'], enabled: false })
      const owned = tool(one.id, 'echo', {
        removedAt: 5,
        settings: {
          enabled: false,
          tags: ['t'],
          returnCharLimit: 7,
          recordArgs: 'DROP',
          recordResults: null,
          approvalPolicy: 'ALWAYS',
        },
      })
      const job = refresh(one.id)
      const call = run(owned, { idempotencyKey: 'k', metadata: { m: 1 } })
      await storage.commit([
        { kind: 'insertServer', server: one },
        { kind: 'insertTools', tools: [owned] },
        { kind: 'insertRefresh', refresh: job },
        { kind: 'insertRun', run: call },
      ])
      expect(await storage.servers.get(one.id)).toEqual(one)
      expect(await storage.servers.getByName(one.name)).toEqual(one)
      expect(await storage.servers.namesOf([one.id, one.id])).toEqual(new Map([[one.id, one.name]]))
      expect(await storage.tools.get(owned.id)).toEqual(owned)
      expect(await definitionsOf(storage, one.id)).toEqual([
        { id: owned.id, name: 'echo', removedAt: 5, definitionText: owned.definitionText, quarantine: null },
      ])
      expect(await storage.tools.getByName(one.id, 'echo')).toBeUndefined()
      expect(await storage.refreshes.get(job.id)).toEqual(job)
      expect(await storage.runs.getByIdempotencyKey('k')).toEqual(call)
      expect(await storage.runs.getMany([call.id, call.id])).toEqual([call])
    })

    it('knows the children of a machine until they are forgotten, and the last one of a pid', async () => {
      const owner = { ownerPid: 1, ownerStartedAs: '0' }
      const child = { host: 'h', boot: 'b', pid: 7, startedAs: '1', ...owner, recordedAt: 5 }
      const elsewhere = { ...child, host: 'other' }
      await opened.commit([
        { kind: 'recordChild', child },
        { kind: 'recordChild', child: elsewhere },
        { kind: 'recordChild', child: { ...child, startedAs: '2' } },
      ])
      expect(await opened.children.ofHost('h')).toEqual([{ ...child, startedAs: '2' }])
      await opened.commit([
        { kind: 'forgetChild', child },
        { kind: 'forgetChild', child },
      ])
      expect(await opened.children.ofHost('h')).toEqual([])
      expect(await opened.children.ofHost('other')).toEqual([elsewhere])
      const forgotten = opened.commit([
        { kind: 'forgetChild', child: elsewhere },
        { kind: 'deleteServer', tenantId: defaultTenant, serverId: server().id },
      ])
      await expect(forgotten).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect(await opened.children.ofHost('other')).toEqual([elsewhere])
    })

    it('forgets children by when they were recorded, but for those of the machines that are named', async () => {
      const owner = { ownerPid: 1, ownerStartedAs: '0' }
      const childOf = (host: string, pid: number, recordedAt: number) =>
        ({ host, boot: 'b', pid, startedAs: '1', ...owner, recordedAt }) as const
      const children = [childOf('gone', 1, 5), childOf('gone', 2, 6), childOf('here', 1, 5)]
      await opened.commit(children.map((child) => ({ kind: 'recordChild', child }) as const))
      await opened.commit([{ kind: 'forgetChildren', before: 6, exceptHosts: ['here', 'there'] }])
      expect(await opened.children.ofHost('gone')).toEqual([children[1]])
      expect(await opened.children.ofHost('here')).toEqual([children[2]])
    })

    describe('a run that is RUNNING from its first write', () => {
      const one = server()
      const begun = () => run(tool(one.id, 'a'), { status: 'RUNNING', startedAt: 5 })
      const ended = (call: ReturnType<typeof begun>) => ({ ...call, status: 'SUCCEEDED' as const, finishedAt: 9 })
      const begin = (call: ReturnType<typeof begun>): Write[] => [
        { kind: 'insertRun', run: call },
        { kind: 'appendJobEvents', jobId: call.id, at: 5, events: [{ type: 'ToolRunStarted' }] },
      ]
      const end = (call: ReturnType<typeof begun>): Write[] => [
        { kind: 'updateRun', run: ended(call) },
        { kind: 'appendJobEvents', jobId: call.id, at: 9, events: [{ type: 'ToolRunFinished', status: 'SUCCEEDED' }] },
      ]
      const seen = async (id: ReturnType<typeof begun>['id']) =>
        (await storage.log.jobEvents(id, 0, 10)).map(({ seq, at, event }) => [seq, at, event.type])

      it('is there for every read, before and after it ends', async () => {
        const call = begun()
        await storage.commit(begin(call))
        expect(await storage.runs.get(call.id)).toEqual(call)
        expect(await seen(call.id)).toEqual([[1, 5, 'ToolRunStarted']])
        await storage.commit(end(call))
        expect(await storage.runs.get(call.id)).toEqual(ended(call))
      })

      it('has all of its events in order if no reader followed it', async () => {
        const [quiet, talking] = [begun(), begun()]
        await Promise.all([storage.commit(begin(quiet)), storage.commit(begin(talking))])
        const progress = { type: 'ToolRunProgress', progress: 1 } as const
        await storage.commit([{ kind: 'appendJobEvents', jobId: talking.id, at: 7, events: [progress] }])
        await Promise.all([storage.commit(end(quiet)), storage.commit(end(talking))])
        expect(await seen(quiet.id)).toEqual([
          [1, 5, 'ToolRunStarted'],
          [2, 9, 'ToolRunFinished'],
        ])
        expect(await seen(talking.id)).toEqual([
          [1, 5, 'ToolRunStarted'],
          [2, 7, 'ToolRunProgress'],
          [3, 9, 'ToolRunFinished'],
        ])
        expect((await storage.runs.getMany([quiet.id, talking.id])).map(({ status }) => status)).toEqual([
          'SUCCEEDED',
          'SUCCEEDED',
        ])
        expect(await storage.runs.count({})).toBe(2)
      })

      it('loses no event, and has none twice, whatever is read while it is written', async () => {
        const step = fc.record({
          run: fc.nat(2),
          reads: fc.subarray(['get', 'log', 'page', 'count'] as const),
          besides: fc.boolean(),
        })
        await fc.assert(
          fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
            const calls = [begun(), begun(), begun()]
            const told = new Map<string, number>(calls.map(({ id }) => [id, 0]))
            await Promise.all(calls.map((call) => storage.commit(begin(call))))
            const chains = new Map<string, Promise<void>>()
            const reading: Promise<unknown>[] = []
            for (const { run: index, reads, besides } of steps) {
              const call = calls[index % calls.length] ?? begun()
              // So that the next one is not the first of its turn, and waits.
              if (besides)
                reading.push(
                  storage.commit([{ kind: 'insertRefresh', refresh: refresh(one.id, { status: 'FAILED' }) }]),
                )
              const progress = (told.get(call.id) ?? 0) + 1
              told.set(call.id, progress)
              const events = [{ type: 'ToolRunProgress', progress }] as const
              const write: Write = { kind: 'appendJobEvents', jobId: call.id, at: 7, events }
              chains.set(
                call.id,
                (chains.get(call.id) ?? Promise.resolve()).then(() => storage.commit([write])),
              )
              await Promise.resolve()
              for (const read of reads) {
                if (read === 'get') reading.push(storage.runs.get(call.id))
                else if (read === 'log') reading.push(storage.log.jobEvents(call.id, 0, 100))
                else if (read === 'count') reading.push(storage.runs.count({}))
                else reading.push(storage.runs.page({ filter: {}, sort: 'CREATED_AT', direction: 'ASC', limit: 5 }))
              }
            }
            await Promise.all([...chains.values(), ...reading])
            for (const call of calls) {
              await storage.commit(end(call))
              const log = await storage.log.jobEvents(call.id, 0, 100)
              const seen = log.flatMap(({ event }) => (event.type === 'ToolRunProgress' ? event.progress : []))
              expect(seen).toEqual(Array.from({ length: told.get(call.id) ?? 0 }, (_, n) => n + 1))
              expect(log.map(({ seq }) => seq)).toEqual(log.map((_, n) => n + 1))
              expect(await storage.runs.get(call.id)).toEqual(ended(call))
            }
          }),
          { numRuns: propertyRuns(40) },
        )
      })

      it('is committed or rejected by itself, whatever other runs commit at the same time', async () => {
        const long = run(tool(one.id, 'a'), { status: 'RUNNING', startedAt: 5, args: { text: 'x'.repeat(100_000) } })
        const calls = [...Array.from({ length: 30 }, begun), long]
        const missing = Array.from({ length: 3 }, begun)
        const writes = [...calls.slice(0, 9), ...missing, ...calls.slice(9)].map((call) =>
          missing.includes(call) ? end(call) : begin(call),
        )
        const settled = await Promise.allSettled(writes.map((each) => storage.commit(each)))
        expect(
          settled.flatMap((each, index) => (each.status === 'rejected' ? [[index, each.reason.code]] : [])),
        ).toEqual([
          [9, 'NOT_FOUND'],
          [10, 'NOT_FOUND'],
          [11, 'NOT_FOUND'],
        ])
        expect(await storage.runs.count({})).toBe(calls.length)
        for (const { id } of calls) expect(await seen(id)).toEqual([[1, 5, 'ToolRunStarted']])
        expect((await storage.runs.get(long.id))?.args).toEqual(long.args)
      })

      it('is as it was where its end could not be written', async () => {
        const call = begun()
        await storage.commit(begin(call))
        const failing = storage.commit([...end(call), { kind: 'deleteServer', serverId: one.id }])
        await expect(failing).rejects.toMatchObject({ code: 'NOT_FOUND' })
        expect(await storage.runs.get(call.id)).toEqual(call)
        expect(await seen(call.id)).toEqual([[1, 5, 'ToolRunStarted']])
        await storage.commit(end(call))
        expect(await storage.runs.get(call.id)).toEqual(ended(call))
      })
    })

    it('reads pages of runs without their results, and by ids with them', async () => {
      const one = server()
      const owned = tool(one.id, 'echo')
      const result: RunRecord['result'] = {
        status: 'SUCCESS',
        funcReturn: 'x',
        stdout: [],
        stderr: [],
        structuredContent: null,
        content: [
          {
            type: 'text',
            text: 'x',
            annotations: { audience: ['user'], priority: 0.5 },
            meta: { a: [null, { b: 1 }] },
          },
          {
            type: 'resource_link',
            uri: 'u',
            name: 'n',
            description: 'd',
            size: 7,
            icons: [{ src: 'i', sizes: ['48x48'] }],
            annotations: {},
          },
        ],
        meta: null,
        truncated: false,
        configFingerprint: 'f',
      }
      const calls = [1, 2].map((createdAt) => ({ ...run(owned, { createdAt }), result }))
      await storage.commit([
        { kind: 'insertServer', server: one },
        { kind: 'insertTools', tools: [owned] },
        ...calls.map((call) => ({ kind: 'insertRun', run: call }) as const),
      ])
      const query = { filter: {}, sort: 'CREATED_AT', direction: 'ASC', limit: 9, withoutResults: true } as const
      const without = calls.map((call) => ({ ...call, result: null }))
      expect(await storage.runs.page(query)).toEqual(without)
      expect(await storage.runs.pageByTool([owned.id], query)).toEqual(new Map([[owned.id, without]]))
      expect(await storage.runs.pageByServer([one.id], query)).toEqual(new Map([[one.id, without]]))
      expect(await storage.runs.page({ ...query, withoutResults: false })).toEqual(calls)
      const found = await storage.runs.getMany(calls.map(({ id }) => id))
      expect(found.toSorted((a, b) => a.createdAt - b.createdAt)).toEqual(calls)
    })

    it('ends pages early that are too long, and reads nothing too long by ids, where its rows are elsewhere', async ({
      skip,
    }) => {
      const { limitReads } = opened
      if (!limitReads) return skip()
      const one = server()
      const tools = Array.from({ length: 9 }, (_, n) => {
        const definition = { name: `tool_${n}`, description: 'x'.repeat(30_000), inputSchema: { type: 'object' } }
        return tool(one.id, definition.name, { definition })
      })
      await storage.commit([
        { kind: 'insertServer', server: one },
        { kind: 'insertTools', tools },
      ])
      let early = 0
      const exceeded = (got: number) => new Error(`got ${got}`)
      limitReads({ bytes: 100_000, onEarlyEnd: () => (early += 1), exceeded })
      const query = { filter: {}, sort: 'NAME', direction: 'ASC', limit: 9, mayEndEarly: true } as const
      const seen: string[] = []
      for (let beyond: { value: string; id: string } | undefined; ; ) {
        const rows = await storage.tools.page({ ...query, ...(beyond ? { beyond } : {}) })
        seen.push(...rows.map(({ definition }) => definition.name))
        const last = rows.at(-1)
        if (!last || !rows.endsEarly) break
        beyond = { value: last.definition.name, id: last.id }
      }
      expect(seen).toEqual(tools.map(({ definition }) => definition.name))
      expect(early).toBe(2)
      expect(await storage.tools.page({ ...query, mayEndEarly: false })).toHaveLength(9)
      expect(await storage.tools.page({ ...query, filter: { name: { eq: 'none' } } })).toEqual([])
      const ids = tools.map(({ id }) => id)
      await expect(storage.tools.getMany(ids, { isBounded: true })).rejects.toThrow(/^got 2[7-9]\d{4}$/)
      await expect(storage.tools.pageByServer([one.id], query)).rejects.toThrow('got ')
      expect(await storage.tools.getMany(ids)).toHaveLength(9)
      expect(await storage.tools.getMany(ids.slice(0, 2), { isBounded: true })).toHaveLength(2)
      limitReads({ bytes: 100, onEarlyEnd: () => undefined, exceeded })
      expect(await storage.tools.page(query)).toHaveLength(1)
      expect(await storage.tools.pageByServer([one.id], { ...query, limit: 1 })).toMatchObject(
        new Map([[one.id, [{ id: ids[0] }]]]),
      )
    })

    it('tells by its version whether servers or tools may have changed', async ({ skip }) => {
      if (storage.catalogVersion() === undefined) skip('it cannot tell')
      const one = server()
      const owned = tool(one.id, 'a')
      const versions = new Set<string | undefined>()
      const commit = async (...writes: Write[]) => {
        await storage.commit(writes)
        versions.add(storage.catalogVersion())
      }
      await commit({ kind: 'insertServer', server: one })
      await commit({ kind: 'insertTools', tools: [owned] })
      await commit({ kind: 'setTool', toolId: owned.id, settings: { ...owned.settings, enabled: false }, at: 2 })
      await commit({ kind: 'updateServer', server: { ...one, revision: 2 }, ifRevision: 1 })
      await commit({ kind: 'redefineTools', tools: [owned], at: 3 })
      await commit({ kind: 'removeTools', toolIds: [owned.id], at: 4 })
      expect(versions.size).toBe(6)
      const call = run(owned)
      await commit({ kind: 'insertRun', run: call }, { kind: 'setServerState', serverId: one.id, state: one.state })
      expect(versions.size).toBe(6)
    })

    it('finds the servers that are enabled and refresh on an interval', async () => {
      const scheduled = server({ refreshIntervalMs: 5_000 })
      await storage.commit(
        [scheduled, server(), server({ refreshIntervalMs: 5_000, enabled: false })].map((each) => ({
          kind: 'insertServer',
          server: each,
        })),
      )
      expect(await opened.crossTenant.scheduledServers()).toEqual([{ tenantId: defaultTenant, record: scheduled }])
    })

    it('refuses a name that is taken, and undoes the whole commit', async () => {
      const one = server({ name: 'a' })
      const other = server({ name: 'b' })
      await storage.commit([{ kind: 'insertServer', server: one }])
      const writes: Write[] = [
        { kind: 'insertServer', server: other },
        { kind: 'insertTools', tools: [tool(other.id, 't')] },
        { kind: 'appendServerEvents', at: 1, events: [{ type: 'McpServerCreated', serverId: other.id }], keep: 10 },
        { kind: 'insertServer', server: server({ name: 'a' }) },
      ]
      await expect(storage.commit(writes)).rejects.toMatchObject({
        code: 'NAME_TAKEN',
        path: ['name'],
        details: { serverId: one.id },
      })
      expect(await storage.servers.get(other.id)).toBeUndefined()
      expect(await storage.tools.count({ includeRemoved: true })).toBe(0)
      expect(await storage.log.serverEvents(0, 1)).toEqual({ events: [], oldest: 0, last: 0 })
      expect(await storage.log.lastServerSeq()).toBe(0)
    })

    it('updates a server at the revision that is stored, and leaves its state', async () => {
      const one = server()
      const state = { ...one.state, status: 'READY' as const, protocolVersion: '2025-11-25' }
      await storage.commit([
        { kind: 'insertServer', server: one },
        { kind: 'setServerState', serverId: one.id, state },
      ])
      const next = { ...one, name: 'new', revision: 2 }
      await storage.commit([{ kind: 'updateServer', server: next, ifRevision: 1 }])
      expect(await storage.servers.get(one.id)).toEqual({ ...next, state })
      await expect(storage.commit([{ kind: 'updateServer', server: next, ifRevision: 1 }])).rejects.toMatchObject({
        code: 'REVISION_CONFLICT',
        details: { serverId: one.id },
      })
    })

    it.each<[string, () => Write]>([
      ['updateServer', () => ({ kind: 'updateServer', server: server(), ifRevision: 1 })],
      ['setServerState', () => ({ kind: 'setServerState', serverId: server().id, state: server().state })],
      ['deleteServer', () => ({ kind: 'deleteServer', serverId: server().id })],
      ['insertTools', () => ({ kind: 'insertTools', tools: [tool(server().id, 't')] })],
      ['redefineTools', () => ({ kind: 'redefineTools', tools: [tool(server().id, 't')], at: 1 })],
      ['removeTools', () => ({ kind: 'removeTools', toolIds: [tool(server().id, 't').id], at: 1 })],
      [
        'setTool',
        () => ({
          kind: 'setTool',
          toolId: tool(server().id, 't').id,
          settings: tool(server().id, 't').settings,
          at: 1,
        }),
      ],
      ['updateRefresh', () => ({ kind: 'updateRefresh', refresh: refresh(server().id) })],
      ['updateRun', () => ({ kind: 'updateRun', run: run(tool(server().id, 't')) })],
    ])('refuses %s of what is not there', async (_, write) => {
      await expect(storage.commit([write()])).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })

    it('redefines a tool without touching its settings, and brings a removed one back', async () => {
      const one = server()
      const owned = tool(one.id, 'a', {
        settings: {
          enabled: false,
          tags: ['x'],
          returnCharLimit: 3,
          recordArgs: 'REDACT',
          recordResults: null,
          approvalPolicy: null,
        },
      })
      await storage.commit([
        { kind: 'insertServer', server: one },
        { kind: 'insertTools', tools: [owned] },
        { kind: 'removeTools', toolIds: [owned.id], at: 2 },
      ])
      expect(await storage.tools.count({})).toBe(0)
      const definition = { name: 'a', description: 'new', inputSchema: {} }
      const definitionText = JSON.stringify(definition)
      await storage.commit([
        { kind: 'redefineTools', tools: [{ id: owned.id, definitionText, quarantine: null }], at: 3 },
      ])
      expect(await storage.tools.get(owned.id)).toEqual({
        ...owned,
        definition,
        definitionText,
        updatedAt: 3,
        removedAt: null,
      })
    })

    it('forgets tools that are removed, and no others', async () => {
      const one = server()
      const [kept, ...removed] = ['a', 'b', 'c', 'd'].map((each) => tool(one.id, each))
      const [oldest, older, last] = removed
      if (!kept || !oldest || !older || !last) throw new Error('made above')
      await storage.commit([
        { kind: 'insertServer', server: one },
        { kind: 'insertTools', tools: [kept, ...removed] },
        { kind: 'removeTools', toolIds: [last.id], at: 7 },
        { kind: 'removeTools', toolIds: [older.id], at: 6 },
        { kind: 'removeTools', toolIds: [oldest.id], at: 5 },
      ])
      const found = async (before: number, limit: number) =>
        (await opened.crossTenant.oldestRemovedTools(before, limit)).map(({ record }) => record.id)
      expect(await found(8, 9)).toEqual([oldest.id, older.id, last.id])
      expect(await found(7, 9)).toEqual([oldest.id, older.id])
      expect(await found(8, 1)).toEqual([oldest.id])
      await storage.commit([{ kind: 'forgetTools', toolIds: [oldest.id, older.id, kept.id, tool(one.id, 'x').id] }])
      expect((await definitionsOf(storage, one.id)).map(({ id }) => id).toSorted()).toEqual(
        [kept.id, last.id].toSorted(),
      )
      // Its name is free.
      await storage.commit([{ kind: 'insertTools', tools: [tool(one.id, 'b')] }])
      expect(await storage.tools.count({})).toBe(2)
    })

    it('refuses what leaves a tenant with more than its quota, and undoes the whole commit', async () => {
      const [one, two] = [server(), server()]
      const long = tool(two.id, 'é', { quarantine: { kind: 'CHANGED', definitionText: 'ü' } })
      const bytes = Buffer.byteLength(long.definitionText) + 2
      const exceeded = (quota: string) => ({ code: 'LIMIT_EXCEEDED', quota })
      const assert = (quota: Extract<Write, { kind: 'assertQuota' }>['quota'], atMost: number): Write => ({
        kind: 'assertQuota',
        quota,
        atMost,
      })
      const insertTwo: Write = { kind: 'insertServer', server: two }
      await storage.commit([{ kind: 'insertServer', server: one }, assert('serversPerTenant', 1)])
      const tooMany = storage.commit([insertTwo, assert('serversPerTenant', 1)])
      await expect(tooMany).rejects.toMatchObject(exceeded('serversPerTenant'))
      expect(await storage.servers.count({})).toBe(1)
      const some = [tool(one.id, 'a'), tool(one.id, 'b', { removedAt: 5 })]
      await storage.commit([
        insertTwo,
        assert('serversPerTenant', 2),
        { kind: 'insertTools', tools: some },
        { kind: 'recountTools', serverId: one.id },
        assert('toolsPerTenant', 2),
      ])
      const insertLong: Write[] = [
        { kind: 'insertTools', tools: [long] },
        { kind: 'recountTools', serverId: two.id },
      ]
      await expect(storage.commit([...insertLong, assert('toolsPerTenant', 2)])).rejects.toMatchObject(
        exceeded('toolsPerTenant'),
      )
      expect(await storage.tools.get(long.id)).toBeUndefined()
      const first = some.reduce((sum, { definitionText }) => sum + Buffer.byteLength(definitionText), 0)
      const atMost = first + bytes
      await expect(storage.commit([...insertLong, assert('toolBytesPerTenant', atMost - 1)])).rejects.toMatchObject(
        exceeded('toolBytesPerTenant'),
      )
      await storage.commit([...insertLong, assert('toolsPerTenant', 3), assert('toolBytesPerTenant', atMost)])
      // What is gone is charged no more.
      await storage.commit([
        { kind: 'deleteServer', serverId: one.id },
        { kind: 'recountTools', serverId: one.id },
        assert('serversPerTenant', 1),
        assert('toolsPerTenant', 1),
        assert('toolBytesPerTenant', bytes),
      ])
    })

    it('deletes a server with its tools, and keeps its history', async () => {
      const one = server()
      const owned = tool(one.id, 'a')
      const call = run(owned)
      await storage.commit([
        { kind: 'insertServer', server: one },
        { kind: 'insertTools', tools: [owned] },
        { kind: 'insertRun', run: call },
        { kind: 'deleteServer', serverId: one.id },
      ])
      expect(await storage.tools.get(owned.id)).toBeUndefined()
      expect(await storage.runs.get(call.id)).toEqual(call)
    })

    it('gives an idempotency key to one run', async () => {
      const owned = tool(server().id, 'a')
      const first = run(owned, { idempotencyKey: 'k' })
      await storage.commit([{ kind: 'insertRun', run: first }])
      const second = run(owned, { idempotencyKey: 'k' })
      await expect(storage.commit([{ kind: 'insertRun', run: second }])).rejects.toMatchObject({
        code: 'IDEMPOTENCY_CONFLICT',
        details: { jobId: first.id },
      })
      await storage.commit([
        { kind: 'updateRun', run: { ...first, idempotencyKey: null } },
        { kind: 'insertRun', run: second },
      ])
      expect(await storage.runs.getByIdempotencyKey('k')).toEqual(second)
    })

    it('numbers the events of each job from 1', async () => {
      const a = refresh(server().id).id
      const b = refresh(server().id).id
      await storage.commit([
        {
          kind: 'appendJobEvents',
          jobId: a,
          at: 1,
          events: [{ type: 'RefreshStarted' }, { type: 'RefreshLog', stream: 'STDERR', text: 't' }],
        },
        { kind: 'appendJobEvents', jobId: b, at: 2, events: [{ type: 'RefreshStarted' }] },
        { kind: 'appendJobEvents', jobId: a, at: 3, events: [{ type: 'RefreshFinished', status: 'SUCCEEDED' }] },
      ])
      expect((await storage.log.jobEvents(a, 1, 10)).map(({ seq, at }) => [seq, at])).toEqual([
        [2, 1],
        [3, 3],
      ])
      expect(await storage.log.jobEvents(a, 0, 1)).toEqual([{ seq: 1, at: 1, event: { type: 'RefreshStarted' } }])
      expect(await storage.log.lastJobSeqs([a, b, refresh(server().id).id])).toEqual(
        new Map([
          [a, 3],
          [b, 1],
        ]),
      )
    })

    it('keeps about as many events of the feed as it was told, and never gives a number twice', async () => {
      const { id } = server()
      for (let at = 1; at <= 20; at += 1) {
        await storage.commit([
          { kind: 'appendServerEvents', at, events: [{ type: 'McpServerUpdated', serverId: id }], keep: 5 },
        ])
      }
      expect(await storage.log.lastServerSeq()).toBe(20)
      const { events, oldest, last } = await storage.log.serverEvents(18, 10, id)
      expect(events.map(({ seq }) => seq)).toEqual([19, 20])
      expect(last).toBe(20)
      expect(oldest).toBeGreaterThan(10)
      expect(await storage.log.serverEvents(0, 10, server().id)).toEqual({ events: [], oldest, last })
    })

    it('walks jobs from the oldest, tells how many are newer, and removes them with their logs', async () => {
      const one = server()
      const runs = [1, 2, 3].map((createdAt) => run(tool(one.id, 'a'), { createdAt, idempotencyKey: `k${createdAt}` }))
      const refreshes = [4, 5].map((createdAt) => refresh(one.id, { createdAt, status: 'SUCCEEDED' }))
      const [first, second, third] = runs
      const [earlier, later] = refreshes
      if (!first || !second || !third || !earlier || !later) throw new Error('made above')
      for (const each of runs) {
        await storage.commit([
          { kind: 'insertRun', run: each },
          { kind: 'appendJobEvents', jobId: each.id, at: 1, events: [{ type: 'ToolRunStarted' }] },
        ])
      }
      await storage.commit(refreshes.map((each) => ({ kind: 'insertRefresh', refresh: each })))
      const { id, idempotencyKey, status } = second
      expect(await opened.crossTenant.oldestRuns(first.id, 1)).toMatchObject([
        { id, idempotencyKey, status, createdAt: 2, newer: 1 },
      ])
      expect(await opened.crossTenant.oldestRefreshes(undefined, 10)).toMatchObject([
        { id: earlier.id, serverId: one.id, newer: 1 },
        { id: later.id, serverId: one.id, newer: 0 },
      ])
      await storage.commit([{ kind: 'deleteJobs', ids: [first.id, second.id, earlier.id, first.id] }])
      expect(await storage.runs.getMany(runs.map((each) => each.id))).toEqual([third])
      expect(await storage.runs.getByIdempotencyKey('k1')).toBeUndefined()
      expect(await storage.log.lastJobSeqs(runs.map((each) => each.id))).toEqual(new Map([[third.id, 1]]))
      expect(await storage.refreshes.getMany(refreshes.map((each) => each.id))).toEqual([later])
      expect((await opened.crossTenant.oldestRuns(undefined, 10)).map(({ newer }) => newer)).toEqual([0])
    })

    it('knows its owners until they leave', async () => {
      const [one, other] = [createNodeId(), createNodeId()]
      const process = { host: 'h', boot: 'b', pid: 1, startedAs: 's' }
      await opened.commit([
        { kind: 'insertNode', node: { id: one, process, openedAt: 1 }, leaseMs: null },
        { kind: 'insertNode', node: { id: other, process: null, openedAt: 2 }, leaseMs: null },
      ])
      await opened.commit([{ kind: 'deleteNode', nodeId: other }])
      expect(await opened.nodes()).toEqual([{ id: one, process, openedAt: 1, lapsesInMs: null }])
      const again = opened.commit([{ kind: 'deleteNode', nodeId: other }])
      await expect(again).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })

    it('takes an owner for gone once its lease has lapsed, which it renews', async () => {
      const [silent, heard] = [createNodeId(), createNodeId()]
      const owner = { process: null, openedAt: 1 }
      await opened.commit([
        { kind: 'insertNode', node: { id: silent, ...owner }, leaseMs: -1 },
        { kind: 'insertNode', node: { id: heard, ...owner }, leaseMs: -1 },
        { kind: 'renewNode', nodeId: heard, leaseMs: 60_000 },
      ])
      const lapses = new Map((await opened.nodes()).map(({ id, lapsesInMs }) => [id, lapsesInMs]))
      expect(lapses.get(silent)).toBeLessThan(0)
      expect(lapses.get(heard)).toBeGreaterThan(50_000)
      const early = opened.commit([{ kind: 'deleteNode', nodeId: heard, ifLapsed: true }])
      await expect(early).rejects.toMatchObject({ code: 'NOT_FOUND' })
      await opened.commit([{ kind: 'deleteNode', nodeId: silent, ifLapsed: true }])
      const late = opened.commit([{ kind: 'renewNode', nodeId: silent, leaseMs: 1 }])
      await expect(late).rejects.toMatchObject({ code: 'LEASE_LOST' })
    })

    it('ends the jobs of all tenants whose owner is not recorded, once, and leaves the others', async () => {
      const [gone, here] = [createNodeId(), createNodeId()]
      await opened.commit([{ kind: 'insertNode', node: { id: here, process: null, openedAt: 1 }, leaseMs: null }])
      const one = server()
      const unfinished = { status: 'RUNNING', startedAt: 2, ownerId: gone } as const
      const job = refresh(one.id, unfinished)
      const sent = run(tool(one.id, 'a'), { ...unfinished, idempotencyKey: 'k' })
      const waiting = run(tool(one.id, 'a'), { status: 'QUEUED', ownerId: null, idempotencyKey: 'l' })
      const ours = run(tool(one.id, 'a'), { ...unfinished, ownerId: here, idempotencyKey: 'm' })
      const other = opened.tenant(otherTenant)
      await storage.commit([
        { kind: 'insertRefresh', refresh: job },
        { kind: 'insertRun', run: waiting },
        { kind: 'insertRun', run: ours },
      ])
      await other.commit([
        { kind: 'insertRun', run: sent },
        { kind: 'appendJobEvents', jobId: sent.id, at: 1, events: [{ type: 'ToolRunStarted' }] },
      ])
      const end = (message: string) => toJobError(new RegistryError('INTERRUPTED', message, { retryable: true }))
      const ends: AbandonedEnds = {
        refresh: { status: 'FAILED', error: end('refresh') },
        queuedRun: { status: 'FAILED', error: end('queued') },
        runningRun: { status: 'OUTCOME_UNKNOWN', error: end('running') },
      }
      for (const at of [7, 8]) await opened.commit([{ kind: 'endAbandonedJobs', at, ends }])
      const ended = { finishedAt: 7, ownerId: null }
      expect(await storage.refreshes.get(job.id)).toEqual({ ...job, ...ended, ...ends.refresh })
      expect(await storage.runs.get(waiting.id)).toEqual({ ...waiting, ...ended, ...ends.queuedRun })
      expect(await storage.runs.get(ours.id)).toEqual(ours)
      expect(await other.runs.get(sent.id)).toEqual({ ...sent, ...ended, ...ends.runningRun })
      expect(await other.log.jobEvents(sent.id, 0, 9)).toEqual([
        { seq: 1, at: 1, event: { type: 'ToolRunStarted' } },
        { seq: 2, at: 7, event: { type: 'ToolRunFinished', ...ends.runningRun } },
      ])
      expect((await storage.log.jobEvents(job.id, 0, 9)).map(({ event }) => event)).toEqual([
        { type: 'RefreshFinished', ...ends.refresh },
      ])
      expect(await storage.log.jobEvents(ours.id, 0, 9)).toEqual([])
      expect(await opened.crossTenant.unfinishedOf(here)).toEqual([{ id: ours.id, since: ours.createdAt }])
      await opened.commit([
        { kind: 'disownJobs', ids: [ours.id, sent.id, job.id] },
        { kind: 'endAbandonedJobs', at: 9, ends },
      ])
      expect(await opened.crossTenant.unfinishedOf(here)).toEqual([])
      expect(await storage.runs.get(ours.id)).toMatchObject({ status: 'OUTCOME_UNKNOWN', finishedAt: 9 })
      expect(await other.runs.get(sent.id)).toMatchObject({ finishedAt: 7 })
    })

    it('takes one unfinished refresh of a server at a time, of the server as it is', async () => {
      const one = server({ revision: 2 })
      const job = refresh(one.id, { status: 'RUNNING' })
      await storage.commit([
        { kind: 'insertServer', server: one },
        { kind: 'insertRefresh', refresh: job, ifRevision: 2 },
      ])
      const second = refresh(one.id, { status: 'QUEUED' })
      await expect(storage.commit([{ kind: 'insertRefresh', refresh: second, ifRevision: 2 }])).rejects.toMatchObject({
        code: 'IDEMPOTENCY_CONFLICT',
        details: { jobId: job.id },
      })
      await storage.commit([{ kind: 'updateRefresh', refresh: { ...job, status: 'FAILED' } }])
      const stale = storage.commit([{ kind: 'insertRefresh', refresh: second, ifRevision: 1 }])
      await expect(stale).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
      await storage.commit([{ kind: 'insertRefresh', refresh: second, ifRevision: 2 }])
      const state = { ...one.state, status: 'READY' } as const
      const late = storage.commit([{ kind: 'setServerState', serverId: one.id, state, ifRevision: 1 }])
      await expect(late).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
      const claim = { kind: 'setServerState', serverId: one.id, state, ifState: one.state } as const
      await storage.commit([claim])
      await expect(storage.commit([claim])).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
      expect((await storage.servers.get(one.id))?.state).toEqual(state)
    })

    it('keeps data keys, and rewraps one for the first caller', async () => {
      const key = { id: 'k1', masterKeyId: 'old', wrapped: 'w1', createdAt: 1 }
      const second = { id: 'k2', masterKeyId: 'old', wrapped: 'w2', createdAt: 2 }
      await opened.commit([
        { kind: 'insertSecretKey', key },
        { kind: 'insertSecretKey', key: second },
      ])
      const rewrapped = { ...key, masterKeyId: 'new', wrapped: 'w3' }
      await opened.commit([{ kind: 'rewrapSecretKey', key: rewrapped, ifMasterKeyId: 'old' }])
      const late = { ...key, masterKeyId: 'newer', wrapped: 'w4' }
      await opened.commit([{ kind: 'rewrapSecretKey', key: late, ifMasterKeyId: 'old' }])
      expect(await opened.secretKeys()).toEqual([rewrapped, second])
      await opened.purgePlaintext()
      expect(await opened.secretKeys()).toEqual([rewrapped, second])
    })

    it('gives back every kind of secret', async () => {
      const sealed = (text: string, hint: string | null): SecretValue => ({
        source: 'LITERAL',
        sealed: new Sealed(text),
        variables: [{ name: 'A', isRequired: hint === null }],
        hint,
      })
      const http = server({
        config: {
          transport: 'sse',
          serverUrl: 'http://a/',
          auth: { type: 'HEADER', header: 'X', token: sealed('v1.a.b', 'abcd') },
          headers: [
            { name: 'Y', value: { source: 'PROVIDER', reference: 'r' } },
            { name: 'Z', value: sealed('v1.c.d', null) },
          ],
        },
      })
      const env = [{ name: '__proto__', value: { source: 'ENV', name: 'E' } as const }]
      const stdio = server({ config: { transport: 'stdio', command: 'x', args: [], env, cwd: null } })
      await storage.commit([http, stdio].map((each) => ({ kind: 'insertServer', server: each }) as const))
      for (const each of [http, stdio]) {
        const stored = await storage.servers.get(each.id)
        expect(stored).toEqual(each)
        expect(stored && toConfigText(stored.config)).toBe(toConfigText(each.config))
      }
    })

    describe('a definition that waits for approval', () => {
      const one = server()
      const added = tool(one.id, 'new', { quarantine: { kind: 'NEW' } })
      const changed = tool(one.id, 'changed', { quarantine: { kind: 'CHANGED', definitionText: '{"name":"changed"}' } })
      const page = (filter: ToolFilter) =>
        storage.tools
          .page({ filter, sort: 'NAME', direction: 'ASC', limit: 9 })
          .then((tools) => tools.map(({ id }) => id))
      beforeEach(() =>
        storage.commit([
          { kind: 'insertServer', server: one },
          { kind: 'insertTools', tools: [added, changed, tool(one.id, 'sound')] },
        ]),
      )

      it('is kept beside the one in force, and found', async () => {
        expect(await storage.tools.get(added.id)).toEqual(added)
        expect(await storage.tools.get(changed.id)).toEqual(changed)
        expect(await page({ quarantined: true })).toEqual([changed.id, added.id])
        expect(await storage.tools.count({ quarantined: false })).toBe(1)
        const stored = await definitionsOf(storage, one.id)
        expect(stored.find(({ id }) => id === changed.id)?.quarantine).toEqual(changed.quarantine)
      })

      it('is in force once it is approved, and no other', async () => {
        const definition = { name: 'changed', inputSchema: {} }
        const approve = (toolId: ToolRecord['id'], definitionText: string) =>
          storage.commit([{ kind: 'approveTool', toolId, definition, definitionText, at: 9 }])
        const conflict = { code: 'REVISION_CONFLICT', path: ['digest'] }
        await expect(approve(changed.id, changed.definitionText)).rejects.toMatchObject(conflict)
        await expect(approve(added.id, '{"name":"changed"}')).rejects.toMatchObject(conflict)
        expect(await storage.tools.get(changed.id)).toEqual(changed)
        await approve(changed.id, '{"name":"changed"}')
        await approve(added.id, added.definitionText)
        await expect(approve(added.id, added.definitionText)).rejects.toMatchObject(conflict)
        expect(await storage.tools.get(changed.id)).toMatchObject({
          definitionText: '{"name":"changed"}',
          quarantine: null,
          updatedAt: 9,
        })
        expect(await page({ quarantined: true })).toEqual([])
      })
    })

    it('keeps the audit of each tenant, and finds in it by who, what, whom and when', async () => {
      const event = (id: string, patch: Partial<AuditRecord>): AuditRecord => ({
        id: `audt_${id}` as AuditRecord['id'],
        at: 1,
        count: 1,
        firstAt: patch.at ?? 1,
        lastAt: patch.at ?? 1,
        actor: null,
        action: 'SERVER_CREATED',
        refusedWith: null,
        targetId: null,
        targetName: null,
        fields: ['name'],
        ...patch,
      })
      const events = [
        event('a', { actor: 'key' }),
        event('b', { at: 2, action: 'TOOL_APPROVED', targetId: 'tool_x', targetName: 'x' }),
        event('c', { at: 2, count: 7, firstAt: 1, refusedWith: 'FORBIDDEN', actor: 'key' }),
      ]
      await storage.commit(events.map((each) => ({ kind: 'appendAudit', event: each })))
      await opened.tenant(otherTenant).commit([{ kind: 'appendAudit', event: event('d', {}) }])
      const found = async (filter: AuditFilter) => {
        const page = await storage.audit.page({ filter, sort: 'AT', direction: 'DESC', limit: 9 })
        expect(await storage.audit.count(filter)).toBe(page.length)
        return page.map(({ id }) => id.at(-1)).join('')
      }
      expect(await storage.audit.page({ filter: {}, sort: 'AT', direction: 'ASC', limit: 9 })).toEqual(events)
      expect(await found({})).toBe('cba')
      expect(await found({ actor: 'key' })).toBe('ca')
      expect(await found({ action: ['TOOL_APPROVED'] })).toBe('b')
      expect(await found({ targetId: 'tool_x' })).toBe('b')
      expect(await found({ refused: true })).toBe('c')
      expect(await found({ refused: false })).toBe('ba')
      expect(await found({ at: { gte: 2 } })).toBe('cb')
      expect(await found({ at: { lt: 2 } })).toBe('a')
      const failing = storage.commit([
        { kind: 'appendAudit', event: event('e', {}) },
        { kind: 'deleteServer', serverId: server().id },
      ])
      await expect(failing).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect(await found({})).toBe('cba')
    })

    it('keeps a request to cancel, the first of each job, until it is forgotten', async () => {
      const jobId = run(tool(server().id, 'a')).id
      const request = { jobId, canceledBy: 'SERVER_UPDATED', reason: 'why', at: 1 } as const
      await storage.commit([{ kind: 'requestCancel', request }])
      await storage.commit([{ kind: 'requestCancel', request: { ...request, reason: null, at: 2 } }])
      await opened.tenant(otherTenant).commit([{ kind: 'forgetCancel', jobId }])
      expect(await opened.crossTenant.cancelRequests()).toEqual([{ tenantId: defaultTenant, record: request }])
      await storage.commit([
        { kind: 'forgetCancel', jobId },
        { kind: 'forgetCancel', jobId },
      ])
      expect(await opened.crossTenant.cancelRequests()).toEqual([])
    })

    it('finds the newest refresh of each server', async () => {
      const [a, b] = [server().id, server().id]
      const jobs = [a, b, a].map((id) => refresh(id, { status: 'SUCCEEDED' }))
      await storage.commit(jobs.map((job) => ({ kind: 'insertRefresh', refresh: job }) as const))
      expect(await storage.refreshes.latestByServer([a, b, server().id])).toEqual(
        new Map([
          [a, jobs[2]],
          [b, jobs[1]],
        ]),
      )
    })

    it('reads the refreshes of servers in pages, by time', async () => {
      const [a, b] = [server().id, server().id]
      const jobs = [a, b, a, a].map((id) => refresh(id, { status: 'SUCCEEDED' }))
      await storage.commit(jobs.map((job) => ({ kind: 'insertRefresh', refresh: job }) as const))
      const [first, ofB, second, third] = jobs
      const newest = { filter: {}, sort: 'CREATED_AT', direction: 'DESC', limit: 2 } as const
      expect(await storage.refreshes.pageByServer([a], newest)).toEqual(new Map([[a, [third, second]]]))
      expect(await storage.refreshes.pageByServer([a, b], newest)).toEqual(
        new Map([
          [a, [third, second]],
          [b, [ofB]],
        ]),
      )
      const id = second?.id ?? ''
      const older = { ...newest, beyond: { value: id, id } }
      for (const ids of [[a], [a, b]]) {
        expect((await storage.refreshes.pageByServer(ids, older)).get(a)).toEqual([first])
      }
      const newer = { ...older, direction: 'ASC' } as const
      expect(await storage.refreshes.pageByServer([a], newer)).toEqual(new Map([[a, [third]]]))
      expect(await storage.refreshes.pageByServer([], newest)).toEqual(new Map())
      expect(await storage.refreshes.countByServer([a, b, server().id])).toEqual(
        new Map([
          [a, 3],
          [b, 1],
        ]),
      )
    })

    it('finds the refreshes of a server beyond the newest that take so many bytes together', async () => {
      const one = server()
      const rejected = [{ name: 'n', reason: 'é'.repeat(1_000) }]
      const outcome = { added: [], updated: [], deleted: [], unchangedCount: 0, rejected }
      const jobs = Array.from({ length: 4 }, () => refresh(one.id, { status: 'SUCCEEDED', outcome }))
      const [first, second, third, last] = jobs
      if (!first || !second || !third || !last) throw new Error('made above')
      const running = refresh(one.id, { status: 'RUNNING' })
      await storage.commit([
        ...jobs.map((job) => ({ kind: 'insertRefresh', refresh: job }) as const),
        { kind: 'insertRefresh', refresh: refresh(server().id, { status: 'SUCCEEDED', outcome }) },
        {
          kind: 'appendJobEvents',
          jobId: third.id,
          at: 1,
          events: [{ type: 'RefreshLog', stream: 'STDERR', text: 'x'.repeat(3_000) }],
        },
      ])
      const found = async (bytes: number) => (await storage.refreshes.beyondBytes(one.id, bytes)).toSorted()
      expect(await found(100_000)).toEqual([])
      expect(await found(8_000)).toEqual([first.id, second.id].toSorted())
      expect(await found(5_000)).toEqual([first.id, second.id, third.id].toSorted())
      expect(await found(0)).toEqual([first.id, second.id, third.id].toSorted())
      await storage.commit([{ kind: 'insertRefresh', refresh: running }])
      expect(await found(0)).toEqual(jobs.map(({ id }) => id).toSorted())
    })

    it('orders names by code points', async () => {
      const list = ['b', 'a', 'Z', '\u{1f600}', '\uffee', 'ä', '_', 'A%']
      await storage.commit(list.map((each) => ({ kind: 'insertServer', server: server({ name: each }) }) as const))
      const query = { filter: {}, sort: 'NAME', direction: 'ASC', limit: 20 } as const
      expect(names(await storage.servers.page(query))).toEqual(['A%', 'Z', '_', 'a', 'b', 'ä', '\uffee', '\u{1f600}'])
      expect(names(await storage.servers.page({ ...query, filter: { name: { contains: '%' } } }))).toEqual(['A%'])
      expect(names(await storage.servers.page({ ...query, filter: { name: { startsWith: 'a' } } }))).toEqual(['a'])
      expect(names(await storage.servers.page({ ...query, filter: { name: { in: [] } } }))).toEqual([])
    })

    it('takes the hints of tools with the defaults of MCP', async () => {
      const one = server()
      const hinted = (each: string, annotations?: Record<string, boolean>) =>
        tool(one.id, each, { definition: { name: each, inputSchema: {}, ...(annotations ? { annotations } : {}) } })
      await storage.commit([
        { kind: 'insertServer', server: one },
        {
          kind: 'insertTools',
          tools: [hinted('none'), hinted('reads', { readOnlyHint: true }), hinted('mild', { destructiveHint: false })],
        },
      ])
      const found = async (filter: object) =>
        (await storage.tools.page({ filter, sort: 'NAME', direction: 'ASC', limit: 9 })).map(
          ({ definition }) => definition.name,
        )
      expect(await found({ readOnly: true })).toEqual(['reads'])
      expect(await found({ destructive: true })).toEqual(['none'])
      expect(await found({ destructive: false })).toEqual(['mild', 'reads'])
    })

    it('answers every page, count and group as the memory storage does', async () => {
      const model = (await memoryStorage().open()).tenant(defaultTenant)
      const servers = Array.from({ length: 3 }, (_, index) =>
        server({ name: `s${index}`, labels: index === 1 ? ['x'] : [] }),
      )
      const tools = servers.flatMap(({ id }) =>
        ['a', 'b', 'c', 'd'].map((each, index) => tool(id, each, { firstSeenAt: index % 2 })),
      )
      const runs = tools.flatMap((owner, index) => [
        run(owner, { createdAt: index % 3 }),
        run(owner, { createdAt: 1, status: 'RUNNING' }),
      ])
      const writes: Write[] = [
        ...servers.map((each) => ({ kind: 'insertServer', server: each }) as const),
        { kind: 'insertTools', tools },
        { kind: 'removeTools', toolIds: tools.slice(0, 2).map(({ id }) => id), at: 9 },
        ...runs.map((each) => ({ kind: 'insertRun', run: each }) as const),
      ]
      for (const each of [storage, model]) await each.commit(writes)
      const serverIds = servers.map(({ id }) => id)

      const query = <Sort extends string>(sorts: readonly Sort[]) =>
        fc.record({
          sort: fc.constantFrom(...sorts),
          direction: fc.constantFrom('ASC' as const, 'DESC' as const),
          limit: fc.integer({ min: 1, max: 7 }),
        })
      await fc.assert(
        fc.asyncProperty(
          query(['NAME', 'FIRST_SEEN_AT']),
          fc.boolean(),
          fc.subarray(serverIds),
          async (shape, includeRemoved, ids) => {
            const base: PageQuery<object, 'NAME' | 'FIRST_SEEN_AT'> = {
              ...shape,
              filter: { includeRemoved, serverId: ids },
            }
            const first = await storage.tools.page(base)
            expect(first).toEqual(await model.tools.page(base))
            const last = first.at(-1)
            if (last) {
              const value = shape.sort === 'NAME' ? last.definition.name : last.firstSeenAt
              const beyond = { ...base, beyond: { value, id: last.id } }
              expect(await storage.tools.page(beyond)).toEqual(await model.tools.page(beyond))
            }
            expect(await storage.tools.count(base.filter)).toBe(await model.tools.count(base.filter))
            const groups = { ...shape, filter: { includeRemoved } }
            expect(await storage.tools.pageByServer(ids, groups)).toEqual(await model.tools.pageByServer(ids, groups))
            expect(await storage.tools.countByServer(ids, groups.filter)).toEqual(
              await model.tools.countByServer(ids, groups.filter),
            )
          },
        ),
        { numRuns: propertyRuns(50) },
      )
      await fc.assert(
        fc.asyncProperty(
          query(['CREATED_AT']),
          fc.subarray(serverIds),
          fc.subarray(tools),
          async (shape, ids, some) => {
            const filter = { serverId: ids, createdAt: { gte: 1 }, status: ['RUNNING' as const] }
            expect(await storage.runs.page({ ...shape, filter })).toEqual(await model.runs.page({ ...shape, filter }))
            expect(await storage.runs.count(filter)).toBe(await model.runs.count(filter))
            const toolIds = some.map(({ id }) => id)
            expect(await storage.runs.pageByTool(toolIds, { ...shape, filter: {} })).toEqual(
              await model.runs.pageByTool(toolIds, { ...shape, filter: {} }),
            )
            expect(await storage.runs.countByServer(ids, {})).toEqual(await model.runs.countByServer(ids, {}))
          },
        ),
        { numRuns: propertyRuns(50) },
      )
      expect(
        await storage.servers.page({ filter: { label: { eq: 'x' } }, sort: 'CREATED_AT', direction: 'DESC', limit: 5 }),
      ).toEqual([servers[1]])
    })
  })
}
