import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compressedBytes, consoleBuild, firstScripts } from './first-load.ts'

describe('the build of the console', () => {
  it('is there', () => {
    expect(existsSync(join(consoleBuild, 'index.html')) ? 'built' : 'not built: npm run build:console').toBe('built')
  })

  it('loads at most 180 kB of compressed JavaScript first', () => {
    const files = firstScripts()
    expect(files.length).toBeGreaterThan(0)
    expect(compressedBytes(files, '.gz')).toBeLessThanOrEqual(180_000)
    // What is for one view alone comes with it.
    expect(
      files.some((file) => /schema-form|server-filters|markdown|json-tree|call-code|palette|key-list/.test(file)),
    ).toBe(false)
  })
})
