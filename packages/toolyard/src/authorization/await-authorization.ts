import { setTimeout as delay } from 'node:timers/promises'
import type { AuthAnswer } from '@toolyard/core'
import { CommandError, exitCodes, UsageError } from '../base/command-error.ts'
import type { CallbackPage } from '../oauth/callback-page.ts'
import { printable, shown } from '../output/printable.ts'
import { pastedAnswer } from './callback-answer.ts'
import type { CallbackListener } from './callback-listener.ts'
import type { PastedLines } from './pasted-lines.ts'

/** How long a browser is waited for, in ms: as long as the registry keeps an authorization. */
const authorizationMs = 600_000

/** The registry refused an answer and used nothing up: another answer may still complete the authorization. */
export class UnusedAnswerError extends CommandError {
  constructor(message: string) {
    super(exitCodes.failed, message)
  }
}

export interface AwaitAuthorizationOptions<Connected> {
  readonly state: string
  readonly serverName: string
  readonly listener: CallbackListener
  /** Lines that may have the answer, too. */
  readonly pasted: PastedLines | undefined
  /** Hands the answer to the registry. Rejects with UnusedAnswerError, and with other CommandErrors. */
  readonly complete: (answer: AuthAnswer) => Promise<Connected>
  /** Says that a pasted line is of no use. */
  readonly onUnusable: (problem: string) => void
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal
  readonly waitMs?: number
}

const prompt = 'Address that the browser came back to: '
const unusable =
  'expected the whole address that the browser came back to, or its code; the one that was given is of another authorization'

function connectedPage(serverName: string): CallbackPage {
  return { status: 200, title: 'Connected', serverName: shown(serverName), text: ['You can close this page.'] }
}

function failedPage(serverName: string, error: unknown): CallbackPage {
  const reason = error instanceof CommandError ? printable(error.message) : 'The terminal shows the reason.'
  return { status: 400, title: 'Not connected', serverName: shown(serverName), text: [reason] }
}

async function awaitCallback<Connected>(options: AwaitAuthorizationOptions<Connected>): Promise<Connected> {
  const { listener, state, serverName, complete } = options
  const arrived = await listener.arrival(state)
  try {
    const connected = await complete(arrived.answer)
    await arrived.show(connectedPage(serverName))
    return connected
  } catch (error) {
    await arrived.show(failedPage(serverName, error))
    throw error
  }
}

/** On a terminal asks again for what was not usable; elsewhere nothing better follows. */
async function awaitPasted<Connected>(
  pasted: PastedLines,
  { state, complete, onUnusable }: AwaitAuthorizationOptions<Connected>,
): Promise<Connected> {
  for (;;) {
    const line = await pasted.next(prompt)
    // Without standard input there is still the callback.
    if (line === undefined) return await new Promise<never>(() => undefined)
    if (line.trim() === '') continue
    try {
      const answer = pastedAnswer(line, state)
      if (!answer) throw new UsageError(unusable)
      return await complete(answer)
    } catch (error) {
      const mayFollow = error instanceof UnusedAnswerError || error instanceof UsageError
      if (!mayFollow || !pasted.isTerminal) throw error
      onUnusable(error.message)
    }
  }
}

/**
 * Waits until the browser comes back, or its address is pasted, and completes the authorization. Rejects with CommandError
 * if it was not given, or not in time, and with the reason of the signal.
 */
export async function awaitAuthorization<Connected>(options: AwaitAuthorizationOptions<Connected>): Promise<Connected> {
  const { pasted, signal, waitMs = authorizationMs } = options
  const ended = new AbortController()
  const late = delay(waitMs, undefined, { signal: ended.signal, ref: false }).then(() => {
    const message = `No answer came from the browser within ${Math.round(waitMs / 1_000)} s; run it again`
    throw new CommandError(exitCodes.failed, message)
  })
  const { promise: interrupted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  const ways = [awaitCallback(options), ...(pasted ? [awaitPasted(pasted, options)] : []), late, interrupted]
  // Those that lose the race may still fail.
  for (const way of ways) way.catch(() => undefined)
  try {
    return await Promise.race(ways)
  } finally {
    ended.abort()
    signal.removeEventListener('abort', onAbort)
  }
}
