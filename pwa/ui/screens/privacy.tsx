import { Link } from '../components/link.tsx'
import { ReadingPage } from '../components/reading-page.tsx'

/** What the server and this browser keep, and for how long: as `server/README.md` has it. */
export function Privacy({ isInside }: { isInside: boolean }) {
  return (
    <ReadingPage title="What is kept, and for how long" isInside={isInside}>
      <p>
        The server cannot read your messages. It has no names but usernames, no mail addresses and no
        telephone numbers, shows no advertisements and asks no other service about you, with one exception
        below.
      </p>

      <h3>On the server, for as long as the account exists</h3>
      <ul>
        <li>Your username and an account number, and when the account was made.</li>
        <li>
          What your password is checked with, from which the password cannot be read, and the secrets of your
          authenticator apps, encrypted. For apps, keys and lists of recovery codes: when each was added and
          revoked, also of those that are revoked.
        </li>
        <li>
          Security events: sign-ins, failed attempts and changes to how you sign in, each with time, network
          address and browser. You see the last fifty under “Account”.
        </li>
        <li>Your public keys, and which of your browsers wrote last, as a random number.</li>
        <li>
          If you choose so, a backup of your keys, which only your code or passphrase opens. Turning it off
          removes it.
        </li>
        <li>
          Your conversations as sealed entries: between whom, in which order, when, and how large; how far
          each of you has read them. They have no end date.
        </li>
      </ul>

      <h3>On the server, for a time</h3>
      <ul>
        <li>A session, with network address and browser: 12 hours after its sign-in at most.</li>
        <li>That a browser has signed in before, as a random number: 180 days after its last sign-in.</li>
        <li>Failed attempts by network address, as a keyed hash: an hour.</li>
        <li>
          Failed attempts by username, as a keyed hash: until the next complete sign-in, and without an end
          where there is none.
        </li>
        <li>A registration that is not finished: 15 minutes.</li>
        <li>
          A line in the server’s log for each request: time, kind, outcome and duration, without address, name
          or content. The operator decides how long the log is kept.
        </li>
      </ul>

      <h3>After you delete the account</h3>
      <p>
        Your password and the backup of your keys go at once, and nothing signs in any more. Your username
        stays, so that nobody else can ever pass for you. The sealed entries stay, because they are your
        contacts’ conversations, too. What is listed first here otherwise stays on record without an end date.
      </p>

      <h3>What others see</h3>
      <ul>
        <li>Whoever is signed in and knows your username can find you and write to you.</li>
        <li>Your contacts see whether you are online, and whether a message has reached you.</li>
        <li>
          When you choose a password or sign in, the server may ask Have I Been Pwned whether the password was
          in a data breach. It sends five characters of a hash, and nothing that says who asks.
        </li>
      </ul>

      <h3>In this browser</h3>
      <p>
        Your messages, and the keys to them, until you or the browser erase them. One cookie keeps the
        session, one says that this browser is known, and one tells installs apart; none is for anything else.
      </p>
      <p class="fine">
        <Link to={{ name: 'help' }}>Help with your account</Link>
      </p>
    </ReadingPage>
  )
}
