import { spawn } from 'node:child_process'

/** The command that opens an address in the browser of the desktop. None of them is a shell. */
function openerFor(platform: NodeJS.Platform): readonly [string, ...string[]] {
  if (platform === 'darwin') return ['open']
  // `start` is a word of cmd.exe, which would read the address as a command line.
  if (platform === 'win32') return ['rundll32.exe', 'url.dll,FileProtocolHandler']
  return ['xdg-open']
}

/** The environment of the browser: no setting of toolyard, as some hold keys. */
function withoutOwnVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.toUpperCase().startsWith('TOOLYARD_')))
}

export interface OpenBrowserOptions {
  readonly env: NodeJS.ProcessEnv
  readonly platform?: NodeJS.Platform
  /** Called at most once, with the reason, if the browser could not be opened. */
  readonly onFailure: (reason: string) => void
}

/** The address if a browser may be sent there: http or https, without a character that a terminal or a command would read. */
export function browserUrl(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined
  return url && (url.protocol === 'http:' || url.protocol === 'https:') ? url.href : undefined
}

/** Opens the address, which has to be one of `browserUrl`, and waits for nothing: the browser outlives the command. */
export function openBrowser(url: string, { env, platform = process.platform, onFailure }: OpenBrowserOptions): void {
  const [command, ...args] = openerFor(platform)
  const child = spawn(command, [...args, url], {
    env: withoutOwnVariables(env),
    stdio: 'ignore',
    detached: true,
    shell: false,
  })
  child.once('error', (error: NodeJS.ErrnoException) => onFailure(`${command}: ${error.code ?? error.message}`))
  child.once('exit', (code) => {
    if (code !== null && code !== 0) onFailure(`${command} ended with ${code}`)
  })
  child.unref()
}
