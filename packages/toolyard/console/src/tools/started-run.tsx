import { useEffect, useRef } from 'react'
import { RunView } from '../runs/run-view.tsx'

/** Where the result is beside the form, as in run-tool.css. */
const besideEachOther = '(min-width: 1200px)'

/** The run that the form has started last, or the place for it. */
export function StartedRun({ id }: { readonly id: string | undefined }) {
  const side = useRef<HTMLDivElement>(null)
  // On a narrow page the result is below the form, which may be long.
  useEffect(() => {
    if (id !== undefined && !window.matchMedia(besideEachOther).matches) side.current?.scrollIntoView()
  }, [id])
  if (id === undefined) return <div className="run-pending quiet">The result appears here.</div>
  return (
    <div className="run-side" ref={side}>
      <RunView key={id} id={id} />
    </div>
  )
}
