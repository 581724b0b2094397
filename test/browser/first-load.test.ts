import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../../packages/graphql/console/', import.meta.url))

interface Chunk {
  readonly file: string
  readonly isEntry?: boolean
  readonly imports?: readonly string[]
}

/** The files that the page needs before it shows anything: the entry and all that it imports. */
function firstLoad(manifest: Readonly<Record<string, Chunk>>): ReadonlySet<string> {
  const files = new Set<string>()
  const visit = (key: string) => {
    const chunk = manifest[key]
    if (!chunk || files.has(chunk.file)) return
    files.add(chunk.file)
    for (const each of chunk.imports ?? []) visit(each)
  }
  for (const [key, { isEntry }] of Object.entries(manifest)) if (isEntry) visit(key)
  return files
}

describe('the build of the console', () => {
  it('is there', () => {
    const advice = existsSync(join(folder, 'index.html')) ? 'built' : 'not built: npm run build:console'
    expect(advice).toBe('built')
  })

  it('loads at most 250 kB of compressed JavaScript first', () => {
    const manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8'))
    const files = [...firstLoad(manifest)].filter((file) => file.endsWith('.js'))
    const bytes = files.reduce((sum, file) => sum + statSync(join(folder, `${file}.gz`)).size, 0)
    expect(files.length).toBeGreaterThan(0)
    expect(bytes).toBeLessThanOrEqual(250_000)
    // What is for one view alone comes with it.
    expect(files.some((file) => /args-form|markdown/.test(file))).toBe(false)
  })
})
