import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'))

interface Locked {
  readonly hasInstallScript?: boolean
}

it('npm asks nothing about install scripts: each is allowed or denied', () => {
  // A lockfile of npm, as npm writes it.
  const packages: Readonly<Record<string, Locked>> = read('package-lock.json').packages
  const withScripts = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
  expect(Object.keys(read('package.json').allowScripts).toSorted()).toEqual([...new Set(withScripts)].toSorted())
})
