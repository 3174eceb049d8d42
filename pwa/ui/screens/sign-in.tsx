import type { Status } from '../../client/contract/status.ts'
import type { Erasure } from '../../client/contract/storage-care.ts'
import { AccountFrame } from '../components/account-frame.tsx'
import { Link } from '../components/link.tsx'
import { SignInForm } from '../components/sign-in-form.tsx'
import { StorageWords } from '../components/storage-trouble.tsx'
import { useTitle } from '../hooks/use-title.ts'
import { describeErasure } from '../storage-words.ts'

interface SignInProps {
  readonly lastUsername: string | null
  /** An account was here before, and the browser may not have opened it. */
  readonly storage: Status['storage']
  /** What this page has just erased. */
  readonly erasure: Erasure | null
}

/** For somebody who is signed out on this browser. */
export function SignIn({ lastUsername, storage, erasure }: SignInProps) {
  useTitle('Sign in · Letterlock')
  return (
    <AccountFrame>
      <h1>{lastUsername === null ? 'Sign in' : 'Welcome back'}</h1>
      {erasure && (
        <p class="account-note" role="status">
          {describeErasure(erasure, Date.now()).join(' ')}
        </p>
      )}
      {storage !== 'ready' && (
        <p class="account-other" role="status">
          <StorageWords storage={storage} />
        </p>
      )}
      <SignInForm username={lastUsername ?? ''} isSameAccount={false} />
      <p class="account-other">
        <Link to={{ name: 'recover' }}>Lost your password or your authenticator app?</Link>
      </p>
      <p class="account-other">
        New here? <Link to={{ name: 'register' }}>Create an account</Link>
      </p>
    </AccountFrame>
  )
}
