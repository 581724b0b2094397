import { ActionIcon, AppShell, Burger, Group, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { type ReactNode, useEffect, useRef } from 'react'
import { Link, useLocation } from 'wouter'
import { forgetApiKey, readApiKey } from '../api/api-key.ts'
import { Keyboard } from '../keys/keyboard.tsx'
import { ConnectionBanner } from '../live/connection-banner.tsx'
import { ConnectionMark } from '../live/connection-mark.tsx'
import { useConnection } from '../live/live-context.tsx'
import { Footer } from './footer.tsx'
import { Icon } from './icons.tsx'
import { Navigation } from './navigation-links.tsx'

interface ShellProps {
  readonly children: ReactNode
  readonly onKeyChange: () => void
}

function ColorSchemeToggle() {
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light') === 'dark'
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={isDark ? 'Light theme' : 'Dark theme'}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
    >
      <Icon name={isDark ? 'light' : 'dark'} />
    </ActionIcon>
  )
}

export function Shell({ children, onKeyChange }: ShellProps) {
  const [isOpen, { toggle, close }] = useDisclosure()
  const [location] = useLocation()
  const connection = useConnection()
  const shown = useRef(location)
  useEffect(() => {
    if (shown.current === location) return
    shown.current = location
    close()
    const content = document.getElementById('content')
    // The focused element left with the previous page, unless the new page has already set the focus.
    if (!content?.contains(document.activeElement)) content?.focus({ preventScroll: true })
  }, [location, close])
  useEffect(() => {
    // The key was revoked while the page was open, so the sign-in form replaces the page.
    if (connection === 'KEY_REFUSED') onKeyChange()
  }, [connection, onKeyChange])

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <a href="#content" className="skip">
        Skip to content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? 'Close navigation' : 'Open navigation'}
            />
            <Link href="/" className="brand">
              <img src="/favicon.svg" alt="" width={24} height={24} /> toolyard
            </Link>
          </Group>
          <Group gap="sm" wrap="nowrap">
            <Keyboard onKeyChange={onKeyChange} />
            <ConnectionMark />
            <ColorSchemeToggle />
            {readApiKey() !== undefined && (
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label="Forget the API key"
                onClick={() => {
                  forgetApiKey()
                  onKeyChange()
                }}
              >
                <Icon name="key" />
              </ActionIcon>
            )}
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <Navigation onChoose={close} />
        <Footer onChoose={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <ConnectionBanner />
        <div className="content">{children}</div>
      </AppShell.Main>
    </AppShell>
  )
}
