import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Registry } from '@toolyard/core'
import { expect } from 'vitest'
import { authStatus, consent, echo, type Issuers } from '../fixtures/oauth/connected.ts'
import { childScript } from '../fixtures/process/child-script.ts'
import type { RenewalOrder, RenewalPoint, RenewalReport } from '../fixtures/process/renewing-orders.ts'

/** A node gives up what is not answered within a part of its lease, and a test that holds the answer takes its time. */
const leaseMsAt = (moment: Moment, patience = 1) => patience * (moment === 'HELD' ? 2_500 : 1_000)
/** Between the end of a lease and the answer of a run that waited for it, in ms: the machine may have other work. */
const slackMs = 10_000

/** `HELD`: the authorization server has issued the tokens, and has not answered. `ANY`: a moment after the renewal began. */
export const moments = ['LEASED', 'HELD', 'ANSWERED', 'STORED', 'ANY'] as const
export type Moment = (typeof moments)[number]

/** A process of renewing-tokens.ts, which ends by SIGKILL alone. */
class RenewingProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #reports = new Map<RenewalReport['kind'], PromiseWithResolvers<void>>()
  readonly #ended: Promise<unknown>

  constructor() {
    this.#child = fork(childScript('renewing-tokens'), [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
    })
    this.#child.on('message', ({ kind }: RenewalReport) => this.#report(kind).resolve())
    this.#ended = once(this.#child, 'exit')
  }

  order(order: RenewalOrder): void {
    this.#child.send(order)
  }

  told(kind: RenewalReport['kind']): Promise<void> {
    return this.#report(kind).promise
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
    expect(this.#child.signalCode, 'how the process ended').toBe('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  #report(kind: RenewalReport['kind']): PromiseWithResolvers<void> {
    const known = this.#reports.get(kind) ?? Promise.withResolvers<void>()
    this.#reports.set(kind, known)
    return known
  }
}

export interface KilledRenewals extends Issuers {
  readonly registry: Registry
  readonly id: string
  readonly storage: RenewalOrder['storage']
  /** Opens another registry on the storage, as a restart does. */
  readonly open: () => Promise<Registry>
  /** How many times longer than otherwise leases and answers may take, where other nodes take the processors meanwhile. */
  readonly patience?: number
}

/** How often each moment led to each status. */
export type Ends = ReadonlyMap<string, number>

/** Kills a node at each moment in turn, `times` in all, while another one waits for the tokens. */
export async function killRenewals(setting: KilledRenewals, times: number, random = Math.random): Promise<Ends> {
  const ends = new Map<string, number>()
  let spare = new RenewingProcess()
  try {
    for (let time = 0; time < times; time++) {
      const moment = moments[time % moments.length] ?? 'ANY'
      await using child = spare
      spare = new RenewingProcess()
      const status = await killOnce(setting, child, moment, random)
      const end = `${moment} ${status}`
      ends.set(end, (ends.get(end) ?? 0) + 1)
    }
    return ends
  } finally {
    await spare[Symbol.asyncDispose]()
  }
}

async function reach(setting: KilledRenewals, child: RenewingProcess, moment: Moment, random: () => number) {
  const { authorizationServer, server, id, storage, patience } = setting
  const held = moment === 'HELD' ? authorizationServer.holdToken() : undefined
  const stopAt: RenewalPoint | undefined = moment === 'HELD' || moment === 'ANY' ? undefined : moment
  child.order({ storage, serverId: id, serverUrl: server.url, leaseMs: leaseMsAt(moment, patience), stopAt })
  await child.told('opened')
  if (moment === 'ANY') await delay(random() * 40)
  else await (held ? held.issued : child.told('stopped'))
  return held
}

async function killOnce(setting: KilledRenewals, child: RenewingProcess, moment: Moment, random: () => number) {
  const { authorizationServer, registry, id, patience } = setting
  await connectAnew(registry, id)
  authorizationServer.expireAccessTokens()
  const held = await reach(setting, child, moment, random)
  const waiting = moment === 'ANY' ? undefined : registry.tools.run(echo)
  await child.kill()
  const killedAt = performance.now()
  held?.release('drop')
  const run = await (waiting ?? registry.tools.run(echo))
  expect(performance.now() - killedAt, `ms for which a run was stuck (${moment})`).toBeLessThan(
    leaseMsAt(moment, patience) + (patience ?? 1) * slackMs,
  )
  const status = await authStatus(registry, id)
  expect(['CONNECTED', 'REAUTH_REQUIRED'], `the status after ${moment}`).toContain(status)
  if (status === 'CONNECTED') expect(run, moment).toMatchObject({ status: 'SUCCEEDED' })
  else expect(run.error, moment).toMatchObject({ code: 'AUTH_REQUIRED', retryable: false })
  await expectStays(setting, status)
  return status
}

/** Neither the node that waited nor one that starts now shows a refresh token again. */
async function expectStays({ authorizationServer, registry, id, open }: KilledRenewals, status?: string) {
  const shown = () => authorizationServer.tokenRequests('refresh_token').map(({ params }) => params.refresh_token)
  const before = shown()
  await using restarted = await open()
  for (const each of [registry, restarted]) {
    const { status: ended } = await each.tools.run(echo)
    expect(ended).toBe(status === 'CONNECTED' ? 'SUCCEEDED' : 'FAILED')
    expect(await each.servers.get(id)).toMatchObject({ auth: { status } })
  }
  expect(shown()).toEqual(before)
  expect(new Set(before).size, 'refresh tokens that were shown once').toBe(before.length)
}

async function connectAnew(registry: Registry, id: string): Promise<void> {
  if ((await authStatus(registry, id)) === 'CONNECTED') return
  await consent(registry, id)
  await (await registry.servers.refresh(id)).result()
}
