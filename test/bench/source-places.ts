import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Where a function is written. Lines and columns count from 0. */
export interface Position {
  readonly url: string
  readonly lineNumber: number
  readonly columnNumber: number
}

export interface Place {
  /** Path in the repository, such as `packages/core/src/runs/runs.ts`, or the name of a module of Node.js. */
  readonly file: string
  /** From 1. */
  readonly line: number
}

const maps = new Map<string, SourceMap | undefined>()

/** The source map of a bundled file; undefined if it has none. */
function mapOf(path: string): SourceMap | undefined {
  if (maps.has(path)) return maps.get(path)
  const file = `${path}.map`
  const map = existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined
  maps.set(path, map)
  return map
}

/** Finds the source of a function, also of one in the bundle; undefined for what V8 itself does. */
export function placeOf({ url, lineNumber, columnNumber }: Position): Place | undefined {
  if (url.startsWith('node:')) return { file: url, line: lineNumber + 1 }
  if (!url.startsWith('file:')) return undefined
  const path = fileURLToPath(url)
  const entry = mapOf(path)?.findEntry(lineNumber, columnNumber)
  if (!entry || !('originalSource' in entry)) return { file: relative(root, path), line: lineNumber + 1 }
  const source = fileURLToPath(new URL(entry.originalSource, url))
  return { file: relative(root, source), line: entry.originalLine + 1 }
}
