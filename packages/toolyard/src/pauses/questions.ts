import type { CommandContext } from '../command/command.ts'

/** Questions to a person at the terminal. Disposing gives the terminal back. */
export interface Questions extends Disposable {
  /** The answer; undefined once the person has left by Ctrl-C or Ctrl-D, or the questions have ended. */
  ask(prompt: string): Promise<string | undefined>
}

export function isAtTerminal({ process: { stdin, stderr } }: Pick<CommandContext, 'process'>): boolean {
  return stdin.isTTY === true && stderr.isTTY === true
}

/** Opens the terminal for questions, until `signal` aborts. */
export async function openQuestions(
  { process: { stdin, stderr } }: Pick<CommandContext, 'process'>,
  signal: AbortSignal,
): Promise<Questions> {
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: stdin, output: stderr })
  // In the terminal's raw mode Ctrl-C is a key, and Ctrl-D the end: either leaves the run waiting.
  const left = new AbortController()
  terminal.on('SIGINT', () => left.abort())
  terminal.on('close', () => left.abort())
  const ended = AbortSignal.any([signal, left.signal])
  return {
    async ask(prompt) {
      if (ended.aborted) return undefined
      try {
        return await terminal.question(prompt, { signal: ended })
      } catch (error) {
        if (!ended.aborted) throw error
        stderr.write('\n')
        return undefined
      }
    },
    [Symbol.dispose]: () => terminal.close(),
  }
}
