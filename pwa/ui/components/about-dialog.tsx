import { BrowserLimits } from './browser-limits.tsx'
import { Dialog } from './dialog.tsx'

declare global {
  interface ImportMetaEnv {
    /** Of package.json, put in by the build. */
    readonly VITE_VERSION: string
  }
}

/** What the app protects, and what it does not, plainly. */
export function AboutDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="About and security" onClose={onClose}>
      <div class="prose">
        <p>
          Letterlock carries messages between two people. They are sealed in your browser and opened in your
          contact’s browser; the server keeps and orders sealed entries and has no key to any of them.
        </p>
        <h3>What the server sees</h3>
        <p>Who writes to whom, when, and roughly how much. Usernames and public keys. Never a message.</p>
        <h3>What you should know</h3>
        <ul>
          <li>
            Keys are kept in this browser so that old messages can be read again. Whoever copies this
            browser’s storage can read your history.
          </li>
          <li>
            The server delivers the code of this app. A server that turned against you could deliver other
            code.
          </li>
          <li>
            If the server withheld the newest message of a conversation, that would show only when the other
            side next writes.
          </li>
          <li>
            A contact’s security code changes when they use a new browser or cleared the old one. You are told
            whenever it does.
          </li>
        </ul>
        <BrowserLimits />
        <h3>If you clear this browser’s data</h3>
        <p>
          The keys go with it. Messages that you have not opened before cannot be read afterwards, and your
          contacts see that your security code changed.
        </p>
        <p class="fine">
          Version {import.meta.env.VITE_VERSION}. Letterlock is free software under the AGPL, version 3 or
          later.
        </p>
      </div>
    </Dialog>
  )
}
