import { createInterface } from 'node:readline/promises'
import { CommandError, exitCodes } from '../base/command-error.ts'
import type { ProgramProcess } from '../command/command.ts'

/** Lines that a person pastes. Disposing of it gives the terminal back. */
export interface PastedLines extends Disposable {
  readonly isTerminal: boolean
  /** The next line; undefined at the end of standard input. Rejects with CommandError on Ctrl-C. */
  next(prompt: string): Promise<string | undefined>
}

/**
 * Reads lines from standard input. On a terminal they are edited in raw mode: the terminal itself would cut a line at 4,096
 * characters, and an address with a code may be longer.
 */
export function readPastedLines({ stdin, stderr }: Pick<ProgramProcess, 'stdin' | 'stderr'>): PastedLines {
  const isTerminal = stdin.isTTY === true && stderr.isTTY === true
  const terminal = createInterface({ input: stdin, ...(isTerminal ? { output: stderr } : {}), terminal: isTerminal })
  const interrupted = Promise.withResolvers<never>()
  interrupted.promise.catch(() => undefined)
  // In the terminal's raw mode Ctrl-C is a key.
  terminal.on('SIGINT', () => interrupted.reject(new CommandError(exitCodes.failed, 'canceled; nothing was connected')))
  const lines = terminal[Symbol.asyncIterator]()
  let isAsking = false
  return {
    isTerminal,
    async next(prompt) {
      if (isTerminal) {
        terminal.setPrompt(prompt)
        terminal.prompt()
      }
      isAsking = isTerminal
      const { done, value } = await Promise.race([lines.next(), interrupted.promise])
      isAsking = false
      return done ? undefined : value
    },
    [Symbol.dispose]() {
      terminal.close()
      // The prompt waits on its line.
      if (isAsking) stderr.write('\n')
    },
  }
}
