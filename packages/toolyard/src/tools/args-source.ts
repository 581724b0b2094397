import { InexactNumberError, parseExactJson } from '@toolyard/core/internal/exact-json'
import { UsageError } from '../base/command-error.ts'
import { readInput } from '../files/read-input.ts'
import { FileReadError } from '../files/read-regular-file.ts'
import { isObject } from './schema.ts'
import type { ToolArgs } from './tool-args.ts'

/** The place of a fault in a JSON text, without quoting it. */
function placeIn(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? []
  return line === undefined ? '' : `: line ${line}, column ${column}`
}

/** Parses a JSON object; `from` names its source in errors. Throws UsageError. */
export function parseObject(json: string, from: string): ToolArgs {
  let value: unknown
  try {
    value = parseExactJson(json)
  } catch (error) {
    if (error instanceof InexactNumberError) throw new UsageError(`${from}: ${error.message}`)
    throw new UsageError(`${from} is not valid JSON${placeIn(error)}`)
  }
  if (isObject(value)) return value
  const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`
  throw new UsageError(`${from}: expected a JSON object, got ${got}`)
}

/** Reads the value of `--args`, or of another flag: JSON, `@FILE`, or `-` for standard input. Throws UsageError. */
export async function readArgs(
  given: string | undefined,
  stdin: NodeJS.ReadableStream,
  signal: AbortSignal,
  flag: '--args' | '--values' | '--responses' = '--args',
): Promise<ToolArgs> {
  if (given === undefined) return {}
  if (given !== '-' && !given.startsWith('@')) return parseObject(given, flag)
  const path = given === '-' ? given : given.slice(1)
  const from = given === '-' ? 'standard input' : path
  const json = await readInput(path, { stdin, signal }).catch((error: unknown) => {
    throw error instanceof FileReadError ? new UsageError(`${flag}: ${from} ${error.message}`, { cause: error }) : error
  })
  return parseObject(json, from)
}
