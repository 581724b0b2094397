import { CommandError, exitCodes } from '../base/command-error.ts'
import type { ProgramProcess } from '../command/command.ts'
import type { Output } from '../output/output.ts'
import { printable } from '../output/printable.ts'
import { certainParts, type Schema, typeInWords } from './schema.ts'
import { type MissingArg, missingError, type ToolArgs } from './tool-args.ts'
import { typedValue } from './typed-value.ts'

function firstOf(root: Schema, schema: Schema, key: 'description' | 'default'): unknown {
  return [schema, ...certainParts(root, schema)].find((part) => part[key] !== undefined)?.[key]
}

/** Asks on the terminal for the missing args, one by one, until each answer fits. Ctrl-C aborts. */
export async function askForArgs(
  root: Schema,
  missing: readonly MissingArg[],
  { process: { stdin, stderr }, output }: { readonly process: ProgramProcess; readonly output: Output },
): Promise<ToolArgs> {
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: stdin, output: stderr })
  const left = new AbortController()
  // In the terminal's raw mode Ctrl-C is a key, and Ctrl-D the end.
  terminal.on('SIGINT', () => {
    left.abort(new CommandError(exitCodes.failed, 'canceled; nothing was run'))
  })
  terminal.on('close', () => left.abort(missingError(root, missing)))
  const answers: [string, unknown][] = []
  try {
    for (const { name, schema } of missing) answers.push([name, await ask(name, schema)])
  } catch (error) {
    if (!left.signal.aborted) throw error
    stderr.write('\n')
    throw left.signal.reason
  } finally {
    terminal.close()
  }
  return Object.fromEntries(answers)

  async function ask(name: string, schema: Schema): Promise<unknown> {
    const description = firstOf(root, schema, 'description')
    const fallback = firstOf(root, schema, 'default')
    if (typeof description === 'string') output.note(output.styleNote('dim', printable(description)))
    const type = printable(typeInWords(root, schema))
    const hint = fallback === undefined ? type : `${type}, default ${printable(JSON.stringify(fallback))}`
    const prompt = `${output.styleNote('bold', printable(name))} (${hint}): `
    for (;;) {
      const text = await terminal.question(prompt, { signal: left.signal })
      if (text === '' && fallback !== undefined) return fallback
      const typed = text === '' ? { expected: 'a value; Ctrl-C leaves' } : typedValue(root, schema, text)
      if ('value' in typed) return typed.value
      output.note(output.styleNote('red', `expected ${printable(typed.expected)}`))
    }
  }
}
