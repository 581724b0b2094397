/** Modules that replace packages in the bundle. They export the same functions, and load rarely used ones on the first call. */
export const standIns: Readonly<Record<string, string>> = {
  // Building its Unicode classes and its segmenter takes a tenth of a short command.
  'string-width': String.raw`
export default function stringWidth(text, options) {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : require('string-width').default(text, options)
}`,
  // Leaves out the web APIs and caches, which are most of undici. Adds the request methods to dispatchers, as undici does.
  undici: `
import api from 'undici/lib/api/index.js'
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'

Object.assign(Dispatcher.prototype, api)

export { default as buildConnector } from 'undici/lib/core/connect.js'
export { default as Agent } from 'undici/lib/dispatcher/agent.js'
export { default as EnvHttpProxyAgent } from 'undici/lib/dispatcher/env-http-proxy-agent.js'
export { default as Pool } from 'undici/lib/dispatcher/pool.js'
export const fetch = async (...args) => (await import('undici')).default.fetch(...args)
export const request = async (...args) => (await import('undici')).default.request(...args)
`,
}
