import { InexactNumberError, parseExactJson } from '@toolyard/core/exact-json'
import { UsageError } from '../base/command-error.ts'
import { readInput } from '../files/read-input.ts'
import { FileReadError } from '../files/read-regular-file.ts'
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
    value = parseExactJson(json)
  } catch (error) {
    if (error instanceof InexactNumberError) throw new UsageError(`${from}: ${error.message}`)
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
  if (given !== '-' && !given.startsWith('@')) return parseObject(given, '--args')
  const path = given === '-' ? given : given.slice(1)
  const from = given === '-' ? 'standard input' : path
  const json = await readInput(path, { stdin, signal }).catch((error: unknown) => {
    throw error instanceof FileReadError ? new UsageError(`--args: ${from} ${error.message}`, { cause: error }) : error
  })
  return parseObject(json, from)
}
