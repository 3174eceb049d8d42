import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { InstallPrompt } from '../install-prompt.ts'

export const InstallContext = createContext<InstallPrompt | null>(null)

/** How this browser installs the app. Throws outside the app. */
export function useInstall(): InstallPrompt {
  const install = useContext(InstallContext)
  if (install === null) throw new Error('useInstall is for components inside the app')
  return install
}
