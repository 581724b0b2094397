import { describe, expect, it } from 'vitest'
import { isEnvAllowed } from './unsafe-env.ts'

describe('an environment variable of a child', () => {
  it.each([
    'NODE_OPTIONS',
    'node_options',
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'DYLD_INSERT_LIBRARIES',
    'BASH_ENV',
    'BASH_FUNC_x%%',
    'PYTHONSTARTUP',
    'PERL5OPT',
    'RUBYOPT',
    'JAVA_TOOL_OPTIONS',
    'DOTNET_STARTUP_HOOKS',
    'GIT_SSH_COMMAND',
  ])('that makes other code run, such as %s, is refused unless it is allowed', (name) => {
    expect(isEnvAllowed(name, [])).toBe(false)
    expect(isEnvAllowed(name, ['OTHER', name])).toBe(true)
    expect(isEnvAllowed(name, [`${name.slice(0, 3)}*`])).toBe(true)
  })

  it.each(['API_KEY', 'ENV', 'PYTHONPATH', 'NODE_ENV', 'MY_LD_PRELOAD', 'OLD_VALUE', 'GIT_AUTHOR_NAME', '__proto__'])(
    'that does not, such as %s, is allowed',
    (name) => {
      expect(isEnvAllowed(name, [])).toBe(true)
    },
  )
})
