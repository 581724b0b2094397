import { useEffect, useState } from 'react'
import { timeLeftText } from './time-left-text.ts'

const everyMs = 1_000

/** The time until the run ends without an answer, counting down. */
export function TimeLeft({ until }: { readonly until: string }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const interval = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(interval)
  }, [])
  return (
    <time dateTime={until} className="quiet number" title={`The run ends ${new Date(until).toLocaleString('en')}`}>
      {timeLeftText(new Date(until).getTime() - now)}
    </time>
  )
}
