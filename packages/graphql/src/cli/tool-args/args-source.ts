import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { UsageError } from '../command-error.ts'
import { isObject } from './schema.ts'
import type { ToolArgs } from './tool-args.ts'

/** Where a fault in a JSON text is, without what stands there. */
function placeIn(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? []
  return line === undefined ? '' : `, at line ${line}, column ${column}`
}

/** A JSON object; `from` says in the error where it came from. */
export function parseObject(json: string, from: string): ToolArgs {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw new UsageError(`${from}: expected a JSON object, got what is no JSON${placeIn(error)}`)
  }
  if (isObject(value)) return value
  const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`
  throw new UsageError(`${from}: expected a JSON object, got ${got}`)
}

/** What `--args` says: JSON, `@FILE`, or `-` for standard input. Throws UsageError. */
export async function readArgs(
  given: string | undefined,
  stdin: NodeJS.ReadableStream,
  signal: AbortSignal,
): Promise<ToolArgs> {
  if (given === undefined) return {}
  if (given === '-') return parseObject(await textOf(stdin, signal), 'standard input')
  if (!given.startsWith('@')) return parseObject(given, '--args')
  const path = given.slice(1)
  const json = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`--args: ${path} cannot be read (${error.code ?? error.message})`, { cause: error })
  })
  return parseObject(json, path)
}

async function textOf(stdin: NodeJS.ReadableStream, signal: AbortSignal): Promise<string> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = () => {
    reject(signal.reason)
    // A terminal that is still read would keep the process.
    if (stdin instanceof Readable) stdin.destroy()
  }
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([text(stdin), promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
