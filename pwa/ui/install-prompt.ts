import type { Live } from '../client/contract/live.ts'

/**
 * How this browser installs the app. `offered`: it asks when we say so. `by-menu`: the person finds it in the browser's own menu.
 * `installed`: this window is the installed app.
 */
export type InstallState = 'offered' | 'by-menu' | 'installed'

export type InstallPrompt = Live<InstallState> & {
  /** Has the browser ask; only while `offered`. */
  ask(): void
}
