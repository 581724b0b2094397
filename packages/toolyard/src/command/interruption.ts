import { constants } from 'node:os'
import { CommandError, exitCodes } from '../base/command-error.ts'
import type { TextStream } from '../output/output.ts'

/** The request to end a command early. The caller of `listenForInterruption` disposes of it. */
export interface Interruption extends Disposable {
  /** Aborted by the first Ctrl-C or SIGTERM, and when the reader of stdout closes it. */
  readonly signal: AbortSignal
  readonly isPipeBroken: boolean
}

/** The first signal asks the command to end; a second one ends the process at once. */
export function listenForInterruption(stdout: TextStream): Interruption {
  const controller = new AbortController()
  let isPipeBroken = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(128 + constants.signals[signal])
    controller.abort(new CommandError(exitCodes.failed, `ended by ${signal}`))
  }
  const onError = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    isPipeBroken = true
    controller.abort(error)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  stdout.on('error', onError)
  return {
    signal: controller.signal,
    get isPipeBroken() {
      return isPipeBroken
    },
    [Symbol.dispose]() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
      // The listener on stdout stays: pending writes fail after the command has ended.
    },
  }
}
