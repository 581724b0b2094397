import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type OutputAsset, type OutputChunk, type OutputOptions, type RolldownOptions, rolldown } from 'rolldown'

type Files = readonly (OutputChunk | OutputAsset)[]

export interface Bundle {
  /** The folder that it fills; what lay there is removed. Beside it, a file of the same name tells what it was made of. */
  readonly target: string
  /** Files that it depends on besides its modules. */
  readonly ingredients: readonly string[]
  readonly input: RolldownOptions
  readonly output: OutputOptions
  /** Checks the files, and adds others to the folder, before the bundle is taken. */
  readonly complete?: (files: Files, folder: string) => void
}

const fingerprintOf = (path: string) => {
  const { mtimeMs, size } = statSync(path)
  return `${mtimeMs} ${size}`
}

const stampOf = ({ target }: Bundle) => `${target}.json`

/** Tells whether all inputs of the last bundle are unchanged. */
function isFresh(bundle: Bundle): boolean {
  if (!existsSync(bundle.target) || !existsSync(stampOf(bundle))) return false
  const stamps: Readonly<Record<string, string>> = JSON.parse(readFileSync(stampOf(bundle), 'utf8'))
  return Object.entries(stamps).every(([path, stamp]) => existsSync(path) && fingerprintOf(path) === stamp)
}

/** Bundles if an input has changed since the last time. */
export async function bundleOnce(bundle: Bundle): Promise<void> {
  if (isFresh(bundle)) return
  const { target, ingredients, input, output, complete } = bundle
  // Writes beside the target until the bundle is complete: a program that starts meanwhile finds the previous one.
  const making = `${target}.${process.pid}`
  const startedAt = Date.now()
  mkdirSync(making, { recursive: true })
  try {
    await using build = await rolldown(input)
    const { output: files } = await build.write({ ...output, dir: making })
    complete?.(files, making)
    const paths = [...ingredients, ...(await build.watchFiles)].filter((path) => existsSync(path))
    const stamps = paths.map((path) => [
      path,
      statSync(path).mtimeMs < startedAt ? fingerprintOf(path) : 'changed meanwhile',
    ])
    rmSync(target, { recursive: true, force: true })
    renameSync(making, target)
    writeFileSync(stampOf(bundle), JSON.stringify(Object.fromEntries(stamps)))
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
}
