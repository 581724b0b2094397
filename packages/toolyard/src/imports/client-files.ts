import { posix, win32 } from 'node:path'
import type { ImportFormat } from '@toolyard/core'

/** The machine and the user whose clients are looked up. */
export interface ClientPlace {
  /** The user's folder. */
  readonly home: string
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder of the project. */
  readonly cwd: string
}

/** A file in which a client keeps its MCP servers; it may not exist. */
export interface ClientFile {
  readonly client: string
  /** Whose servers are in it: those of the user, or those of the project in the current folder. */
  readonly scope: 'USER' | 'PROJECT'
  readonly format: Exclude<ImportFormat, 'AUTO'>
  readonly path: string
}

/** The folder in which applications keep the settings of a user. */
function settingsFolder({ home, platform, env }: ClientPlace): string {
  if (platform === 'win32') return env.APPDATA || win32.join(home, 'AppData', 'Roaming')
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support')
  return env.XDG_CONFIG_HOME || posix.join(home, '.config')
}

/**
 * Lists the files in which each client keeps its servers, those of the user before those of the project. They may not
 * exist. `docs/import.md` has the same as a table.
 */
export function clientFiles(place: ClientPlace): readonly ClientFile[] {
  const { home, platform, env, cwd } = place
  const { join } = platform === 'win32' ? win32 : posix
  const settings = settingsFolder(place)
  // Zed keeps to ~/.config on macOS as well.
  const zed =
    platform === 'darwin' ? join(home, '.config', 'zed') : join(settings, platform === 'win32' ? 'Zed' : 'zed')
  const cline = ['saoudrizwan.claude-dev', 'settings', 'cline_mcp_settings.json']
  // Goose keeps to ~/.config on macOS as well.
  const goose =
    platform === 'win32'
      ? join(settings, 'Block', 'goose', 'config', 'config.yaml')
      : join(platform === 'darwin' ? join(home, '.config') : settings, 'goose', 'config.yaml')
  const user = (client: string, format: ClientFile['format'], path: string) =>
    ({ client, scope: 'USER', format, path }) as const
  const project = (client: string, format: ClientFile['format'], ...path: readonly string[]) =>
    ({ client, scope: 'PROJECT', format, path: join(cwd, ...path) }) as const
  const files = [
    user('Claude Desktop', 'MCP_SERVERS_JSON', join(settings, 'Claude', 'claude_desktop_config.json')),
    user('Claude Code', 'MCP_SERVERS_JSON', join(env.CLAUDE_CONFIG_DIR || home, '.claude.json')),
    project('Claude Code', 'MCP_SERVERS_JSON', '.mcp.json'),
    user('Cursor', 'MCP_SERVERS_JSON', join(home, '.cursor', 'mcp.json')),
    project('Cursor', 'MCP_SERVERS_JSON', '.cursor', 'mcp.json'),
    user('VS Code', 'VSCODE_JSON', join(settings, 'Code', 'User', 'mcp.json')),
    project('VS Code', 'VSCODE_JSON', '.vscode', 'mcp.json'),
    user('Windsurf', 'MCP_SERVERS_JSON', join(home, '.codeium', 'windsurf', 'mcp_config.json')),
    user('Zed', 'ZED_JSON', join(zed, 'settings.json')),
    project('Zed', 'ZED_JSON', '.zed', 'settings.json'),
    user('Cline', 'MCP_SERVERS_JSON', join(settings, 'Code', 'User', 'globalStorage', ...cline)),
    user('LM Studio', 'MCP_SERVERS_JSON', join(home, '.lmstudio', 'mcp.json')),
    user('Continue', 'CONTINUE_YAML', join(home, '.continue', 'config.yaml')),
    user('Goose', 'GOOSE_YAML', goose),
    user('Codex', 'CODEX_TOML', join(env.CODEX_HOME || join(home, '.codex'), 'config.toml')),
    project('Codex', 'CODEX_TOML', '.codex', 'config.toml'),
    user('Gemini CLI', 'GEMINI_JSON', join(home, '.gemini', 'settings.json')),
    project('Gemini CLI', 'GEMINI_JSON', '.gemini', 'settings.json'),
  ]
  // In the user's home folder, some paths would appear twice.
  return files.filter(({ path }, index) => files.findIndex((each) => each.path === path) === index)
}
