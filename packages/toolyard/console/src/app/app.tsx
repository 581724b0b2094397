import { MantineProvider } from '@mantine/core'
import { useState } from 'react'
import { Provider } from 'urql'
import { Router } from 'wouter'
import { ApiGate } from '../api/api-gate.tsx'
import { createApiClient } from '../api/client.ts'
import { CallerProvider } from '../caller/caller-drafts.tsx'
import { LiveProvider } from '../live/live-context.tsx'
import { ToastsProvider } from '../toasts/toasts-context.tsx'
import { useGuardedLocation } from './navigation.ts'
import { Shell } from './shell.tsx'
import { readableColors, theme } from './theme.ts'
import { Views } from './views.tsx'

export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={readableColors} defaultColorScheme="auto">
      <Session />
    </MantineProvider>
  )
}

/** Ties all cached data to one API key: a new key starts with an empty cache. */
function Session() {
  const [session, setSession] = useState(() => ({ id: 0, client: createApiClient() }))
  const begin = () => setSession(({ id }) => ({ id: id + 1, client: createApiClient() }))
  return (
    <Provider key={session.id} value={session.client}>
      <ApiGate onKeyChange={begin}>
        <LiveProvider>
          <CallerProvider>
            <ToastsProvider>
              <Router hook={useGuardedLocation}>
                <Shell onKeyChange={begin}>
                  <Views />
                </Shell>
              </Router>
            </ToastsProvider>
          </CallerProvider>
        </LiveProvider>
      </ApiGate>
    </Provider>
  )
}
