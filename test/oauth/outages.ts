import { setTimeout as delay } from 'node:timers/promises'
import type { Registry, ToolRun } from '@toolyard/core'
import { expect } from 'vitest'
import { type Connected, echo } from '../fixtures/oauth/connected.ts'
import type { Fault } from '../fixtures/oauth/faults.ts'
import { refreshes } from './one-renewal.ts'

/** What an authorization server that fails for a while may answer. */
export const outages = ['refuse', '500', '429', 'server_error', 'temporarily_unavailable', 'not_json', 'hang'] as const

/** Runs one after another until one succeeds. Resolves with the time that it took, in ms, and with the failures before. */
export async function runUntilWell(registry: Registry): Promise<{ readonly ms: number; readonly failed: ToolRun[] }> {
  const startedAt = performance.now()
  const failed: ToolRun[] = []
  for (;;) {
    const run = await registry.tools.run(echo)
    if (run.status === 'SUCCEEDED') return { ms: performance.now() - startedAt, failed }
    failed.push(run)
    expectRetryable(run)
    await delay(50)
  }
}

/** A run whose own deadline passed first says that. */
export function expectRetryable({ status, error }: ToolRun): void {
  expect(error?.retryable, error?.message).toBe(true)
  if (status === 'TIMED_OUT') {
    expect(error?.message).toMatch(/^No answer within (requestMs|maxTotalMs)/)
    return
  }
  expect(status).toBe('FAILED')
  expect(error?.message).toContain('The authorization server fails for now')
}

/**
 * Runs, of which each waits at most `deadlineMs`, on an expired token during an outage of `ms`: all fail in time, and say
 * why. Resolves with the number of token requests, and with the time in ms after which all is well again.
 */
export async function outlast(connected: Connected, fault: Fault, ms: number, deadlineMs: number) {
  const { authorizationServer, registry, id } = connected
  const before = refreshes(authorizationServer).length
  authorizationServer.fault = fault
  const startedAt = performance.now()
  let runs = 0
  while (performance.now() - startedAt < ms) {
    const askedAt = performance.now()
    const timeouts = { connectMs: deadlineMs, requestMs: deadlineMs, maxTotalMs: 2 * deadlineMs }
    const ended = await Promise.all(Array.from({ length: 20 }, () => registry.tools.run(echo, {}, { timeouts })))
    for (const run of ended) expectRetryable(run)
    // Twice: a run may connect, and then send its call.
    expect(performance.now() - askedAt, 'ms of a run').toBeLessThan(2 * deadlineMs + 1_000)
    runs += ended.length
    await delay(20)
  }
  expect(await registry.servers.get(id)).toMatchObject({ auth: { status: 'EXPIRED' } })
  const requests = refreshes(authorizationServer).length - before
  authorizationServer.fault = null
  const well = await runUntilWell(registry)
  expect(well.ms, `ms until it is well again after ${JSON.stringify(fault)}`).toBeLessThan(5_000)
  expect(await registry.servers.get(id)).toMatchObject({ status: 'READY', auth: { status: 'CONNECTED' } })
  expect(authorizationServer.countByGrant()).toMatchObject({ authorization_code: 1 })
  return { runs, requests, wellMs: well.ms }
}
