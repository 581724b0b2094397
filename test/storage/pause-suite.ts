import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNodeId, defaultTenant, type NodeId, parseTenantId } from '../../packages/core/src/base/ids.ts'
import type { PauseRecord } from '../../packages/core/src/model/pause.ts'
import { Sealed } from '../../packages/core/src/model/secret.ts'
import type { Storage, StorageAdapter, TenantStorage } from '../../packages/core/src/storage/storage.ts'
import { run, server, tool } from './records.ts'

const otherTenant = parseTenantId('other') ?? defaultTenant
const undecided = { requestedAt: 1, decidedAt: null, decision: null, decidedBy: null, reason: null } as const

/** What every storage must do with runs that wait, and with hints that are held. */
export function describePauses(name: string, makeAdapter: () => StorageAdapter): void {
  describe(`pauses in ${name}`, () => {
    let opened: Storage
    let storage: TenantStorage
    let other: TenantStorage
    const one = server()
    const owned = tool(one.id, 'a')
    beforeEach(async () => {
      opened = await makeAdapter().open()
      storage = opened.tenant(defaultTenant)
      other = opened.tenant(otherTenant)
      await storage.commit([
        { kind: 'insertServer', server: one },
        { kind: 'insertTools', tools: [owned] },
      ])
    })
    afterEach(() => opened.close())

    async function paused(expiresAt: number) {
      const record = run(owned, { status: 'AWAITING_APPROVAL', args: {}, approval: undecided })
      const pause: PauseRecord = {
        kind: 'APPROVAL',
        runId: record.id,
        serverId: one.id,
        version: 1,
        timeoutMs: 5,
        expiresAt,
        configFingerprint: 'f',
        definitionDigest: 'd',
        call: new Sealed('sealed call'),
      }
      await storage.commit([
        { kind: 'insertRun', run: record },
        { kind: 'insertPause', pause },
      ])
      return { record, pause }
    }

    it('are returned as they were stored, to their tenant alone', async () => {
      const { record, pause } = await paused(5)
      expect(await storage.runs.get(record.id)).toEqual(record)
      const found = await storage.pauses.get(pause.runId)
      expect({ ...found, call: found?.call.text }).toEqual({ ...pause, call: 'sealed call' })
      expect(JSON.stringify(found)).not.toContain('sealed call')
      expect(await storage.pauses.getMany([pause.runId, run(owned).id])).toHaveLength(1)
      expect(await storage.pauses.runsOfServer(one.id)).toEqual([pause.runId])
      expect(await storage.pauses.runsOfServer(server().id)).toEqual([])
      expect(await storage.pauses.count()).toBe(1)
      expect(await other.pauses.get(pause.runId)).toBeUndefined()
      expect(await other.pauses.count()).toBe(0)
    })

    it('are taken once, at the version that is stored, with the args that are recorded from then on', async () => {
      const { record, pause } = await paused(5)
      const take = (version: number, from = storage) =>
        from.commit([
          { kind: 'takePause', runId: pause.runId, version, args: { n: version } },
          { kind: 'updateRun', run: { ...record, status: 'QUEUED', args: { n: version } } },
        ])
      await expect(take(2)).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
      await expect(take(1, other)).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
      expect(await storage.runs.get(record.id)).toEqual(record)
      const taken = await Promise.allSettled([take(1), take(1), take(1)])
      expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(await storage.runs.get(record.id)).toMatchObject({ status: 'QUEUED', args: { n: 1 } })
      expect(await storage.pauses.get(pause.runId)).toBeUndefined()
    })

    it('are replaced by another version in one commit', async () => {
      const { pause } = await paused(5)
      await storage.commit([
        { kind: 'takePause', runId: pause.runId, version: 1, args: {} },
        { kind: 'insertPause', pause: { ...pause, version: 2 } },
      ])
      expect(await storage.pauses.get(pause.runId)).toMatchObject({ version: 2 })
    })

    it('are read by when they expire, over all tenants', async () => {
      const late = await paused(30)
      const soon = await paused(10)
      await paused(20)
      expect(await opened.crossTenant.soonestPauses(2)).toMatchObject([
        { tenantId: defaultTenant, record: { runId: soon.pause.runId, expiresAt: 10 } },
        { record: { expiresAt: 20 } },
      ])
      expect((await opened.crossTenant.soonestPauses(9)).at(-1)?.record.runId).toBe(late.pause.runId)
    })

    /** A run that waits for an answer; `heldBy`: the node that has its session. */
    async function asking(heldBy: NodeId | undefined, settled: 'ANSWERED' | 'EXPIRED' | null = null) {
      const input = { round: 1, answeredAt: null }
      const record = run(owned, { status: 'INPUT_REQUIRED', ownerId: heldBy ?? null, input })
      const pause: PauseRecord = {
        kind: 'INPUT',
        runId: record.id,
        serverId: one.id,
        version: 1,
        timeoutMs: 5,
        expiresAt: 5,
        configFingerprint: 'f',
        definitionDigest: 'd',
        call: new Sealed('sealed call'),
        requests: [{ kind: 'FORM', key: 'a', message: 'm', requestedSchema: { type: 'object' } }],
        answered: [],
        input: new Sealed('sealed input'),
        resume: heldBy ? { kind: 'REPLY', heldBy, settled } : { kind: 'RETRY' },
      }
      await storage.commit([
        { kind: 'insertRun', run: record },
        { kind: 'insertPause', pause },
      ])
      return { record, pause }
    }

    async function node(): Promise<NodeId> {
      const id = createNodeId()
      await opened.commit([{ kind: 'insertNode', node: { id, process: null, openedAt: 1 }, leaseMs: null }], null)
      return id
    }

    it('for an answer are returned as they were stored, and taken without a change of the args', async () => {
      const { record, pause } = await asking(undefined)
      const found = await storage.pauses.get(pause.runId)
      const input = found?.kind === 'INPUT' ? found.input.text : undefined
      expect({ ...found, call: found?.call.text, input }).toEqual({
        ...pause,
        call: 'sealed call',
        input: 'sealed input',
      })
      expect(await storage.runs.get(record.id)).toEqual(record)
      const going = { ...record, status: 'RUNNING', input: { round: 1, answeredAt: 7 } } as const
      await storage.commit([
        { kind: 'takePause', runId: record.id, version: 1 },
        { kind: 'updateRun', run: going },
      ])
      expect(await storage.runs.get(record.id)).toEqual(going)
      expect(await opened.crossTenant.settledPauses(await node())).toEqual([])
    })

    it('that have ended are read by the node that has their session', async () => {
      const [holder, other] = [await node(), await node()]
      const { record } = await asking(holder, 'ANSWERED')
      await asking(holder)
      await asking(other, 'EXPIRED')
      expect(await opened.crossTenant.settledPauses(holder)).toMatchObject([
        { tenantId: defaultTenant, record: { runId: record.id } },
      ])
      expect(await opened.crossTenant.heldPauses([])).toEqual([])
    })

    it('end with the node that has their session, and stay if any node may go on', async () => {
      const [holder, alive] = [await node(), await node()]
      const [held, settled] = [await asking(holder), await asking(holder, 'ANSWERED')]
      const [free, others] = [await asking(undefined), await asking(alive)]
      await opened.commit([{ kind: 'deleteNode', nodeId: holder }], null)
      const abandoned = await opened.crossTenant.heldPauses([holder])
      expect(abandoned.map(({ record }) => record.runId).sort()).toEqual([held.record.id, settled.record.id].sort())
      const error = { code: 'INTERRUPTED', message: 'x', retryable: true, stderrTail: [] } as const
      const failed = { status: 'FAILED', error } as const
      const ends = { refresh: failed, queuedRun: failed, runningRun: { status: 'OUTCOME_UNKNOWN', error } } as const
      await opened.commit([{ kind: 'endAbandonedJobs', at: 2, ends }], null)
      expect(await storage.runs.get(held.record.id)).toMatchObject({
        status: 'OUTCOME_UNKNOWN',
        finishedAt: 2,
        ownerId: null,
        input: { round: 1 },
      })
      expect(await storage.log.jobEvents(held.record.id, 0, 9)).toMatchObject([
        { event: { type: 'ToolRunFinished', status: 'OUTCOME_UNKNOWN' } },
      ])
      expect(await storage.pauses.get(held.record.id)).toBeUndefined()
      for (const { record } of [free, others]) {
        expect(await storage.runs.get(record.id)).toEqual(record)
        expect(await storage.pauses.get(record.id)).toBeDefined()
      }
      expect(await opened.crossTenant.unfinishedOf(alive)).toEqual([])
    })

    it('are deleted with their run', async () => {
      const { pause } = await paused(5)
      await storage.commit([{ kind: 'deleteJobs', ids: [pause.runId] }])
      expect(await storage.pauses.count()).toBe(0)
    })

    it('are left alone by the end of abandoned jobs', async () => {
      const { record } = await paused(5)
      const error = { code: 'INTERRUPTED', message: 'x', retryable: true, stderrTail: [] } as const
      const end = { status: 'FAILED', error } as const
      await opened.commit([
        { kind: 'disownJobs', ids: [record.id] },
        { kind: 'endAbandonedJobs', at: 2, ends: { refresh: end, queuedRun: end, runningRun: end } },
      ])
      expect(await storage.runs.get(record.id)).toEqual(record)
    })

    it('keep a loosened hint held until it is accepted', async () => {
      const definition = { ...owned.definition, annotations: { readOnlyHint: true } }
      const definitionText = JSON.stringify(definition)
      const held = async () => (await storage.tools.get(owned.id))?.holdsHints
      const redefine = (loosens: object) =>
        storage.commit([
          {
            kind: 'redefineTools',
            at: 2,
            tools: [{ id: owned.id, definitionText, quarantine: null, ...loosens }],
          },
        ])
      const accept = (text: string) =>
        storage.commit([{ kind: 'acceptHints', toolId: owned.id, definitionText: text, at: 3 }])
      expect(await held()).toBe(false)
      await redefine({ loosensHints: true })
      expect(await held()).toBe(true)
      await redefine({})
      expect(await held()).toBe(true)
      await expect(accept('other')).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
      await accept(definitionText)
      expect(await held()).toBe(false)
      await expect(accept(definitionText)).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
    })
  })
}
