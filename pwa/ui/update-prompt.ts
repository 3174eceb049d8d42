import type { Live } from '../client/client.ts'

/** Whether a new version of the app waits to take over. `accept` lets it: the page loads again with the new version. */
export type UpdatePrompt = Live<boolean> & { accept(): void }
