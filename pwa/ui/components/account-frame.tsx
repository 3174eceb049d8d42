import type { ComponentChildren } from 'preact'
import { LockIcon, OfflineIcon, ShieldIcon } from './icons.tsx'
import { Link } from './link.tsx'
import { Mark } from './mark.tsx'

/** The frame of sign-in and registration: what Letterlock is, beside the form. */
export function AccountFrame({ children }: { children: ComponentChildren }) {
  return (
    <div class="account">
      <aside class="account-pitch">
        <p class="brand">
          <Mark />
          Letterlock
        </p>
        <div class="pitch-words">
          <p class="pitch-line">Letters only the two of you can open.</p>
          <ul class="pitch-list">
            <li>
              <LockIcon />
              Sealed in your browser and opened in your contact’s. The server only carries them.
            </li>
            <li>
              <OfflineIcon />
              Read and write without a connection. What you wrote leaves when you are back.
            </li>
            <li>
              <ShieldIcon />
              Password and one-time code for everyone, always.
            </li>
          </ul>
        </div>
      </aside>
      <main class="account-main">
        <div class="account-card">
          {children}
          <p class="account-other fine">
            <Link to={{ name: 'help' }}>Help</Link> · <Link to={{ name: 'privacy' }}>Privacy</Link>
          </p>
        </div>
      </main>
    </div>
  )
}
