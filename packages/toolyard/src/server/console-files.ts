import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One file of the console, in the encodings that the build made of it. */
export interface ConsoleFile {
  readonly contentType: string
  readonly etag: string
  readonly plain: Buffer
  readonly br: Buffer | undefined
  readonly gzip: Buffer | undefined
}

/** The built console by the paths of its files, as in `/index.html`. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>

/** Folder of the built console, in this repository and in the published package. */
export const consoleFolder = fileURLToPath(new URL('../../console/dist/', import.meta.url))

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * Reads all files of the build once: a request can only name one of them, so none leads out of the folder. Returns
 * undefined if there is no build.
 */
export function readConsoleFiles(folder: string): ConsoleFiles | undefined {
  if (!existsSync(join(folder, 'index.html'))) return undefined
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const known = new Set(names)
  const encoded = (name: string, ending: string) =>
    known.has(`${name}${ending}`) ? readFileSync(join(folder, `${name}${ending}`)) : undefined
  const files = names.flatMap((name): (readonly [string, ConsoleFile])[] => {
    const contentType = contentTypes[extname(name)]
    if (contentType === undefined) return []
    const plain = readFileSync(join(folder, name))
    const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 27)}"`
    const file = { contentType, etag, plain, br: encoded(name, '.br'), gzip: encoded(name, '.gz') }
    return [[`/${name.split(sep).join('/')}`, file]]
  })
  return new Map(files)
}
