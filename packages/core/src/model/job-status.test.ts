import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasEnded, type JobStatus } from './events.ts'
import { advance } from './job-status.ts'

const statuses: readonly JobStatus[] = [
  'QUEUED',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'CANCELED',
  'TIMED_OUT',
  'OUTCOME_UNKNOWN',
]
const job = (status: JobStatus) => ({ id: 'run_1', status })
const isLegal = (from: JobStatus, to: JobStatus) => {
  try {
    return advance(job(from), { status: to }).status === to
  } catch {
    return false
  }
}

describe('the states of a job', () => {
  it('end once: what has ended goes nowhere', () => {
    for (const from of statuses) {
      const next = statuses.filter((to) => isLegal(from, to))
      expect(next.length === 0, from).toBe(hasEnded(from))
    }
  })

  it('never go back, and nothing succeeds or is unknown that was not RUNNING', () => {
    for (const from of statuses) expect(isLegal(from, 'QUEUED'), from).toBe(false)
    for (const to of ['SUCCEEDED', 'OUTCOME_UNKNOWN'] as const) {
      expect(statuses.filter((from) => isLegal(from, to))).toEqual(['RUNNING'])
    }
  })

  it('keep everything else of the job, however it goes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...statuses), { maxLength: 5 }), (wanted) => {
        let current = { ...job('QUEUED'), more: 1 }
        for (const status of wanted) {
          const from = current.status
          if (!isLegal(from, status)) {
            expect(() => advance(current, { status })).toThrow(`run_1 cannot go from ${from} to ${status}`)
            continue
          }
          current = advance(current, { status })
        }
        expect(current).toMatchObject({ id: 'run_1', more: 1 })
      }),
    )
  })
})
