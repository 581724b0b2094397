import { Button, type ButtonProps } from '@mantine/core'
import { Link } from 'wouter'
import { type Scope, useMissingScope } from './viewer.ts'

interface LinkButtonProps extends ButtonProps {
  readonly href: string
  /** What the key needs on the page that it leads to. */
  readonly scope: Scope
}

/** A button that leads to a page. If the key lacks the scope, it is disabled, and its tooltip says so. */
export function LinkButton({ href, scope, ...button }: LinkButtonProps) {
  const obstacle = useMissingScope(scope)
  return obstacle === undefined ? (
    <Button component={Link} href={href} {...button} />
  ) : (
    <Button disabled title={obstacle} {...button} />
  )
}
