import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly license?: string
}

interface Notice {
  readonly title: string
  readonly text: string
}

/** Finds the package folder of a file; undefined for a file of this repository. */
function packageFolderOf(path: string): string | undefined {
  const [, folder] = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(path) ?? []
  return folder
}

/** Throws if the package states no licence: the tarball must not contain unlicensed code. */
function noticeOf(folder: string): Notice {
  const { name, version, license }: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (license === undefined) throw new Error(`${folder}: expected a license in package.json, got none`)
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file))
  const texts = files.toSorted().map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return { title: `${name} ${version} (${license})`, text: texts.join('\n\n') }
}

/** Lists the licences of the packages that these files belong to, each package once, by name. */
export function noticesOf(paths: readonly string[]): string {
  const folders = new Set(paths.flatMap((path) => packageFolderOf(path) ?? []))
  const notices = new Map([...folders].map(noticeOf).map((notice) => [notice.title, notice.text]))
  const sections = [...notices].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const rule = '-'.repeat(80)
  const texts = sections.map(([title, text]) => `${rule}\n${title}\n${rule}\n\n${text}\n`)
  return `toolyard contains parts of these packages:\n\n${texts.join('\n')}`
}
