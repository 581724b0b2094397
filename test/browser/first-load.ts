import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const consoleBuild = fileURLToPath(new URL('../../packages/toolyard/console/dist/', import.meta.url))

interface Chunk {
  readonly file: string
  readonly isEntry?: boolean
  readonly imports?: readonly string[]
}

/** The scripts that the page needs before it shows anything: the entry and all that it imports. */
export function firstScripts(): readonly string[] {
  // As Vite writes it.
  const manifest: Readonly<Record<string, Chunk>> = JSON.parse(
    readFileSync(join(consoleBuild, '.vite/manifest.json'), 'utf8'),
  )
  const files = new Set<string>()
  const visit = (key: string) => {
    const chunk = manifest[key]
    if (!chunk || files.has(chunk.file)) return
    files.add(chunk.file)
    for (const each of chunk.imports ?? []) visit(each)
  }
  for (const [key, { isEntry }] of Object.entries(manifest)) if (isEntry) visit(key)
  return [...files].filter((file) => file.endsWith('.js'))
}

export function compressedBytes(files: readonly string[], ending: '.gz' | '.br'): number {
  return files.reduce((sum, file) => sum + statSync(join(consoleBuild, `${file}${ending}`)).size, 0)
}
