import { describe, expect, it } from 'vitest'
import { emptyDraft } from './server-draft.ts'
import { suggestName, withSuggestedName } from './suggest-name.ts'

const ofCommand = (command: string, args = '') => suggestName({ ...emptyDraft, command, args }, [])
const ofUrl = (serverUrl: string) => suggestName({ ...emptyDraft, transport: 'streamableHttp', serverUrl }, [])

describe('the name of a new server', () => {
  it.each([
    ['npx -y @modelcontextprotocol/server-everything', 'everything'],
    ['npx -y @modelcontextprotocol/server-filesystem@2026.8.31 /data', 'filesystem'],
    ['npx @playwright/mcp@latest --headless', 'playwright'],
    ['npx chrome-devtools-mcp', 'chrome-devtools'],
    ['uvx mcp-server-git --repository .', 'git'],
    ['uv run --with mcp server.py', ''],
    ['node /srv/weather/dist/index.js stdio', 'weather'],
    [String.raw`C:\tools\stock-mcp.exe --stdio`, 'stock'],
    ['docker run -i --rm ghcr.io/github/github-mcp-server:1.2', 'github'],
    ['/usr/local/bin/my-server', 'my'],
    ['TOKEN=abc npx -y tavily-mcp', 'tavily'],
    ['npx', ''],
    ['', ''],
  ])('of %s is %s', (command, name) => {
    expect(ofCommand(command)).toBe(name)
  })

  it('is the same once the line is split', () => {
    expect(ofCommand('npx', '-y\n@modelcontextprotocol/server-everything')).toBe('everything')
  })

  it.each([
    ['https://mcp.notion.com/mcp', 'notion'],
    ['https://api.githubcopilot.com/mcp/', 'githubcopilot'],
    ['https://mcp.example.co.uk/', 'example'],
    ['http://127.0.0.1:3001/mcp', '127.0.0.1-3001'],
    ['http://localhost:3001/mcp', 'localhost-3001'],
    ['http://[::1]:3001/mcp', '1-3001'],
    ['nothing of the kind', ''],
  ])('of %s is %s', (url, name) => {
    expect(ofUrl(url)).toBe(name)
  })

  it('is one that no other server has', () => {
    const draft = { ...emptyDraft, command: 'npx tavily-mcp' }
    expect(suggestName(draft, ['tavily', 'tavily-2'])).toBe('tavily-3')
  })

  it('follows the command until the user enters another, and never changes that of a stored server', () => {
    const typed = { ...emptyDraft, command: 'npx tavily-mcp' }
    const named = withSuggestedName(emptyDraft, typed, [])
    expect(named.name).toBe('tavily')
    expect(withSuggestedName(named, { ...named, command: 'npx firecrawl-mcp' }, []).name).toBe('firecrawl')
    const own = { ...named, name: 'mine' }
    expect(withSuggestedName(named, own, []).name).toBe('mine')
    expect(withSuggestedName(own, { ...own, command: 'npx firecrawl-mcp' }, []).name).toBe('mine')
    const stored = { ...own, storedTransport: 'stdio' as const, name: '' }
    expect(withSuggestedName(stored, { ...stored, command: 'npx firecrawl-mcp' }, []).name).toBe('')
  })
})
