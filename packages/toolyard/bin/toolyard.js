#!/usr/bin/env node
// Plain JavaScript without a static import: on a Node.js that is too old, what the program imports would not even load.

/** @param {string} version */
function isSupported(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return (major === 22 && minor >= 19) || (major === 24 && minor >= 11) || major >= 26
}

if (isSupported(process.versions.node)) {
  // Read when graphql is loaded: outside production it looks for a second copy of itself at every field of an answer.
  process.env.NODE_ENV ??= 'production'
  const { env, stdin, stdout, stderr } = process
  const { keepCompiledCode } = await import('./compile-cache.js')
  keepCompiledCode(env)
  const { run } = await import('../dist/bundle/program.js')
  process.exitCode = await run(process.argv, { env, stdin, stdout, stderr })
} else {
  process.stderr.write(
    `toolyard needs Node.js 22.19 or later, 24.11 or later, or 26 and up; this is ${process.versions.node}\n`,
  )
  process.exitCode = 2
}
