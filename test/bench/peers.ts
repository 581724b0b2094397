import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

/** Exact, so that figures of two days can be compared. */
const versions: Readonly<Record<string, string>> = {
  'mcp-hub': '4.2.1',
  '@ai-sdk/mcp': '2.0.99',
  mcporter: '0.12.3',
}

const folder = fileURLToPath(new URL('.peers/', import.meta.url))

export function peerPath(name: string): string {
  return `${folder}node_modules/${name}`
}

/** What a peer exports. */
export async function importPeer(name: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  return import(pathToFileURL(`${peerPath(name)}/${file}`).href)
}

async function isInstalled(name: string): Promise<boolean> {
  const file = `${peerPath(name)}/package.json`
  if (!existsSync(file)) return false
  const found: unknown = JSON.parse(await readFile(file, 'utf8'))
  return typeof found === 'object' && found !== null && 'version' in found && found.version === versions[name]
}

/**
 * Installs the peers where they are not there yet: in a folder of their own that nothing else sees, without a lockfile
 * and without their install scripts. Rejects where npm fails, as it does without a network.
 */
export async function installPeers(): Promise<void> {
  const present = await Promise.all(Object.keys(versions).map(isInstalled))
  if (present.every(Boolean)) return
  await mkdir(folder, { recursive: true })
  // A package of its own: without it npm would look for one in the folders above, and find the project's.
  await writeFile(`${folder}package.json`, '{ "private": true }\n')
  const flags = [
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--fetch-retries=1',
    '--prefix',
    folder,
  ]
  const packages = Object.entries(versions).map(([name, version]) => `${name}@${version}`)
  await promisify(execFile)('npm', ['install', ...flags, ...packages], {
    cwd: folder,
    timeout: 180_000,
    shell: process.platform === 'win32',
  })
}
