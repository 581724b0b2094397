import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { exitCodes, UsageError } from '../../base/command-error.ts'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { addCallOptions, type CallFlags, callInput } from '../../flags/run-flags.ts'
import { printableLines } from '../../output/printable.ts'
import { type ReadContent, readResource } from '../../queries/features.ts'

interface ReadFlags extends RegistryFlags, CallFlags {
  readonly output?: string
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
      usage: 'read <name> <uri>',
      description: 'ask a server for a resource, and write it to stdout as it is',
      reads: false,
    },
    async ({ client, signal, output }, flags: ReadFlags, name: string, uri: string) => {
      const { timeout, output: path } = flags
      const input = {
        resource: { qualified: { server: name, uri } },
        ...callInput(flags),
        ...(timeout === undefined ? {} : { timeoutMs: timeout }),
      }
      const read = await readResource(client, input, signal)
      if (path !== undefined) await save(path, read.contents)
      if (output.isJson) output.printJson(read)
      else if (path === undefined) write(process, read.contents)
      return exitCodes.done
    },
  ).option('--output <file>', 'write it to a file')
  addCallOptions(command, 'the read')
}
