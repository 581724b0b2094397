import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { forgetApiKey, readApiKey } from '../api/api-key.ts'
import { apiPath } from '../api/client.ts'
import { type Scope, useMissingScope } from '../api/viewer.ts'
import { type Place, places } from '../app/places.ts'
import type { Entry } from './entries.ts'

interface ActionHandlers {
  readonly onListKeys: () => void
  readonly onKeyChange: () => void
}

/** What can be done from everywhere: go to a page, add a server, change the theme. */
export function useActions({ onListKeys, onKeyChange }: ActionHandlers): readonly Entry[] {
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light') === 'dark'
  const missing: Partial<Record<Scope, string | undefined>> = {
    write: useMissingScope('write'),
    admin: useMissingScope('admin'),
  }
  const goTo = ({ href, name, icon, scope }: Place): Entry => ({
    id: `page-${name}`,
    icon,
    name: `Go to ${name}`,
    deed: { type: 'GO', href },
    missing: scope && missing[scope],
  })
  const theme = isDark ? 'light' : 'dark'
  return [
    {
      id: 'add-server',
      icon: 'add',
      name: 'Add a server',
      deed: { type: 'GO', href: '/servers/new' },
      missing: missing.write,
    },
    ...places.map(goTo),
    {
      id: 'theme',
      icon: theme,
      name: `Use the ${theme} theme`,
      deed: { type: 'DO', act: () => setColorScheme(theme) },
    },
    { id: 'keys', icon: 'keyboard', name: 'List the keys', deed: { type: 'DO', act: onListKeys } },
    {
      id: 'graphiql',
      icon: 'export',
      name: 'Open GraphiQL',
      deed: { type: 'DO', act: () => window.location.assign(apiPath) },
    },
    ...(readApiKey() === undefined
      ? []
      : [
          {
            id: 'forget-key',
            icon: 'key' as const,
            name: 'Forget the API key',
            deed: {
              type: 'DO' as const,
              act: () => {
                forgetApiKey()
                onKeyChange()
              },
            },
          },
        ]),
  ]
}
