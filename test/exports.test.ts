import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Entry {
  readonly package: string
  readonly name: string
  readonly targets: Readonly<Record<string, string>>
}

/** The entries of published packages that lead to what is built. */
function builtEntries(): readonly Entry[] {
  return globSync('packages/*/package.json', { cwd: root }).flatMap((path) => {
    // A manifest of npm whose exports are one level deep.
    const { exports = {} }: { exports?: Readonly<Record<string, string | Entry['targets']>> } = JSON.parse(
      readFileSync(join(root, path), 'utf8'),
    )
    return Object.entries(exports).flatMap(([name, targets]) =>
      typeof targets === 'string' ? [] : [{ package: join(path, '..'), name, targets }],
    )
  })
}

describe('each export that is built', () => {
  // Without it a test would get a second copy of the package: what was built of it, beside its sources.
  it.each(builtEntries())('leads to its source in tests: $package $name', ({ package: folder, targets }) => {
    const [[condition, source] = []] = Object.entries(targets)
    expect(condition).toBe('toolyard-source')
    expect(source).toBe(targets.default?.replace('./dist/', './src/').replace(/\.js$/, '.ts'))
    expect(existsSync(join(root, folder, source ?? ''))).toBe(true)
  })

  it('is found', () => expect(builtEntries().length).toBeGreaterThan(15))
})
