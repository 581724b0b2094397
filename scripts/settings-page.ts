import type { Setting } from '../packages/toolyard/src/settings/setting.ts'
import { settingGroups } from '../packages/toolyard/src/settings/setting-groups.ts'

const introduction = `# Settings of \`toolyard serve\`

<!-- Written by npm run docs:settings from the code that reads the settings. Do not edit. -->

A flag beats an environment variable, which beats the default; an empty variable counts as unset. \`npx toolyard serve --help\` lists the same. A value that is not understood ends the start with exit code 2 and one line that names the setting, what it got and what it takes. A variable that begins with \`TOOLYARD_\` and is not known is logged.

"With keys" is the default where \`TOOLYARD_API_KEYS\` asks for API keys, and another one than without.
`

const cell = (text: string) => text.replaceAll(/[|*]/g, '\\$&')
const code = (text: string) => `\`${cell(text)}\``
const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

function rowOf({ variable, flag, fallback, keyedFallback, description, takes }: Setting<unknown>): string {
  const usual = fallback === '' ? 'none' : code(fallback)
  const keyed = keyedFallback === undefined ? '' : `; with keys ${code(keyedFallback)}`
  const name = flag === undefined ? 'no flag' : code(`--${flag}`)
  const what = `${sentence(cell(description))}. Takes ${cell(takes)}.`
  return `| ${code(variable)}<br>${name} | ${usual}${keyed} | ${what} |`
}

/** docs/settings.md, from the settings that the server reads. */
export function settingsPage(): string {
  const groups = settingGroups().map(({ title, settings }) => {
    const rows = settings.map(rowOf).join('\n')
    return `## ${title}\n\n| variable and flag | default | |\n| --- | --- | --- |\n${rows}\n`
  })
  return [introduction, ...groups].join('\n')
}
