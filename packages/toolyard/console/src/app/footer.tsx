import { useQuery } from 'urql'
import { Link } from 'wouter'
import { registryInfo } from '../api/api-gate.tsx'
import { apiPath } from '../api/client.ts'

interface FooterProps {
  readonly onChoose: () => void
}

/** The version that serves the page, its documentation, and GraphiQL. */
export function Footer({ onChoose }: FooterProps) {
  const [{ data }] = useQuery({ query: registryInfo, requestPolicy: 'cache-first' })
  return (
    <footer className="footer">
      {data && <span className="quiet">toolyard {data.registryInfo.version}</span>}
      <Link href="/docs" onClick={onChoose}>
        Docs
      </Link>
      <a href={apiPath}>GraphiQL</a>
    </footer>
  )
}
