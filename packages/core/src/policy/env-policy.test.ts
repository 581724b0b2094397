import { describe, expect, it } from 'vitest'
import { createEnvPolicy } from './env-policy.ts'

const npx = { command: 'npx', file: '/usr/bin/npx' }
const other = { command: './npx2', file: '/opt/npx2' }

function isAllowed(list: readonly string[], name: string, started = npx, areCommandsRestricted = true): boolean {
  try {
    createEnvPolicy(list, areCommandsRestricted).assertEnv([name], started, () => ['env', name])
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_INPUT', path: ['env', name] })
    return false
  }
}

describe('an environment variable of a child', () => {
  it.each([
    ...['NODE_OPTIONS', 'NODE_PATH', 'PYTHONPATH', 'PYTHONHOME', 'LD_PRELOAD', 'DYLD_INSERT_LIBRARIES', 'BASH_ENV'],
    ...['HOME', 'XDG_CONFIG_HOME', 'RUBYLIB', 'PERL5LIB', 'JAVA_TOOL_OPTIONS', 'npm_config_registry', 'GIT_ASKPASS'],
    ...['CLASSPATH', 'NODE_EXTRA_CA_CERTS', 'OPENSSL_CONF', 'SHELL', 'TMPDIR', 'API_KEY', '__proto__', ' ', 'a b'],
  ])('such as %s is refused unless a rule names it', (name) => {
    expect(isAllowed([], name)).toBe(false)
    expect(isAllowed(['OTHER', `${name}2`, `X${name}`], name)).toBe(false)
    expect(isAllowed(['OTHER', name], name)).toBe(true)
    expect(isAllowed([`${name.slice(0, 1)}*`], name)).toBe(true)
    expect(isAllowed(['*'], name)).toBe(true)
  })

  it('is named for one command by its name or its file', () => {
    for (const rule of ['npx:A', '/usr/bin/npx:A', 'np*:A', '*:A', '/usr/*:A', 'npx:*']) {
      expect(isAllowed([rule], 'A'), rule).toBe(true)
    }
    for (const rule of ['npx:B', '/opt/npx:A', 'npx2:A', 'npx', 'NPX:A', 'A:npx', '/usr/bin:A']) {
      expect(isAllowed([rule], 'A'), rule).toBe(false)
    }
    expect(isAllowed(['npx:A'], 'A', other)).toBe(false)
  })

  it('is not PATH, in any case, where commands are restricted', () => {
    for (const name of ['PATH', 'Path', 'path']) {
      expect(isAllowed(['*', 'PATH', 'npx:PATH'], name)).toBe(false)
      expect(isAllowed(['*'], name, npx, false)).toBe(true)
    }
  })

  it('is refused with the setting that would allow it', () => {
    const policy = createEnvPolicy(['A'], true)
    expect(() => policy.assertEnv(['A', 'PYTHONPATH'], npx, () => [])).toThrow(
      'The environment variable PYTHONPATH may not be set for the command "npx" by this registry: allowed: A. To allow it, add npx:PYTHONPATH to stdio.allowEnv (TOOLYARD_STDIO_ALLOW_ENV)',
    )
  })
})

it.each(['', ':A', 'npx:', 'A=B', './npx:A', 'bin/npx:A', 'A\0'])('the rule %j is refused', (rule) => {
  expect(() => createEnvPolicy([rule], true)).toThrow('stdio.allowEnv: expected NAME or COMMAND:NAME')
})
