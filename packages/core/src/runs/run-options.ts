import { invalidInput } from '../base/errors.ts'
import { isDeeperThan, isJsonObject } from '../base/json.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { checkActor } from '../model/actor.ts'
import { assertDeadline } from '../model/timeouts.ts'
import type { RunOptions } from './api.ts'

/** Largest metadata of a run, in bytes of JSON. */
const maxMetadataBytes = 16 * 1024
/** Longest idempotency key, in characters. */
const maxKeyLength = 255
/** Longest `timeoutMs`: a day, in ms. */
const maxTimeoutMs = 86_400_000
/** Longest pause: 30 days, in ms. */
export const maxInputTimeoutMs = 2_592_000_000

function checkMs(option: 'timeoutMs' | 'inputTimeoutMs', ms: number | undefined, max: number): void {
  if (ms === undefined || (Number.isInteger(ms) && ms >= 1 && ms <= max)) return
  throw invalidInput([option], `${option}: expected a whole number from 1 to ${max}, got ${ms}`)
}

/** @throws INVALID_INPUT, with the option as path */
export function checkRunOptions(options: RunOptions, meter: BudgetMeter): void {
  const { timeoutMs, inputTimeoutMs, idempotencyKey, metadata, actor } = options
  checkActor(actor)
  checkMs('timeoutMs', timeoutMs, maxTimeoutMs)
  checkMs('inputTimeoutMs', inputTimeoutMs, maxInputTimeoutMs)
  assertDeadline(meter, 'timeoutMs', timeoutMs)
  if (idempotencyKey !== undefined && (idempotencyKey === '' || idempotencyKey.length > maxKeyLength)) {
    const message = `idempotencyKey: expected 1 to ${maxKeyLength} characters, got ${idempotencyKey.length}`
    throw invalidInput(['idempotencyKey'], message)
  }
  if (metadata === undefined) return
  if (!isJsonObject(metadata) || isDeeperThan(metadata, 64)) {
    throw invalidInput(['metadata'], 'metadata: expected a JSON object nested at most 64 deep')
  }
  const bytes = Buffer.byteLength(JSON.stringify(metadata))
  if (bytes > maxMetadataBytes) {
    throw invalidInput(['metadata'], `metadata: expected at most ${maxMetadataBytes} bytes of JSON, got ${bytes}`)
  }
}
