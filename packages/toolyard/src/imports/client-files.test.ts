import { describe, expect, it } from 'vitest'
import { type ClientPlace, clientFiles } from './client-files.ts'

const linux: ClientPlace = { home: '/home/me', platform: 'linux', env: {}, cwd: '/project' }
const mac: ClientPlace = { home: '/Users/me', platform: 'darwin', env: {}, cwd: '/project' }
const windows: ClientPlace = {
  home: 'C:\\Users\\me',
  platform: 'win32',
  env: { APPDATA: 'D:\\Roaming' },
  cwd: 'C:\\project',
}

const pathOf = (place: ClientPlace, client: string, scope: 'USER' | 'PROJECT' = 'USER') =>
  clientFiles(place).find((file) => file.client === client && file.scope === scope)?.path

describe('clientFiles', () => {
  it.each([
    ['Claude Desktop', '/home/me/.config/Claude/claude_desktop_config.json', linux],
    ['Claude Desktop', '/Users/me/Library/Application Support/Claude/claude_desktop_config.json', mac],
    ['Claude Desktop', 'D:\\Roaming\\Claude\\claude_desktop_config.json', windows],
    ['Claude Code', '/home/me/.claude.json', linux],
    ['Cursor', '/home/me/.cursor/mcp.json', linux],
    ['VS Code', '/home/me/.config/Code/User/mcp.json', linux],
    ['VS Code', '/Users/me/Library/Application Support/Code/User/mcp.json', mac],
    ['VS Code', 'D:\\Roaming\\Code\\User\\mcp.json', windows],
    ['Windsurf', 'C:\\Users\\me\\.codeium\\windsurf\\mcp_config.json', windows],
    ['Zed', '/home/me/.config/zed/settings.json', linux],
    ['Zed', '/Users/me/.config/zed/settings.json', mac],
    ['Zed', 'D:\\Roaming\\Zed\\settings.json', windows],
    ['Codex', '/home/me/.codex/config.toml', linux],
    ['Gemini CLI', '/home/me/.gemini/settings.json', linux],
  ] as const)('has the user file of %s at %s', (client, path, place) => {
    expect(pathOf(place, client)).toBe(path)
  })

  it('has the files of the project in the current folder', () => {
    const files = clientFiles(linux).filter(({ scope }) => scope === 'PROJECT')
    expect(files.map(({ path }) => path)).toEqual([
      '/project/.mcp.json',
      '/project/.cursor/mcp.json',
      '/project/.vscode/mcp.json',
      '/project/.zed/settings.json',
      '/project/.codex/config.toml',
      '/project/.gemini/settings.json',
    ])
    expect(pathOf(windows, 'VS Code', 'PROJECT')).toBe('C:\\project\\.vscode\\mcp.json')
  })

  it('follows the variables by which a user moves the folders', () => {
    const env = { XDG_CONFIG_HOME: '/xdg', CODEX_HOME: '/codex', CLAUDE_CONFIG_DIR: '/claude' }
    const moved = { ...linux, env }
    expect(pathOf(moved, 'VS Code')).toBe('/xdg/Code/User/mcp.json')
    expect(pathOf(moved, 'Codex')).toBe('/codex/config.toml')
    expect(pathOf(moved, 'Claude Code')).toBe('/claude/.claude.json')
    expect(pathOf({ ...windows, env: {} }, 'VS Code')).toBe('C:\\Users\\me\\AppData\\Roaming\\Code\\User\\mcp.json')
  })

  it('says the format of each', () => {
    const formats = Object.fromEntries(clientFiles(linux).map(({ client, format }) => [client, format]))
    expect(formats).toEqual({
      'Claude Desktop': 'MCP_SERVERS_JSON',
      'Claude Code': 'MCP_SERVERS_JSON',
      Cursor: 'MCP_SERVERS_JSON',
      'VS Code': 'VSCODE_JSON',
      Windsurf: 'MCP_SERVERS_JSON',
      Zed: 'ZED_JSON',
      Cline: 'MCP_SERVERS_JSON',
      'LM Studio': 'MCP_SERVERS_JSON',
      Continue: 'CONTINUE_YAML',
      Goose: 'GOOSE_YAML',
      Codex: 'CODEX_TOML',
      'Gemini CLI': 'GEMINI_JSON',
    })
  })
})

it('names no file twice where the current folder is that of the user', () => {
  const paths = clientFiles({ home: '/home/me', platform: 'linux', env: {}, cwd: '/home/me' }).map(({ path }) => path)
  expect(paths.filter((path) => path.endsWith('/.cursor/mcp.json'))).toEqual(['/home/me/.cursor/mcp.json'])
  expect(paths).toHaveLength(new Set(paths).size)
})
