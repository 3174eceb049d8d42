import { Link } from '../components/link.tsx'
import { ReadingPage } from '../components/reading-page.tsx'

/** How to protect what signs in to an account, and what to do when some of it is lost. */
export function Help({ isInside }: { isInside: boolean }) {
  // That screen is for people who are signed out.
  const toRecovery = (words: string) => (isInside ? words : <Link to={{ name: 'recover' }}>{words}</Link>)
  return (
    <ReadingPage title="Help with your account" isInside={isInside}>
      <h3>Protect what you sign in with</h3>
      <ul>
        <li>
          <b>Password.</b> Use it for Letterlock only, tell it to nobody, and let a password manager make and
          keep it. Nobody who runs this server will ever ask you for it.
        </li>
        <li>
          <b>Authenticator app.</b> Keep it on a device that locks itself. Never type one of its codes on a
          page whose address is not the one you know: codes can be passed on by a page that only looks like
          this one.
        </li>
        <li>
          <b>Recovery codes.</b> Keep them on paper or in a place that is not the device with the app. Each
          works once, in the order of their numbers; cross out what you used.
        </li>
        <li>
          <b>Passkey or security key.</b> Keep a security key with you and lend it to nobody, and lock the
          device that a passkey is on. A page that only looks like this one cannot use it.
        </li>
        <li>
          <b>This browser.</b> Your keys and messages are in it. Lock the device, and sign out on devices that
          others use.
        </li>
        <li>
          <b>Your keys.</b> Only they open your messages. “Key backup” in the menu keeps a copy that a code of
          yours opens, for the day when this browser’s storage is cleared.
        </li>
      </ul>
      <p>Have two ways beside the password: a second app, or a passkey or security key, beside the codes.</p>

      <h3>You lost a phone, an app or a key</h3>
      <ul>
        <li>
          <b>You are signed in somewhere.</b> Open “Account” there and choose “Lost it” beside the app or the
          key. It signs in no more from that moment, and your other sessions end. If it turns up, choose “Use
          again”.
        </li>
        <li>
          <b>You are not.</b> {toRecovery('Report the loss with your name and password')}; nothing else is
          needed. Then sign in with your password and a recovery code, and take back what you still have.
        </li>
      </ul>

      <h3>Your keys or messages are gone from this browser</h3>
      <ul>
        <li>
          <b>You have a key backup.</b> Restore it: all that it holds keys for can be read again, and you are
          told how many messages came back.
        </li>
        <li>
          <b>You have none.</b> Go on with new keys, then ask in each conversation, by its menu or the line
          above the field, whether the other person shares the history again. They see who asks and what would
          be sent, and nothing is sent before they agree. What comes is marked: it is their word.
        </li>
        <li>
          <b>Somebody asks you.</b> Compare the safety number first, in person or by voice. Whoever got into
          an account would ask just like its owner.
        </li>
      </ul>

      <h3>You lost the recovery codes, or somebody may have seen them</h3>
      <p>Open “Account” and make new ones. The old list is worth nothing from then on.</p>

      <h3>You forgot the password</h3>
      <p>
        With a code of your app and the next recovery code you can {toRecovery('set a new one')}. All sessions
        end.
      </p>

      <h3>Somebody may know the password, or you see an event that was not you</h3>
      <p>
        Open “Account”, change the password, and look at “Where you are signed in”: changing it has ended all
        other sessions. Then look at “How you sign in” and remove what you do not know.
      </p>

      <h3>You lost more than one of them</h3>
      <p>
        Without password and app, or without app and codes, nobody can let you in, and neither can we: there
        is no other proof that the account is yours. What is in a browser where you were signed in can still
        be read there.
      </p>
      <p class="fine">
        <Link to={{ name: 'privacy' }}>What is kept about you, and for how long</Link>
      </p>
    </ReadingPage>
  )
}
