// Plain JavaScript, loaded before the program, so that Node.js compiles the program once a machine, not once a start.
import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { enableCompileCache, getCompileCacheDir } from 'node:module'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

/**
 * Finds the cache folder of the user.
 * @param {NodeJS.ProcessEnv} env
 */
function userCacheFolder(env) {
  if (process.platform === 'win32') return env.LOCALAPPDATA
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return env.XDG_CACHE_HOME
  return join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache')
}

/**
 * Tells whether only this user and root can write below `folder`: Node.js runs the code that it finds there. Checks the
 * folders above, too, as their owners could replace it.
 * @param {string} folder
 * @param {boolean} isAbove
 */
function isOwn(folder, isAbove = false) {
  // Windows closes the folders of a user to other users.
  const user = process.geteuid?.()
  if (user === undefined) return true
  const { uid, mode } = statSync(folder)
  // In a folder with the sticky bit, such as /tmp, users cannot replace each other's files.
  const isClosed = (mode & 0o022) === 0 || (isAbove && (mode & 0o1000) !== 0)
  if ((uid !== user && uid !== 0) || !isClosed) return false
  const parent = dirname(folder)
  return parent === folder || isOwn(parent, true)
}

/** @param {string} folder */
function existingPart(folder) {
  return existsSync(folder) ? realpathSync(folder) : existingPart(dirname(folder))
}

/**
 * Lets Node.js keep compiled code in the cache folder of the user. Does nothing if NODE_COMPILE_CACHE names another folder, if
 * NODE_DISABLE_COMPILE_CACHE forbids it, if coverage is measured, which would be less exact, or if no folder is safe.
 * @param {NodeJS.ProcessEnv} env
 */
export function keepCompiledCode(env) {
  if (env.NODE_DISABLE_COMPILE_CACHE || env.NODE_V8_COVERAGE || getCompileCacheDir() !== undefined) return
  try {
    const base = userCacheFolder(env)
    if (!base) return
    const folder = join(base, 'toolyard', 'compiled')
    // Checks before it creates anything: under `sudo`, HOME may be that of another user.
    if (!isOwn(existingPart(folder), !existsSync(folder))) return
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (isOwn(realpathSync(folder))) enableCompileCache(folder)
  } catch {
    // Without a cache, Node.js compiles the program at each start.
  }
}
