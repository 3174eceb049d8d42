import { Dialog } from './dialog.tsx'

/** Where the browser has the app installed from its own menu: the way there, in its words. */
export function InstallDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Install Letterlock" onClose={onClose}>
      <div class="prose">
        <p>Installed, Letterlock opens in a window of its own, and the browser keeps its data longer.</p>
        <ul>
          <li>
            <b>iPhone and iPad</b>: open the share menu of Safari and choose “Add to Home Screen”.
          </li>
          <li>
            <b>Safari on a Mac</b>: in the File menu, choose “Add to Dock”.
          </li>
          <li>
            <b>Firefox on Android</b>: open the menu and choose “Add app to Home screen”.
          </li>
          <li>
            <b>Firefox on a computer</b> installs no apps on most systems. Letterlock works in a tab all the
            same, also offline.
          </li>
          <li>
            <b>Chrome and Edge</b>: open the menu and choose “Install Letterlock” or “Install page as app”.
          </li>
        </ul>
      </div>
    </Dialog>
  )
}
