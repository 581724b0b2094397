import { useEffect, useState } from 'react'
import { durationText } from '../text/time.tsx'

const everyMs = 1_000

/** Time since a moment, in whole seconds and counting. */
export function Elapsed({ since }: { readonly since: string }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const interval = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(interval)
  }, [])
  const seconds = Math.max(0, Math.floor((now - new Date(since).getTime()) / 1_000))
  // Not announced each second: the status beside it is.
  return (
    <span className="quiet number" aria-hidden="true" data-elapsed={seconds}>
      {durationText(seconds * 1_000).replace(/^0 ms$/, '0 s')}
    </span>
  )
}
