import { useBrowserLocation } from 'wouter/use-browser-location'
import { mayLeave } from '../forms/unsaved.ts'

/** The location, which is left only where nothing that was typed would be lost. */
export const useGuardedLocation: typeof useBrowserLocation = (options) => {
  const [location, navigate] = useBrowserLocation(options)
  const guarded: typeof navigate = (to, navigateOptions) => {
    if (mayLeave()) navigate(to, navigateOptions)
  }
  return [location, guarded]
}
