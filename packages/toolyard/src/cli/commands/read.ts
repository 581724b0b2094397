import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { exitCodes, UsageError } from '../../base/command-error.ts'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { addCallOptions, type CallFlags, callInput } from '../../flags/run-flags.ts'
import { printableLines } from '../../output/printable.ts'
import { findTemplate, type ReadContent, readResource } from '../../queries/features.ts'
import { readArgs } from '../../tools/args-source.ts'
import { readPairs } from '../../tools/read-pairs.ts'

interface ReadFlags extends RegistryFlags, CallFlags {
  readonly output?: string
  readonly values?: string
  readonly fresh?: boolean
}

/** Values of a template; a key that comes more than once has a list. */
function readValues(texts: readonly string[]): Readonly<Record<string, string | string[]>> {
  const byKey = Map.groupBy(readPairs(texts), ([key]) => key)
  return Object.fromEntries(
    byKey.entries().map(([key, pairs]) => {
      const values = pairs.map(([, value]) => value)
      const [first, ...others] = values
      return [key, first !== undefined && others.length === 0 ? first : values]
    }),
  )
}

function bytesOf({ text, base64 }: ReadContent): Buffer {
  return base64 === null ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64')
}

async function save(path: string, contents: readonly ReadContent[]): Promise<void> {
  try {
    await writeFile(path, Buffer.concat(contents.map(bytesOf)))
  } catch (error) {
    throw new UsageError(`--output: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/** Writes contents as they are; on a terminal without control characters, and no bytes. */
function write({ stdout }: Pick<ProgramProcess, 'stdout'>, contents: readonly ReadContent[]): void {
  if (!stdout.isTTY) {
    for (const content of contents) stdout.write(bytesOf(content))
    return
  }
  if (contents.some(({ base64 }) => base64 !== null)) {
    throw new UsageError('the resource is binary: write it to a file with --output FILE, or pipe it')
  }
  for (const { text } of contents) stdout.write(`${printableLines(text ?? '')}\n`)
}

export function addReadCommand(program: Command, process: ProgramProcess): void {
  const command = registryCommand(
    program,
    process,
    {
      usage: 'read <name> <uri> [values...]',
      description: 'ask a server for a resource, and write it to stdout as it is; key=value fills in a URI template',
      reads: false,
    },
    async ({ client, signal, output }, flags: ReadFlags, name: string, uri: string, pairs: readonly string[]) => {
      const { timeout, output: path } = flags
      const values = { ...(await readArgs(flags.values, process.stdin, signal, '--values')), ...readValues(pairs) }
      const isTemplate = flags.values !== undefined || pairs.length > 0
      const input = {
        ...(isTemplate
          ? { template: { id: await findTemplate(client, name, uri, signal), values } }
          : { resource: { qualified: { server: name, uri } } }),
        ...callInput(flags),
        ...(flags.fresh ? { fresh: true } : {}),
        ...(timeout === undefined ? {} : { timeoutMs: timeout }),
      }
      const read = await readResource(client, input, signal)
      if (path !== undefined) await save(path, read.contents)
      if (output.isJson) output.printJson(read)
      else if (path === undefined) write(process, read.contents)
      return exitCodes.done
    },
  )
    .option('--output <file>', 'write it to a file')
    .option('--fresh', 'ask the server even if an earlier answer is still fresh')
    .option('--values <json>', 'values of a URI template as JSON: strings, lists, maps and null; @FILE or - for stdin')
  addCallOptions(command, 'the read')
}
