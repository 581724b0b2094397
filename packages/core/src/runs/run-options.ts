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

/** @throws INVALID_INPUT, with the option as path */
export function checkRunOptions(options: RunOptions, meter: BudgetMeter): void {
  const { timeoutMs, idempotencyKey, metadata = {}, actor } = options
  checkActor(actor)
  if (timeoutMs !== undefined && !(Number.isInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= maxTimeoutMs)) {
    throw invalidInput(['timeoutMs'], `timeoutMs: expected a whole number from 1 to ${maxTimeoutMs}, got ${timeoutMs}`)
  }
  assertDeadline(meter, 'timeoutMs', timeoutMs)
  if (idempotencyKey !== undefined && (idempotencyKey === '' || idempotencyKey.length > maxKeyLength)) {
    const message = `idempotencyKey: expected 1 to ${maxKeyLength} characters, got ${idempotencyKey.length}`
    throw invalidInput(['idempotencyKey'], message)
  }
  if (!isJsonObject(metadata) || isDeeperThan(metadata, 64)) {
    throw invalidInput(['metadata'], 'metadata: expected a JSON object nested at most 64 deep')
  }
  const bytes = Buffer.byteLength(JSON.stringify(metadata))
  if (bytes > maxMetadataBytes) {
    throw invalidInput(['metadata'], `metadata: expected at most ${maxMetadataBytes} bytes of JSON, got ${bytes}`)
  }
}
