import { readdirSync } from 'node:fs'
import { relative, sep } from 'node:path'

const parts: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*' }

/** Of a line of .dockerignore: it also stands for all that is below what it names. */
function patternOf(line: string): RegExp {
  const glob = line.replace(/\*\*\/|\*\*|\*|[.+^${}()|[\]\\]/g, (part) => parts[part] ?? `\\${part}`)
  return new RegExp(`^${glob}(?:/.*)?$`)
}

/** Whether a file is sent to the build: the last line of .dockerignore that fits decides. */
export function isSent(path: string, ignoreFile: string): boolean {
  const lines = ignoreFile.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const last = lines.findLast((line) => patternOf(line.replace(/^!/, '')).test(path))
  return last === undefined || last.startsWith('!')
}

/** The files below `folder` that are sent, relative to it, with forward slashes. */
export function sentFiles(folder: string, ignoreFile: string): readonly string[] {
  const skipped = new Set(['node_modules', '.git', 'dist'])
  const walk = (below: string): string[] =>
    readdirSync(below, { withFileTypes: true }).flatMap((entry) => {
      const path = `${below}${sep}${entry.name}`
      // Ignored whole: going through them takes long.
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : walk(path)
      return entry.isFile() ? [relative(folder, path).split(sep).join('/')] : []
    })
  return walk(folder).filter((path) => isSent(path, ignoreFile))
}
